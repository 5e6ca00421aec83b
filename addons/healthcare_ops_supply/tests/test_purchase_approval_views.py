from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .approvals import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalViews(ApprovalCase):
    """What forms and lists show of approvals."""

    def _form(self, user=None):
        orders = self.env["purchase.order"].with_user(user or self.buyer)
        return etree.fromstring(orders.get_view(view_type="form")["arch"])

    def test_the_form_has_the_panel_as_soon_as_a_policy_is_in_force(self):
        # As if the database knew of nothing under approval; what is published stays for good.
        for table, column in (("policy", "model_name"), ("request", "res_model")):
            name = SQL.identifier(f"ops_approval_{table}")
            self.env.cr.execute(SQL("UPDATE %s SET %s = 'x'", name, SQL.identifier(column)))
        self.env.invalidate_all()
        self.assertFalse(self._form().xpath("//widget[@name='ops_approval_panel']"))
        self.arm()
        self.assertEqual(len(self._form().xpath("//widget[@name='ops_approval_panel']")), 1)

    def test_native_confirmation_gives_way_while_the_gate_is_armed(self):
        order = self.order()
        self.assertFalse(order.approval_armed)
        self.arm()
        order.invalidate_recordset()
        self.assertTrue(order.approval_armed)
        form = self._form(self.env.ref("base.user_admin"))
        native = form.xpath("//button[@name='button_confirm'][@id]")
        native += form.xpath("//button[@name='button_approve'][@string='Approve Order']")
        self.assertEqual(len(native), 3)
        for button in native:
            self.assertIn("approval_armed", button.get("invisible"))

    def test_requests_are_found_by_whom_they_wait_for(self):
        self.arm()
        order = self.submitted(6000)
        request = self.request_of(order)
        for user, waits in ((self.lead, True), (self.board[0], False), (self.buyer, False)):
            as_user = request.with_user(user).sudo(False)
            domain = [("waits_for_me", "=", True), ("id", "=", request.id)]
            self.assertEqual(bool(as_user.search(domain)), waits, user.name)
            self.assertEqual(as_user.waits_for_me, waits, user.name)
        self.assertEqual(request.asked_user_ids, self.lead)
        self.assertEqual(request.stage_now, "Lead")
        found = request.search([("asked_user_ids", "in", self.lead.ids), ("id", "=", request.id)])
        self.assertEqual(found, request)
        self.approve(order, self.lead)
        request.invalidate_recordset()
        self.assertEqual(request.asked_user_ids, self.board)
        self.assertFalse(request.search([("asked_user_ids", "in", self.lead.ids)]) & request)

    def test_orders_are_found_by_whom_they_wait_for(self):
        self.arm()
        order = self.submitted(1000)
        view = self.env.ref("healthcare_ops_supply.view_purchase_order_filter")
        filters = etree.fromstring(view.arch).xpath("//filter[@name='approval_waits_for_me']")
        self.assertEqual(len(filters), 1)
        domain = [("approval_waits_for_me", "=", True), ("id", "=", order.id)]
        self.assertIn(domain[0][0], filters[0].get("domain"))
        for user, waits in ((self.lead, True), (self.buyer, False)):
            orders = self.env["purchase.order"].with_user(user).sudo()
            self.assertEqual(bool(orders.search(domain)), waits, user.name)

    def test_requests_are_overdue_while_they_wait_only(self):
        self.arm()
        order = self.submitted(1000)
        request = self.request_of(order)
        overdue = [("is_overdue", "=", True), ("id", "=", request.id)]
        self.assertFalse(request.search(overdue))
        self._set_due(request, fields.Datetime.now() - timedelta(hours=1))
        self.assertTrue(request.is_overdue)
        self.assertEqual(request.search(overdue), request)
        self.approve(order, self.lead)
        self.assertFalse(request.search(overdue))
        self.assertFalse(request.is_overdue)

    def _set_due(self, request, due):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE ops_approval_request SET due_at = %s WHERE id = %s", due, request.id)
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestApprovalBulk(ApprovalCase):
    """Deciding about several requests from their list."""

    def setUp(self):
        super().setUp()
        self.arm()

    def _dialog(self, orders, user, **values):
        requests = self.env["ops.approval.request"].concat(*map(self.request_of, orders))
        action = requests.with_user(user).sudo(False).action_open_bulk()
        dialog = self.env["ops.approval.bulk"].with_user(user).browse(action["res_id"])
        dialog.write(values)
        return dialog

    def test_a_version_that_was_not_listed_is_left_as_it_is(self):
        kept, changed = self.submitted(1000), self.submitted(2000)
        dialog = self._dialog((kept, changed), self.lead)
        self.assertEqual(dialog.line_ids.mapped("document_amount"), [1000, 2000])
        changed.order_line.price_unit = 300
        self.settle()
        dialog.action_decide()
        self.assertEqual(dialog.line_ids.mapped("result"), ["done", "refused"])
        self.assertIn("version 2 now", dialog.line_ids[1].answer)
        self.assertEqual(self.request_of(kept).state, "approved")
        self.assertEqual(self.request_of(changed).state, "pending")

    def test_rejecting_needs_a_reason_and_words_and_is_done_once(self):
        order = self.submitted(1000)
        dialog = self._dialog([order], self.lead, kind="reject")
        with self.assertRaisesRegex(UserError, "Reason"):
            dialog.action_decide()
        dialog.reason_id = self.env.ref("healthcare_ops_approvals.reason_budget")
        with self.assertRaisesRegex(UserError, "In words"):
            dialog.action_decide()
        self.assertEqual(self.request_of(order).state, "pending")
        dialog.comment = "Next year."
        dialog.action_decide()
        dialog.action_decide()
        decision = self.request_of(order).decision_ids
        self.assertEqual((decision.kind, decision.reason_code), ("reject", "no_budget"))

    def test_who_is_not_asked_gets_an_answer_and_decides_nothing(self):
        order = self.submitted(1000)
        dialog = self._dialog([order], self.manager)
        dialog.action_decide()
        self.assertEqual(dialog.line_ids.result, "refused")
        self.assertIn("not among those", dialog.line_ids.answer)
        self.assertEqual(self.request_of(order).state, "pending")
