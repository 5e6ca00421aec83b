"""A network with two sites, people in their roles, and policies about purchase orders."""

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

GROUP = "healthcare_ops_automation.group_ops_%s"
ROLES = ("requester", "user", "approver", "manager", "admin", "auditor")


class PolicyCase(TransactionCase):
    """What tests of approval policies stand on: a company of its own, in euros."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.yen = cls.env.ref("base.JPY")
        cls.yen.active = True
        cls.company = cls.make_company("Northside Clinics")
        cls.other_company = cls.make_company("Southside Clinics")
        cls.site_manager = cls.person("site_manager", "manager")
        cls.site = cls.make_site("NORTH", manager_id=cls.site_manager.id)
        cls.part = cls.make_site("NORTH-LAB", parent_id=cls.site.id)
        cls.west = cls.make_site("WEST")
        cls.editor = cls.person("editor", "admin")
        cls.publisher = cls.person("publisher", "admin")
        for admin in cls.editor | cls.publisher:
            admin.group_ids += cls.env.ref("purchase.group_purchase_user")
        cls.requester = cls.person("requester", "requester")
        cls.ann = cls.person("ann", "approver", name="Ann Approver")
        cls.bob = cls.person("bob", "approver", name="Bob Approver")
        cls.model = cls.env["ir.model"]._get("purchase.order")
        cls.vendor = cls.env["res.partner"].create({"name": "Gloves and More"})
        cls.policies = cls.env["ops.approval.policy"]

    @classmethod
    def make_company(cls, name, **values):
        company = cls.env["res.company"].create(
            {"name": name, "currency_id": cls.euro.id, **values}
        )
        company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": name, "company_id": company.id, "tz": "Europe/Berlin"}
        )
        return company

    @classmethod
    def make_site(cls, code, company=None, **values):
        company = company or cls.company
        return cls.env["ops.site"].create(
            {
                "name": code.title(),
                "code": code,
                "company_id": company.id,
                "resource_calendar_id": company.resource_calendar_id.id,
                **values,
            }
        )

    @classmethod
    def person(cls, login, role, company=None, **values):
        company = company or cls.company
        return new_test_user(
            cls.env,
            f"t_policy_{login}",
            groups=GROUP % role,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            **values,
        )

    # -- policies -------------------------------------------------------------------------

    def stage(self, users=None, **values):
        if users is not None:
            values = {"approver_kind": "users", "user_ids": [Command.set(users.ids)], **values}
        return Command.create({"name": "First", "approver_kind": "site_role", **values})

    def row(self, name="All", stages=None, **values):
        stages = [self.stage(self.ann)] if stages is None else stages
        return Command.create({"name": name, "stage_ids": stages, **values})

    def draft(self, *rows, by=None, **values):
        """A policy with a draft of these rows."""
        policy = self.policies.with_user(by or self.editor).create(
            {
                "name": "Purchase orders",
                "model_id": self.model.id,
                "company_id": self.company.id,
                "currency_id": self.euro.id,
                **values,
            }
        )
        policy.draft_version_id.write({"row_ids": list(rows or [self.row()])})
        return policy

    def everywhere(self, user):
        """Let somebody enter every company, and whoever publishes, too."""
        for each in user | self.publisher:
            each.company_ids = self.env["res.company"].search([("active", "=", True)])
        return user

    def publish(self, policy, by=None):
        version = policy.draft_version_id.with_user(by or self.publisher)
        version.action_publish()
        return version

    def published(self, *rows, **values):
        """The version in force of a policy with these rows."""
        return self.publish(self.draft(*rows, **values))

    def order(self, amount=100.0, site=None, user=None, **values):
        """A purchase order of one line at a site."""
        values = {
            "partner_id": self.vendor.id,
            "company_id": self.company.id,
            "currency_id": self.euro.id,
            "picking_type_id": self.receipts(site or self.site).id,
            "order_line": [
                Command.create(
                    {
                        "product_id": self.product().id,
                        "product_qty": 1,
                        "price_unit": amount,
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
            **values,
        }
        orders = self.env["purchase.order"].sudo()
        return orders.with_user(user or self.env.ref("base.user_root")).sudo().create(values)

    def receipts(self, site):
        warehouses = self.env["stock.warehouse"].sudo()
        warehouse = warehouses.search([("ops_site_id", "=", site.id)], limit=1)
        if not warehouse:
            code = f"W{site.id}"[-5:]
            warehouse = warehouses.create(
                {
                    "name": site.name,
                    "code": code,
                    "company_id": site.company_id.id,
                    "ops_site_id": site.id,
                }
            )
        return warehouse.in_type_id

    def product(self, category=None):
        name = f"Gloves {category.name}" if category else "Gloves"
        return self.env["product.product"].create(
            {
                "name": name,
                "is_storable": True,
                **({"categ_id": category.id} if category else {}),
            }
        )
