from odoo.tests import tagged

from odoo.addons.healthcare_ops_approvals.models.gate.approval_required import ApprovalRequired

from .approvals import ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalSubmit(ApprovalCase):
    """From a draft to a confirmed order, the way it is meant."""

    def test_without_a_policy_orders_are_confirmed_as_ever(self):
        order = self.order(9000)
        order.button_confirm()
        self.settle()
        self.assertEqual(order.state, "purchase")
        self.assertFalse(order.approval_armed)
        self.assertEqual(order.approval_state, "none")

    def test_small_orders_are_confirmed_without_anybody(self):
        self.arm()
        order = self.order(499.99)
        order.button_confirm()
        self.settle()
        self.assertEqual(order.state, "purchase")
        self.assertEqual(order.approval_state, "approved")
        self.assertFalse(self.request_of(order).stage_ids)

    def test_an_order_over_the_threshold_is_refused_and_says_what_is_missing(self):
        self.arm()
        order = self.order(500)
        with self.refused(r"Lead.*Submit it for approval", ApprovalRequired):
            order.button_confirm()
        self.assertEqual(order.state, "draft")

    def test_a_submitted_order_waits_and_is_confirmed_by_the_last_approval(self):
        self.arm()
        order = self.submitted(1000)
        request = self.request_of(order)
        self.assertEqual(order.state, "to approve")
        self.assertEqual((request.state, request.version), ("pending", 1))
        self.assertEqual(request.requester_id, self.buyer)
        self.assertEqual((request.company_id, request.site_id), (self.company, self.site))
        self.assertEqual(request.row_label, "From 500")
        self.assertEqual(request.assignment_ids.user_id, self.lead)
        self.approve(order, self.lead)
        self.assertEqual(order.state, "purchase")
        self.assertEqual(request.state, "approved")
        self.assertTrue(request.executed_at)
        self.assertEqual((order.write_uid, len(order.picking_ids)), (self.buyer, 1))
        decision = request.decision_ids
        self.assertEqual((decision.kind, decision.actor_id), ("approve", self.lead.id))
        self.assertTrue(decision.digest_ok)

    def test_stages_open_one_after_the_other_and_a_quorum_decides(self):
        self.arm()
        order = self.submitted(6000)
        request = self.request_of(order)
        self.assertEqual(request.stage_ids.mapped("state"), ["open", "waiting"])
        one, two, three = self.board
        with self.refused("not your turn"):
            request.with_user(one).action_approve(version=1)
        self.approve(order, self.lead)
        self.assertEqual(request.stage_ids.mapped("state"), ["approved", "open"])
        self.approve(order, one)
        self.assertEqual(order.state, "to approve")
        with self.refused("not asked any more"):
            request.with_user(one).action_approve(version=1)
        self.approve(order, three)
        self.assertEqual(order.state, "purchase")
        seats = {seat.user_id: seat.state for seat in request.stage_ids[1].assignment_ids}
        self.assertEqual(seats, {one: "approved", two: "ended", three: "approved"})

    def test_the_policy_can_leave_confirming_to_a_person(self):
        self.arm(confirm_on_approval=False)
        order = self.submitted(1000)
        self.approve(order, self.lead)
        self.assertEqual((order.state, order.approval_state), ("to approve", "approved"))
        order.button_approve()
        self.settle()
        self.assertEqual(order.state, "purchase")

    def test_what_nobody_has_to_approve_can_be_left_to_a_person_too(self):
        self.arm(confirm_on_approval=False)
        order = self.submitted(100)
        self.assertEqual(order.approval_state, "approved")
        self.assertIn(order.state, ("draft", "to approve"))
        order.button_confirm() if order.state == "draft" else order.button_approve()
        self.settle()
        self.assertEqual(order.state, "purchase")

    def test_all_or_nothing_in_one_call(self):
        self.arm()
        orders = self.order(1000) + self.order(2000)
        empty = self.order(700)
        empty.order_line.unlink()
        with self.refused(rf"{empty.name}.*no lines"):
            (orders + empty).action_submit_for_approval()
        self.assertEqual(set((orders + empty).mapped("state")), {"draft"})
        self.assertFalse(orders.approval_request_id)

    def test_nobody_submits_twice(self):
        self.arm()
        order = self.submitted(1000)
        with self.refused("submitted already"):
            order.action_submit_for_approval()
