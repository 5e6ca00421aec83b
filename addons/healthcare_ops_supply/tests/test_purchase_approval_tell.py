from odoo.tests import tagged

from .approvals import ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalTell(ApprovalCase):
    """Who is told what: once a person and batch, and nothing of what is in the order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()

    def _activities(self, request):
        return self.env["mail.activity"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )

    def _messages(self, user):
        return self.env["mail.message"].search(
            [("partner_ids", "in", user.partner_id.ids), ("message_type", "=", "user_notification")]
        )

    def _events(self, request):
        events = self.env["ops.event"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)], order="id"
        )
        self.assertNotIn("invalid", events.mapped("state"))
        return events.mapped("type_code")

    def test_a_batch_is_one_message_and_an_activity_each(self):
        orders = self.order(1000) + self.order(2000) + self.order(3000)
        orders.action_submit_for_approval()
        self.settle()
        message = self._messages(self.lead)
        self.assertEqual(len(message), 1)
        self.assertIn("3 requests", message.subject)
        self.assertIn(orders[0].name, message.body)
        self.assertNotIn("Gloves", message.body)
        for order in orders:
            activities = self._activities(self.request_of(order))
            self.assertEqual(activities.user_id, self.lead)

    def test_the_next_stage_is_told_when_it_opens_and_the_rest_when_it_closes(self):
        order = self.submitted(6000)
        request = self.request_of(order)
        self.assertEqual(self._activities(request).user_id, self.lead)
        self.approve(order, self.lead)
        self.assertEqual(self._activities(request).user_id, self.board)
        self.approve(order, self.board[0])
        self.assertEqual(self._activities(request).user_id, self.board[1:])
        self.approve(order, self.board[1])
        self.assertFalse(self._activities(request))
        self.assertIn("Approved", self._messages(self.buyer).subject)

    def test_other_systems_are_told_each_step(self):
        order = self.submitted(6000)
        request = self.request_of(order)
        self.assertEqual(
            self._events(request), ["approval.request.submitted", "approval.stage.opened"]
        )
        order.order_line.price_unit = 700
        self.settle()
        self.approve(order, self.lead, *self.board[:2])
        told = set(self._events(request))
        self.assertEqual(
            told,
            {
                "approval.request.submitted",
                "approval.stage.opened",
                "approval.request.reopened",
                "approval.request.approved",
            },
        )

    def test_who_was_asked_is_told_that_it_changed(self):
        order = self.submitted()
        order.order_line.price_unit = 120
        self.settle()
        self.assertEqual(len(self._messages(self.lead)), 2)
        self.assertEqual(len(self._activities(self.request_of(order))), 1)
