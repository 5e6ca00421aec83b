from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..builders.tables import MODULE

KEYS = ("overdue", "at_finance", "confirmed", "returned", "rejected", "reopened")


@tagged("post_install", "-at_install")
class TestDemoApprovals(TransactionCase):
    """What the module promises about purchases under approval."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref(f"{MODULE}.approval_policy_purchasing")
        cls.orders = {key: cls.env.ref(f"{MODULE}.approval_order_{key}") for key in KEYS}
        cls.requests = {key: cls.env.ref(f"{MODULE}.approval_request_{key}") for key in KEYS}

    def _open_stages(self, key):
        stages = self.requests[key].stage_ids.filtered(lambda each: each.state == "open")
        return stages.mapped("name")

    def test_policy_was_published_by_somebody_else_and_nothing_speaks_against_it(self):
        version = self.policy.published_version_id
        self.assertEqual(version.published_by_id.login, "administrator")
        self.assertEqual(version.last_editor_id.login, "administrator.deputy")
        self.assertFalse(self.policy.draft_version_id)
        blocking = [each.text for each in version._findings() if each.level != "notes"]
        self.assertFalse(blocking)

    def test_two_orders_wait_at_different_stages_and_one_is_overdue(self):
        self.assertEqual(self._open_stages("overdue"), ["Approver of the site"])
        self.assertEqual(self._open_stages("at_finance"), ["Finance"])
        self.assertTrue(self.requests["overdue"].is_overdue)
        self.assertFalse(self.requests["at_finance"].is_overdue)
        finance = self.env.ref(f"{MODULE}.user_finance")
        self.assertEqual(self.requests["at_finance"].asked_user_ids, finance)

    def test_one_each_was_confirmed_returned_and_rejected(self):
        found = {
            key: (self.requests[key].state, self.orders[key].state)
            for key in ("confirmed", "returned", "rejected")
        }
        self.assertEqual(
            found,
            {
                "confirmed": ("approved", "purchase"),
                "returned": ("returned", "draft"),
                "rejected": ("rejected", "cancel"),
            },
        )
        self.assertTrue(self.orders["confirmed"].picking_ids)
        self.assertTrue(self.requests["confirmed"].executed_at)
        self.assertTrue(self.requests["returned"].decision_ids.comment)
        self.assertEqual(self.requests["rejected"].decision_ids.reason_code, "duplicate")

    def test_a_changed_order_is_asked_anew(self):
        request = self.requests["reopened"]
        self.assertEqual((request.state, request.version), ("pending", 2))
        kinds = request.decision_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds, ["approve", "approve", "reopen"])
        self.assertEqual(self._open_stages("reopened"), ["Purchasing committee"])

    def test_decisions_are_what_their_digests_say_and_come_after_the_submission(self):
        for key, request in self.requests.items():
            for decision in request.decision_ids:
                self.assertTrue(decision.digest_ok, key)
                self.assertLess(request.submitted_at, decision.at, key)
                self.assertLess(self.policy.published_version_id.published_at, request.submitted_at)
                self.assertNotEqual(decision.actor_id, 1, key)

    def test_one_escalation_runs_for_each_stage_that_waits(self):
        about = [
            ("res_model", "=", "ops.approval.request"),
            ("res_id", "in", [request.id for request in self.requests.values()]),
        ]
        runs = self.env["ops.escalation"].search([*about, ("state", "=", "running")])
        waiting = [key for key in KEYS if self.requests[key].state == "pending"]
        ids = sorted(self.requests[key].id for key in waiting)
        self.assertEqual(sorted(runs.mapped("res_id")), ids)
        for run in runs:
            self.assertGreater(run.next_step_at, run.started_at)

    def test_whoever_is_asked_decides_and_the_order_is_confirmed(self):
        request, order = self.requests["overdue"], self.orders["overdue"]
        approver = self.env.ref(f"{MODULE}.user_approver")
        mine = request.with_user(approver).with_company(request.company_id)
        self.assertTrue(mine.waits_for_me)
        mine.action_approve(version=request.version)
        self.assertEqual(order.state, "purchase")

    def test_the_deputy_edits_the_policy_and_does_not_publish_what_she_edited(self):
        deputy = self.env.ref(f"{MODULE}.user_administrator_deputy")
        policy = self.policy.with_user(deputy).with_company(self.policy.company_id)
        policy.action_new_draft()
        draft = policy.draft_version_id
        draft.row_ids[-1].write({"name": "Investments", "domain": "[('partner_id', '!=', False)]"})
        with self.assertRaisesRegex(UserError, "edited"):
            draft.action_publish()
        administrator = self.env.ref(f"{MODULE}.user_administrator")
        draft.with_user(administrator).action_publish()
        self.assertEqual(self.policy.published_version_id, draft.with_env(self.env))

    def test_small_orders_pass_and_the_laboratory_has_no_policy(self):
        for key, price, expected in (
            ("network", 100, None),
            ("network", 2000, "Approver of the site"),
            ("laboratory", 2000, None),
        ):
            order = self._order(self.env.ref(f"{MODULE}.company_{key}"), price)
            with self.subTest(company=key, price=price):
                if expected:
                    with self.assertRaisesRegex(UserError, expected):
                        order.button_confirm()
                else:
                    order.button_confirm()
                    self.assertEqual(order.state, "purchase")

    def _order(self, company, price):
        site = "auc" if company == self.policy.company_id else "lab"
        buyer = self.env.ref(f"{MODULE}.user_procurement")
        orders = self.env["purchase.order"].with_user(buyer).with_company(company)
        return orders.create(
            {
                "partner_id": self.env.ref(f"{MODULE}.vendor_v_1001").id,
                "picking_type_id": self.env.ref(f"{MODULE}.warehouse_{site}").in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.env.ref(f"{MODULE}.product_mc_1101").id,
                            "product_qty": 1,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
