import uuid
from contextlib import closing, contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase
from odoo.tests.common import get_db_name
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

GROUPS = (
    "base.group_user",
    "healthcare_ops_automation.group_ops_approver",
    "purchase.group_purchase_user",
)


class ConcurrencyCase(BaseCase):
    """An order whose approval takes two of three people, in real transactions that commit."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._remove)
        with self._transaction() as env:
            mark = uuid.uuid4().hex[:6]
            company = env["res.company"].create({"name": f"Busy {mark}"})
            groups = [Command.set([env.ref(group).id for group in GROUPS])]
            people = (
                env["res.users"]
                .with_context(no_reset_password=True)
                .create(
                    [
                        {
                            "name": name,
                            "login": f"{name}_{mark}",
                            "company_id": company.id,
                            "company_ids": [Command.set(company.ids)],
                            "group_ids": groups,
                        }
                        for name in ("buyer", "one", "two", "three")
                    ]
                )
            )
            warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
            policy = env["ops.approval.policy"].create(
                {
                    "name": f"Busy {mark}",
                    "model_id": env["ir.model"]._get_id("purchase.order"),
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                }
            )
            version = policy.draft_version_id
            env["ops.approval.row"].create(
                {
                    "version_id": version.id,
                    "name": "All",
                    "stage_ids": [
                        Command.create(
                            {
                                "name": "Two of three",
                                "approver_kind": "users",
                                "user_ids": [Command.set(people[1:].ids)],
                                "mode": "n_of_m",
                                "quorum": 2,
                            }
                        )
                    ],
                }
            )
            version.with_user(env.ref("base.user_admin")).sudo().action_publish()
            vendor = env["res.partner"].create({"name": f"Busy vendor {mark}"})
            product = env["product.product"].create(
                {"name": f"Swab {mark}", "type": "service", "supplier_taxes_id": False}
            )
            self.ids = {
                "company": company.id,
                "people": people.ids,
                "policy": policy.id,
                "vendor": vendor.id,
                "product": product.id,
                "picking_type": warehouse.in_type_id.id,
            }
        with self._transaction() as env:
            order = (
                env["purchase.order"]
                .with_user(self.ids["people"][0])
                .with_company(self.ids["company"])
                .create(
                    {
                        "partner_id": self.ids["vendor"],
                        "picking_type_id": self.ids["picking_type"],
                        "order_line": [
                            Command.create(
                                {
                                    "product_id": self.ids["product"],
                                    "product_qty": 1,
                                    "price_unit": 1000,
                                }
                            )
                        ],
                    }
                )
            )
            self.ids["order"] = order.id

    @contextmanager
    def _transaction(self):
        with self.registry.cursor() as cr:  # commits at the end
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _remove(self):
        """What is append-only stays; the order goes, and the policy with its gate."""
        with self._transaction() as env:
            order = self.ids.get("order")
            if order:
                record = env["purchase.order"].browse(order)
                record.button_cancel()
                record.unlink()
            env.cr.execute(
                SQL(
                    "UPDATE ops_approval_policy SET active = false WHERE id = %s",
                    self.ids["policy"],
                )
            )
            env["res.users"].browse(self.ids["people"]).active = False
            env["res.company"].browse(self.ids["company"]).active = False
            env.registry.clear_cache()

    def _order(self, cr, person=0):
        env = api.Environment(cr, self.ids["people"][person], {})
        return env["purchase.order"].with_company(self.ids["company"]).browse(self.ids["order"])

    def _submit(self):
        with self.registry.cursor() as cr:
            self._order(cr).action_submit_for_approval()

    def _approve(self, cr, person):
        request = self._order(cr, person).approval_request_id
        request.action_approve(version=1)

    def _state(self):
        with self._transaction() as env:
            order = env["purchase.order"].browse(self.ids["order"])
            request = order.approval_request_id
            return order.state, request.state, request.version, len(request.decision_ids)

    @contextmanager
    def _two(self):
        first, second = self.registry.cursor(), self.registry.cursor()
        with closing(first), closing(second):
            second.execute("SELECT 1")  # both see what was before
            yield first, second

    def _conflicts(self):
        return (
            claim_log("odoo.sql_db", "ERROR", "could not serialize access"),
            self.assertRaises(SerializationFailure),
        )
