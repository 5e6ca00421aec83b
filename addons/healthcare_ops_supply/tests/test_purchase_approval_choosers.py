from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .approvals import BUYER, OPS
from .delegations import DelegationCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalChoosers(DelegationCase):
    """Nobody chooses who decides about what is their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.person("boss", OPS % "manager", BUYER)

    def test_who_submitted_it_does_not_hand_over_the_seats_in_it(self):
        mine, other = self.submitted(user=self.boss), self.submitted()
        made = self.order(user=self.boss)
        made.with_user(self.buyer).action_submit_for_approval()
        self.settle()
        for successor in (self.deputy, self.env["res.users"]):
            dialog = (
                self.env["ops.approval.handover"]
                .with_user(self.boss)
                .create({"user_id": self.lead.id, "successor_id": successor.id})
            )
            dialog.action_hand_over()
            self.settle()
            answers = dialog.line_ids.filtered(lambda each: not each.is_done)
            for order in (mine, made):
                seats = self.request_of(order).assignment_ids
                self.assertEqual(seats.user_id, self.lead)
                [line] = answers.filtered(lambda each, seats=seats: each.res_id == seats.id)
                self.assertRegex(line.answer, "Boss does not choose who decides about it")
        self.assertIn(self.deputy, self.request_of(other).assignment_ids.user_id)

    def test_whom_a_manager_let_stand_in_does_not_decide_about_what_the_manager_submitted(self):
        mine, other = self.submitted(user=self.boss), self.submitted()
        self.delegate(by=self.boss)
        self.env.invalidate_all()
        self.assertEqual(self.waiting_for(self.deputy), other.ids)
        self.assertFalse(self.activities(mine, self.deputy))
        with self.assertRaisesRegex(AccessError, "chosen by Boss"):
            self.decide(mine, self.deputy)
        self.decide(other, self.deputy)
        self.assertEqual(other.state, "purchase")
        self.decide(mine, self.lead)

    def test_who_changed_whom_somebody_stands_in_for_has_chosen(self):
        mine, now = self.submitted(user=self.boss), fields.Datetime.now()
        delegation = self.delegate(
            by=self.manager, delegate=self.second, date_from=now + timedelta(hours=1)
        )
        delegation.with_user(self.boss).write({"delegate_id": self.deputy.id, "date_from": now})
        self.assertEqual(self.waiting_for(self.deputy), [])
        self.assertEqual(delegation.author_id, self.boss)
        with self.assertRaises(AccessError):
            self.decide(mine, self.deputy)
        with self.assertRaisesRegex(AccessError, "kept by the system"):
            self.delegate(delegate=self.second, author_id=self.lead.id)

    def test_whom_a_manager_let_stand_in_for_a_requester_still_does_not_decide(self):
        """What a chooser may not bring about is deciding, and not being barred from it."""
        asking = self.person("asking", OPS % "approver", BUYER)
        order = self.order(user=self.boss)
        order.sudo().user_id = asking
        order.with_user(asking).action_submit_for_approval()
        self.settle()
        self.delegate(asking, self.lead, by=self.boss)
        self.env.invalidate_all()
        self.assertEqual(self.waiting_for(self.lead), [])
        with self.assertRaisesRegex(AccessError, "stands in for its requester"):
            self.decide(order, self.lead)

    # -- what is told, and to whom --------------------------------------------------------------

    def test_an_answer_is_not_told_to_whoever_does_not_stand_in_any_more(self):
        order, delegation = self.submitted(), self.delegate()
        self.decide(order, self.deputy, "action_ask", "How many?")
        delegation.with_user(self.lead).action_end()
        self.settle()
        self.env.invalidate_all()
        self.request_of(order).with_user(self.buyer).sudo(False).action_answer("Ten of them")
        self.settle()
        messages = self.env["mail.message"].search([("body", "like", "Ten of them")])
        told = messages.filtered("partner_ids").partner_ids
        self.assertIn(self.lead.partner_id, told)
        self.assertNotIn(self.deputy.partner_id, told)

    def test_what_somebody_looks_after_does_not_wait_for_them_in_anybodys_place(self):
        order = self.submitted()
        self.delegate()
        self.request_of(order)._keep({"handler_id": self.deputy.id})
        self.env.invalidate_all()
        self.assertEqual(self.waiting_for(self.deputy), [])
        self.assertEqual(self.waiting_for(self.lead), order.ids)

    def test_sites_of_others_are_not_named_by_a_delegation_that_is_refused(self):
        away = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self.make_site(
            "Secret ward",
            company_id=away.id,
            resource_calendar_id=away.resource_calendar_id.id,
        )
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            self.delegate(site_ids=[Command.set(hidden.ids)])
        self.assertNotIn("Secret ward", str(caught.exception))

    def test_delegations_of_others_are_not_told_to_who_may_not_make_any_for_them(self):
        self.delegate()
        now = fields.Datetime.now()
        delegations = self.env["ops.approval.delegation"].with_user(self.second)
        period = {"date_from": now, "date_to": now + timedelta(days=2)}
        with self.assertRaisesRegex(AccessError, "only operations managers"):
            delegations.with_context(default_user_id=self.deputy.id).create(
                {"delegate_id": self.lead.id, **period}
            )
        mine = self.delegate(
            self.second, self.lead, date_from=now + timedelta(hours=1), date_to=period["date_to"]
        )
        with self.assertRaisesRegex(AccessError, "only operations managers"):
            mine.with_user(self.second).user_id = self.deputy

    def test_a_hand_over_that_names_no_model_says_so(self):
        dialog = (
            self.env["ops.approval.handover"].with_user(self.boss).create({"user_id": self.lead.id})
        )
        line = self.env["ops.approval.handover.line"].with_user(self.boss)
        forged = line.create(
            {
                "handover_id": dialog.id,
                "name": "x",
                "part": "x",
                "res_model": "no.such",
                "res_id": 1,
            }
        )
        with self.assertRaisesRegex(UserError, "does not exist"):
            forged.action_open_record()
