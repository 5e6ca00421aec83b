from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_ops_approvals.models.gate.approval_required import ApprovalRequired

from .approvals import ApprovalCase

OPENERS = {
    "approval_ok": True,
    "skip_approval": True,
    "skip_validation_check": True,
    "approval_engine": True,
    "su": True,
    "install_mode": True,
    "import_file": True,
}


@tagged("post_install", "-at_install")
class TestPurchaseApprovalGate(ApprovalCase):
    """Every way into a confirmed order is the same gate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm()

    def gated(self):
        return self.refused("approval of Lead", ApprovalRequired)

    def test_the_state_cannot_be_written(self):
        order = self.order()
        for who in (order, order.sudo(), order.with_user(SUPERUSER_ID)):
            with self.gated():
                who.write({"state": "purchase"})
        self.assertEqual(order.state, "draft")

    def test_nothing_in_the_context_opens_it(self):
        order = self.order().with_context(**OPENERS)
        with self.gated():
            order.write({"state": "purchase"})
        with self.gated():
            order.sudo().button_approve(force=True)

    def test_an_order_cannot_be_created_confirmed(self):
        with self.gated():
            self.order(state="purchase")
        orders = self.env["purchase.order"].with_user(self.buyer).with_company(self.company)
        with self.gated():
            orders.with_context(default_state="purchase").create(
                {
                    "partner_id": self.vendor.id,
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "order_line": [Command.create(self.line(1000.0))],
                }
            )

    def test_cancelling_and_confirming_is_no_way_around(self):
        order = self.order()
        order.button_cancel()
        with self.gated():
            order.write({"state": "purchase"})

    def test_an_import_is_judged_like_a_form(self):
        order = self.order()
        self.env["ir.model.data"].create(
            {
                "module": "__t__",
                "name": "order",
                "model": "purchase.order",
                "res_id": order.id,
            }
        )
        self.settle()
        result = order.browse().load(["id", "state"], [["__t__.order", "Purchase Order"]])
        self.assertFalse(result["ids"])
        self.assertIn("approval of Lead", result["messages"][0]["message"])
        self.assertEqual(order.state, "draft")

    def test_a_server_action_is_judged_like_a_form(self):
        order = self.order()
        field = self.env["ir.model.fields"]._get("purchase.order", "state")
        selection = field.selection_ids.filtered(lambda each: each.value == "purchase")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Confirm",
                "model_id": self.env["ir.model"]._get_id("purchase.order"),
                "state": "object_write",
                "update_path": "state",
                "evaluation_type": "value",
                "selection_value": selection.id,
            }
        )
        with self.gated():
            action.with_context(active_model="purchase.order", active_ids=order.ids).run()

    def test_one_order_of_a_batch_stops_the_batch(self):
        orders = self.order(100) + self.order(1000)
        with self.gated():
            orders.button_confirm()
        self.assertEqual(orders.mapped("state"), ["draft", "draft"])

    def test_a_submitted_order_cannot_be_confirmed_over_the_heads_of_its_approvers(self):
        order = self.submitted(1000)
        with self.refused(r"waits for the approval of Lead", ApprovalRequired):
            order.button_approve()
        with self.refused(r"waits for the approval of Lead", ApprovalRequired):
            order.sudo().write({"state": "purchase"})

    def test_an_order_that_no_row_is_for_is_refused(self):
        self.policy.action_new_draft()
        self.policy.draft_version_id.row_ids[0].unlink()
        self.policy.draft_version_id.with_user(self.second_admin).sudo().action_publish()
        order = self.order(100)
        with self.refused("no row of the policy", ApprovalRequired):
            order.button_confirm()
        with self.refused("no row of the policy"):
            order.action_submit_for_approval()

    def test_amounts_and_editors_cannot_be_written(self):
        order = self.order()
        with self.refused("computed"):
            order.write({"amount_total": 1.0})
        with self.refused("computed"):
            order.order_line.write({"price_subtotal": 1.0})
        with self.refused("computed"):
            order.sudo().write({"approval_editor_id": self.lead.id})

    def test_a_copy_of_an_approved_order_has_no_approval(self):
        order = self.submitted(1000)
        self.approve(order, self.lead)
        copy = order.copy()
        self.settle()
        self.assertEqual((copy.state, copy.approval_state), ("draft", "none"))
        self.assertFalse(copy.approval_request_id)
        with self.gated():
            copy.button_confirm()
        with self.gated():
            order.copy({"state": "purchase"})

    def test_an_approval_ends_with_its_order(self):
        order = self.submitted(1000)
        self.approve(order, self.lead)
        request = self.request_of(order)
        order.button_cancel()
        self.settle()
        self.assertEqual(request.state, "closed")
        with self.gated():
            order.write({"state": "purchase"})
        order.button_draft()
        with self.gated():
            order.button_confirm()
        order.action_submit_for_approval()
        self.settle()
        again = self.request_of(order)
        self.assertEqual((again.previous_id, again.round_number), (request, 1))

    def test_cancelling_a_submitted_order_withdraws_its_request(self):
        order = self.submitted(1000)
        order.button_cancel()
        self.settle()
        request = self.request_of(order)
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(request.decision_ids.mapped("kind"), ["withdraw"])
        self.assertEqual(request.decision_ids.actor_id, self.buyer.id)
        self.assertEqual(set(request.assignment_ids.mapped("state")), {"ended"})

    def test_a_registered_exemption_opens_it_and_is_audited(self):
        exemptions = self.env["ops.approval.exemption"]
        exemptions.create(
            {"name": "Take over", "code": "t_take_over", "model_name": "purchase.order"}
        )
        order = self.order(1000)
        with exemptions._granted("t_take_over", order, "from the old system"):
            order.button_confirm()
        self.settle()
        self.assertEqual(order.state, "purchase")
        entry = self.env["ops.audit.entry"].search(
            [("action", "=", "approval.exempted"), ("res_id", "=", order.id)]
        )
        self.assertIn("from the old system", entry.details)
        with self.gated():
            self.order(1000).button_confirm()

    def test_an_exemption_that_is_not_registered_opens_nothing(self):
        order = self.order(1000)
        with (
            self.refused("not registered", UserError),
            self.env["ops.approval.exemption"]._granted("t_unknown", order, "why not"),
        ):
            order.button_confirm()

    def test_requests_are_changed_by_nobody_directly(self):
        order = self.submitted(1000)
        request = self.request_of(order)
        seat = request.assignment_ids
        for record in (request, request.stage_ids, seat):
            for who in (record, record.with_user(self.admin).sudo()):
                with self.refused("by nobody directly", Exception):
                    who.write({"state": "approved"})
                with self.refused("by nobody directly", Exception):
                    who.unlink()
            with self.refused("by nobody directly", Exception):
                record.create({"state": "approved"})
        self.approve(order, self.lead)
        with self.refused("cannot be changed"):
            request.decision_ids.write({"actor_id": 1})
        with self.refused("cannot be deleted"):
            request.decision_ids.unlink()
