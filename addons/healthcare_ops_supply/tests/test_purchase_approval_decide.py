from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .approvals import BUYER, OPS, ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalDecide(ApprovalCase):
    """Who decides, about what, and what follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()

    def test_a_decision_says_which_version_it_is_about(self):
        request = self.request_of(self.submitted()).with_user(self.lead)
        with self.refused("say which version"):
            request.action_approve()
        with self.refused("version 1 now, and you saw version 7"):
            request.action_approve(version=7)
        request.with_context(approval_version=1).action_approve()
        self.assertEqual(request.state, "approved")

    def test_nobody_approves_who_is_not_asked(self):
        order = self.submitted()
        request = self.request_of(order)
        for user in (self.buyer, self.manager, self.admin):
            with self.refused("."):
                request.with_user(user).action_approve(version=1)
        with self.refused("", AccessError):
            request.with_user(self.board[0]).action_approve(version=1)
        self.assertEqual(request.state, "pending")

    def test_nobody_approves_what_they_submitted_made_or_changed_last(self):
        self.lead.group_ids += self.env.ref(BUYER)
        second = self.person("second_lead", OPS % "approver", BUYER)
        rows = [
            {
                "name": "All",
                "stage_ids": [Command.create(self._stage("Leads", self.lead | second))],
            }
        ]
        policy = self.env["ops.approval.policy"].search([("company_id", "=", self.company.id)])
        policy.with_user(self.admin).sudo().action_new_draft()
        draft = policy.draft_version_id
        draft.row_ids.unlink()
        for row in rows:
            self.env["ops.approval.row"].with_user(self.admin).sudo().create(
                {"version_id": draft.id, **row}
            )
        draft.with_user(self.second_admin).sudo().action_publish()
        own = self.order(user=self.lead)
        own.with_user(self.buyer).action_submit_for_approval()
        edited = self.order()
        edited.with_user(self.lead).order_line.write({"price_unit": 120})
        edited.action_submit_for_approval()
        submitted = self.order()
        submitted.with_user(self.lead).action_submit_for_approval()
        self.settle()
        for order, duty in (
            (own, "made"),
            (edited, "last"),
            (submitted, "submit"),
        ):
            request = self.request_of(order)
            self.assertEqual(request.assignment_ids.user_id, second)
            # As sudo reads it, because not even reading it is the point here.
            with self.refused(duty):
                request.with_user(self.lead).sudo().action_approve(version=1)
        # Asked already, and then the last to change it: asked anew, without that person.
        order = self.submitted()
        self.assertEqual(self.request_of(order).assignment_ids.user_id, self.lead | second)
        order.with_user(self.lead).order_line.write({"price_unit": 130})
        self.settle()
        with self.refused("last to change"):
            self.request_of(order).with_user(self.lead).action_approve(version=2)

    def test_rights_that_were_lost_meanwhile_do_not_decide(self):
        order = self.submitted()
        request = self.request_of(order)
        elsewhere = self.site.copy({"code": "T-ELSE", "name": "Elsewhere"})
        self.lead.ops_site_ids = elsewhere
        with self.refused("", AccessError):
            request.with_user(self.lead).action_approve(version=1)
        self.lead.ops_site_ids = False
        self.lead.group_ids -= self.env.ref(OPS % "approver")
        with self.refused("no operations approver", AccessError):
            request.with_user(self.lead).action_approve(version=1)

    def test_a_rejection_needs_a_reason_and_cancels(self):
        order = self.submitted()
        request = self.request_of(order).with_user(self.lead)
        with self.refused("Reason: choose one of .*no_budget"):
            request.action_reject("nonsense", version=1)
        with self.refused("needs one"):
            request.action_reject("other", version=1)
        request.action_reject("no_budget", "not this year", version=1)
        self.settle()
        self.assertEqual((request.state, order.state), ("rejected", "cancel"))
        decision = request.sudo().decision_ids
        self.assertEqual(
            (decision.reason_code, decision.reason_label, decision.comment),
            ("no_budget", "No budget", "not this year"),
        )

    def test_a_rejection_stays_when_it_is_submitted_again(self):
        order = self.submitted()
        first = self.request_of(order)
        first.with_user(self.lead).action_reject("price", version=1)
        order.button_draft()
        order.action_submit_for_approval()
        self.settle()
        second = self.request_of(order)
        self.assertEqual((second.previous_id, second.round_number), (first, 2))
        self.assertEqual(first.decision_ids.kind, "reject")
        self.assertEqual(order.approval_panel()["previous"][0]["state"], "rejected")

    def test_sending_back_makes_it_a_draft_again(self):
        order = self.submitted()
        request = self.request_of(order).with_user(self.lead)
        with self.refused("say what is to be changed"):
            request.action_return(version=1)
        request.action_return("other vendor, please", version=1)
        self.settle()
        self.assertEqual((request.state, order.state), ("returned", "draft"))

    def test_withdrawing_is_for_who_submitted_and_managers(self):
        order = self.submitted()
        request = self.request_of(order)
        with self.refused("withdraw", AccessError):
            request.with_user(self.lead).action_withdraw()
        request.with_user(self.buyer).action_withdraw("found some in the cellar")
        self.settle()
        self.assertEqual((request.state, order.state), ("withdrawn", "draft"))
        order.action_submit_for_approval()
        self.request_of(order).with_user(self.manager).action_withdraw()
        self.assertEqual(order.state, "draft")

    def test_abstaining_gives_the_seat_up_and_sends_back_when_nobody_is_left(self):
        order = self.submitted(6000)
        request = self.request_of(order)
        self.approve(order, self.lead)
        one, two, three = self.board
        with self.refused("interest"):
            request.with_user(one).action_abstain(version=1)
        request.with_user(one).action_abstain("my brother sells them", version=1)
        self.assertEqual(request.state, "pending")
        with self.refused("not asked any more"):
            request.with_user(one).action_approve(version=1)
        request.with_user(two).action_abstain("so does mine", version=1)
        self.settle()
        self.assertEqual((request.state, order.state), ("returned", "draft"))
        exception = self.env["ops.exception"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertIn("Board", exception.reason)

    def test_a_batch_answers_for_each(self):
        good, stale = self.submitted(1000), self.submitted(2000)
        other = self.submitted(6000)
        self.approve(other, self.lead)
        requests = [self.request_of(order) for order in (good, stale, other)]
        asked = [
            {"request_id": requests[0].id, "version": 1},
            {"request_id": requests[1].id, "version": 9},
            {
                "request_id": requests[2].id,
                "version": 1,
                "decision": "reject",
                "reason_code": "price",
            },
            {"request_id": 0, "version": 1},
        ]
        answers = self.env["ops.approval.request"].with_user(self.lead).action_decide_many(asked)
        self.settle()
        self.assertEqual([each["ok"] for each in answers], [True, False, False, False])
        self.assertIn("version 1 now", answers[1]["error"])
        self.assertEqual(
            [order.state for order in (good, stale, other)],
            ["purchase", "to approve", "to approve"],
        )
        self.assertFalse(requests[1].decision_ids)

    def test_price_and_vendor_are_noted_on_the_products_once_they_are_approved(self):
        order = self.submitted()
        product = order.order_line.product_id
        self.assertNotIn(self.vendor, product.seller_ids.partner_id)
        self.approve(order, self.lead)
        self.assertEqual(order.state, "purchase")
        noted = product.seller_ids.filtered(lambda info: info.partner_id == self.vendor)
        self.assertEqual(noted.price, order.order_line.price_unit)

    def test_what_cannot_be_carried_out_stays_approved_and_tells_a_person(self):
        order = self.submitted()
        self.buyer.group_ids -= self.env.ref(BUYER)
        self.approve(order, self.lead)
        request = self.request_of(order)
        self.assertEqual((request.state, order.sudo().state), ("approved", "to approve"))
        self.assertTrue(request.execution_error)
        exception = self.env["ops.exception"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual(len(exception), 1)
        self.buyer.group_ids += self.env.ref(BUYER)
        request.with_user(self.manager).action_carry_out()
        self.settle()
        self.assertEqual(order.state, "purchase")

    def test_a_policy_that_is_edited_changes_nothing_that_runs(self):
        order = self.submitted()
        request = self.request_of(order)
        policy = self.env["ops.approval.policy"].search([("company_id", "=", self.company.id)])
        policy.with_user(self.admin).sudo().action_new_draft()
        draft = policy.draft_version_id
        draft.row_ids[1].stage_ids.user_ids = self.board
        draft.with_user(self.second_admin).sudo().action_publish()
        self.assertEqual(request.assignment_ids.user_id, self.lead)
        self.approve(order, self.lead)
        self.assertEqual(order.state, "purchase")
        again = self.submitted()
        self.assertEqual(self.request_of(again).assignment_ids.user_id, self.board)

    def test_the_panel_says_what_stands_and_what_one_may_do(self):
        order = self.order(6000)
        before = order.approval_panel()
        self.assertEqual((before["armed"], before["may"]), (True, ["submit"]))
        order.action_submit_for_approval()
        self.settle()
        panel = order.approval_panel()
        self.assertEqual(panel["may"], ["withdraw"])
        self.assertEqual([stage["state"] for stage in panel["stages"]], ["open", "waiting"])
        self.assertTrue(panel["explanation"])
        request = self.request_of(order).with_user(self.lead)
        panel = request.panel_data()
        self.assertEqual(panel["may"], ["approve", "reject", "return", "ask", "abstain"])
        self.assertEqual(panel["stages"][0]["people"][0]["name"], "Lead")
        self.assertIn("Vendor One", str(panel["summary"]))
        self.approve(order, self.lead)
        self.assertEqual(request.panel_data()["may"], [])
        self.assertEqual(request.panel_data()["history"][0]["kind"], "approve")
        with self.refused("", AccessError):
            request.with_user(self.other_buyer).panel_data()

    def test_documents_are_found_by_their_approval(self):
        waiting, other = self.submitted(1000), self.order(1000)
        orders = self.env["purchase.order"].with_user(self.buyer)
        domain = [("id", "in", (waiting + other).ids)]
        found = orders.search([*domain, ("approval_state", "=", "pending")])
        self.assertEqual(found, waiting)
        found = orders.search([*domain, ("approval_state", "=", "none")])
        self.assertEqual(found, other)
        request = self.request_of(waiting)
        found = orders.search([*domain, ("approval_request_id", "=", request.id)])
        self.assertEqual(found, waiting)
        self.assertEqual(orders.search([*domain, ("approval_request_id", "=", False)]), other)
        with self.assertRaises(UserError):
            other.action_submit_for_approval()
            other.action_submit_for_approval()
