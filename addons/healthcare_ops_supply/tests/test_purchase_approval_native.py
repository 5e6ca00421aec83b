from odoo.fields import Command
from odoo.tests import tagged

from .approvals import OPS, ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalNative(ApprovalCase):
    """Odoo's own means: the server action, automation rules, escalations."""

    def _action(self):
        return self.env["ir.actions.server"].create(
            {
                "name": "Ask",
                "model_id": self.env["ir.model"]._get_id("purchase.order"),
                "state": "ops_request_approval",
            }
        )

    def test_the_server_action_submits_as_whoever_causes_it(self):
        self.arm()
        order = self.order()
        self._action().with_user(self.buyer).sudo().with_context(
            active_model="purchase.order", active_id=order.id, active_ids=order.ids
        ).run()
        self.settle()
        self.assertEqual(order.state, "to approve")
        self.assertEqual(self.request_of(order).requester_id, self.buyer)

    def test_what_it_cannot_submit_stops_nothing_and_tells_a_person(self):
        self.arm()
        good, bad = self.order(), self.order()
        bad.order_line.unlink()
        orders = bad + good
        self._action().with_user(self.buyer).sudo().with_context(
            active_model="purchase.order", active_ids=orders.ids
        ).run()
        self.settle()
        self.assertEqual(orders.mapped("state"), ["draft", "to approve"])
        exception = self.env["ops.exception"].search(
            [("res_model", "=", "purchase.order"), ("res_id", "=", bad.id)]
        )
        self.assertIn("no lines", exception.reason)

    def test_it_is_for_models_with_a_gate(self):
        with self.refused("approval gate", Exception):
            self.env["ir.actions.server"].create(
                {
                    "name": "Ask",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "state": "ops_request_approval",
                }
            )

    def test_a_stage_that_waits_is_escalated_until_it_is_decided(self):
        policy = self.env["ops.escalation.policy"].create(
            {
                "name": "Late approvals",
                "model_id": self.env["ir.model"]._get_id("ops.approval.request"),
                "step_ids": [
                    Command.create(
                        {
                            "kind": "activity",
                            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                            "delay_hours": 24,
                            "recipient": "users",
                            "user_ids": [Command.set(self.manager.ids)],
                            "summary": "Look after it",
                        }
                    )
                ],
            }
        )
        stage = self._stage("Lead", self.lead, escalation_policy_id=policy.id, due_hours=8)
        self.arm([{"name": "All", "stage_ids": [Command.create(stage)]}])
        order = self.submitted()
        request = self.request_of(order)
        runs = self.env["ops.escalation"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual((runs.state, runs.policy_id), ("running", policy))
        self.assertEqual(runs.cause_key, f"stage {request.stage_ids.id}")
        self.assertTrue(request.due_at)
        self.approve(order, self.lead)
        self.assertEqual(runs.state, "stopped")

    def test_duties_include_the_administrator(self):
        admin = self.person(
            "super", OPS % "admin", OPS % "approver", "purchase.group_purchase_user"
        )
        self.arm([{"name": "All", "stage_ids": [Command.create(self._stage("X", admin))]}])
        with self.refused("X"):
            self.order(user=admin).action_submit_for_approval()
