"""Purchase orders under a policy: who may decide, and who only tries."""

from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

OPS = "healthcare_ops_automation.group_ops_%s"
BUYER = "purchase.group_purchase_user"


class ApprovalCase(TransactionCase):
    """One company with a site, two buyers, approvers, and a policy in force:

    below 500 nobody has to approve; from 500 the lead; from 5,000 the lead, then two of three.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.endpoint"].search([]).write({"state": "disabled"})
        cls.company = cls.env["res.company"].create({"name": "Northside"})
        calendar = cls.env["resource.calendar"].create(
            {"name": "Northside hours", "company_id": cls.company.id, "tz": "UTC"}
        )
        cls.company.resource_calendar_id = calendar
        cls.site = cls.env["ops.site"].create(
            {
                "name": "North",
                "code": "T-NORTH",
                "company_id": cls.company.id,
                "resource_calendar_id": calendar.id,
            }
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        ) or cls.env["stock.warehouse"].create(
            {"name": "North store", "code": "TNS", "company_id": cls.company.id}
        )
        cls.warehouse.ops_site_id = cls.site
        cls.buyer = cls.person("buyer", OPS % "requester", BUYER)
        cls.other_buyer = cls.person("other_buyer", OPS % "requester", BUYER)
        cls.lead = cls.person("lead", OPS % "approver")
        cls.board = cls.env["res.users"].concat(
            *(cls.person(f"board_{number}", OPS % "approver") for number in (1, 2, 3))
        )
        cls.manager = cls.person("manager", OPS % "manager")
        cls.admin = cls.person("admin", OPS % "admin", BUYER)
        cls.second_admin = cls.person("second_admin", OPS % "admin", BUYER)
        cls.currency = cls.company.currency_id
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor One"})
        cls.other_vendor = cls.env["res.partner"].create({"name": "Vendor Two"})
        cls.product = cls._create_product("Gloves")
        cls.other_product = cls._create_product("Masks")

    @classmethod
    def _create_product(cls, name):
        return cls.env["product.product"].create(
            {"name": name, "is_storable": True, "supplier_taxes_id": False}
        )

    @classmethod
    def person(cls, name, *groups, company=None, **values):
        company = company or cls.company
        return new_test_user(
            cls.env,
            f"t_approval_{name}",
            groups=",".join(("base.group_user", *groups)),
            name=name.replace("_", " ").title(),
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            **values,
        )

    @classmethod
    def arm(cls, rows=None, company=None, **values):
        """Publish a policy; ``rows`` are values, by default those of the class."""
        policies = cls.env["ops.approval.policy"].with_user(cls.admin).sudo()
        policy = policies.create(
            {
                "name": "Purchasing",
                "model_id": cls.env["ir.model"]._get_id("purchase.order"),
                "company_id": (company or cls.company).id,
                "currency_id": cls.currency.id,
            }
        )
        draft = policy.draft_version_id
        draft.write(values)
        for sequence, row in enumerate(rows or cls._rows(), 1):
            cls.env["ops.approval.row"].with_user(cls.admin).sudo().create(
                {"version_id": draft.id, "sequence": sequence, **row}
            )
        draft.invalidate_recordset()
        draft.with_user(cls.second_admin).sudo().action_publish()
        return policy

    @classmethod
    def _rows(cls):
        return [
            {"name": "Small orders", "amount_to": 500, "outcome": "none"},
            {
                "name": "From 500",
                "amount_from": 500,
                "amount_to": 5000,
                "stage_ids": [Command.create(cls._stage("Lead", cls.lead))],
            },
            {
                "name": "From 5,000",
                "amount_from": 5000,
                "stage_ids": [
                    Command.create(cls._stage("Lead", cls.lead, step=1)),
                    Command.create(cls._stage("Board", cls.board, step=2, mode="n_of_m", quorum=2)),
                ],
            },
        ]

    @classmethod
    def _stage(cls, name, users, **values):
        return {
            "name": name,
            "approver_kind": "users",
            "user_ids": [Command.set(users.ids)],
            **values,
        }

    def order(self, amount=1000.0, quantity=10, user=None, **values):
        """A draft that ``user`` made, by default the buyer."""
        user = user or self.buyer
        orders = self.env["purchase.order"].with_user(user).with_company(self.company)
        return orders.create(
            {
                "partner_id": self.vendor.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [Command.create(self.line(amount / quantity, quantity))],
                **values,
            }
        )

    def line(self, price, quantity=1, product=None):
        return {
            "product_id": (product or self.product).id,
            "product_qty": quantity,
            "price_unit": price,
            "tax_ids": [Command.clear()],
        }

    def submitted(self, amount=1000.0, **values):
        order = self.order(amount, **values)
        order.action_submit_for_approval()
        self.settle()
        return order

    def request_of(self, order):
        return order.sudo().approval_request_id.sudo()

    def approve(self, order, *users):
        for user in users:
            request = self.request_of(order)
            request.with_user(user).action_approve(version=request.version)
            self.settle()

    @contextmanager
    def refused(self, words, error=UserError):
        """What is done within is refused, commit included, and nothing of it stays."""
        self.settle()
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            yield

    def settle(self):
        """What a commit does before it commits."""
        self.env.cr.flush()
