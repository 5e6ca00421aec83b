import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .approvals import OPS
from .test_purchase_absence import AbsenceCase


@tagged("post_install", "-at_install")
class TestPurchaseHandover(AbsenceCase):
    """The lead leaves; the deputy takes over."""

    def hand_over(self, whose=None, to=None, by=None, parts=None, **values):
        dialog = (
            self.env["ops.approval.handover"]
            .with_user(by or self.manager)
            .create(
                {
                    "user_id": (whose or self.lead).id,
                    "successor_id": to.id if to else False,
                    "reason": "Leaves",
                    **values,
                }
            )
        )
        for part in dialog.part_ids if parts else ():
            part.chosen = part.code in parts
        dialog.action_hand_over()
        self.settle()
        self.env.invalidate_all()
        return dialog

    def answers(self, dialog):
        return {(line.res_model, line.res_id): line.answer for line in dialog.line_ids}

    def test_open_and_waiting_seats_go_to_the_successor_and_each_history_says_so(self):
        first, second = self.submitted(), self.submitted(6000)
        dialog = self.hand_over(to=self.deputy)
        self.assertEqual((dialog.done_count, dialog.left_count), (2, 0))
        for order in (first, second):
            self.assertEqual(self.asked(order), self.deputy)
            [kept] = self.history(order, "handover")
            self.assertEqual(kept.actor_id, self.manager.id)
            self.assertEqual(kept.basis, "Handed over by Manager: Leaves")
            self.assertEqual(kept.comment, "Deputy is asked instead of Lead.")
            self.assertFalse(self.activities(order, self.lead))
            self.assertEqual(len(self.activities(order, self.deputy)), 1)
        entry = self.env["ops.audit.entry"].search([("action", "=", "approval.handover")], limit=1)
        self.assertEqual((entry.actor_id, entry.res_id), (self.manager.id, self.lead.id))
        self.assertIn(f'"to": {self.deputy.id}', entry.details)
        board = self.hand_over(whose=self.board[0], to=self.second)
        self.assertEqual(board.done_count, 1)
        seats = self.request_of(second).assignment_ids
        self.assertIn(self.second, seats.filtered(lambda each: each.state == "waiting").user_id)
        self.decide(first, self.deputy)
        self.assertEqual(first.state, "purchase")

    def test_by_the_rule_seats_go_one_level_up(self):
        order = self.submitted()
        self.hand_over()
        self.assertEqual(self.asked(order), self.head)

    def test_what_cannot_go_stays_and_says_why(self):
        asking = self.person("asking", OPS % "approver", "purchase.group_purchase_user")
        mine, other = self.submitted(user=asking), self.submitted()
        dialog = self.hand_over(to=asking)
        answers = self.answers(dialog)
        self.assertEqual((dialog.done_count, dialog.left_count), (1, 1))
        self.assertEqual(self.asked(mine), self.lead)
        self.assertEqual(self.asked(other), asking)
        left = self.request_of(mine).assignment_ids
        self.assertIn(
            "Asking cannot be asked, because this person",
            answers["ops.approval.assignment", left.id],
        )
        self.assertFalse(dialog.line_ids[0].is_done)

    def test_a_successor_who_may_not_decide_anything_gets_nothing(self):
        order = self.submitted()
        dialog = self.hand_over(to=self.buyer)
        self.assertEqual(dialog.left_count, 1)
        self.assertIn("does not hold the role Approver", dialog.line_ids.answer)
        self.assertEqual(self.asked(order), self.lead)

    def test_requests_are_looked_after_by_the_successor(self):
        order = self.submitted()
        request = self.request_of(order)
        with self.assertRaises(AccessError):
            request.with_user(self.other_buyer).sudo(False).panel_data()
        self.hand_over(whose=self.buyer, to=self.other_buyer)
        self.assertEqual(request.handler_id, self.other_buyer)
        self.assertEqual(request.requester_id, self.buyer)
        [kept] = self.history(order, "handover")
        self.assertEqual(kept.comment, "Other Buyer looks after it from now on.")
        panel = request.with_user(self.other_buyer).sudo(False).panel_data()
        self.assertEqual((panel["handler"], panel["may"]), ("Other Buyer", ["withdraw"]))
        request.with_user(self.other_buyer).sudo(False).action_withdraw()
        self.settle()
        self.assertEqual(request.state, "withdrawn")

    def test_who_looks_after_a_request_does_not_decide_it_and_answers_questions(self):
        order = self.submitted()
        dialog = self.hand_over(whose=self.buyer, to=self.lead)
        self.assertEqual(dialog.left_count, 1)
        self.assertIn("whoever looks after a request does not", dialog.line_ids.answer)
        self.hand_over(whose=self.buyer, to=self.deputy)
        request = self.request_of(order)
        self.delegate()
        with self.assertRaisesRegex(AccessError, "looks after it"):
            self.decide(order, self.deputy)
        self.decide(order, self.lead, "action_ask", "How many?")
        self.assertTrue(request.with_user(self.deputy).waits_for_my_answer)
        request.with_user(self.deputy).sudo(False).action_answer("Ten")
        self.settle()
        self.assertFalse(request.open_question)

    def test_a_question_of_who_leaves_is_settled(self):
        order = self.submitted()
        self.decide(order, self.lead, "action_ask", "How many?")
        self.hand_over(to=self.deputy)
        self.assertFalse(self.request_of(order).open_question)
        self.decide(order, self.deputy)
        self.assertEqual(order.state, "purchase")

    def test_delegations_end(self):
        given, taken = self.delegate(), self.delegate(self.board[0], self.lead)
        self.hand_over(to=self.second)
        self.assertEqual((given.state, taken.state), ("revoked", "revoked"))
        self.assertEqual(given.revoked_by_id, self.manager)

    def test_exceptions_and_what_is_looked_after_go_too_as_far_as_their_owner_may(self):
        exception = self.env["ops.exception"]._raise_exception(
            "approval_unreachable", "Why", self.site, owner=self.manager
        )
        exception.user_id = self.manager
        runbook = self.env["ops.runbook"].create(
            {
                "name": "Downtime",
                "code": "T-DOWN",
                "owner_id": self.manager.id,
                "company_id": self.company.id,
            }
        )
        control = self.env["ops.control"].search([], limit=1)
        other = self.person("other_manager", OPS % "manager")
        by = self.person("third_manager", OPS % "manager")
        control.sudo().write({"user_id": self.manager.id, "company_id": self.company.id})
        dialog = self.hand_over(whose=self.manager, to=other, by=by)
        self.assertEqual(exception.user_id, other)
        self.assertEqual(runbook.owner_id, other)
        self.assertEqual(control.user_id, self.manager)
        self.assertEqual(
            self.answers(dialog)["ops.control", control.id],
            "You may not change it: ask an administrator.",
        )

    def test_what_stays_named_is_listed_for_an_administrator(self):
        self.site.manager_id = self.lead
        department = self.env["hr.department"].create(
            {"name": "Care", "company_id": self.company.id, "manager_id": self.employee.id}
        )
        self.submitted()
        dialog = self.hand_over(to=self.deputy)
        named = {(each.res_model, each.res_id) for each in dialog.by_hand_ids}
        self.assertLessEqual(
            {
                ("ops.approval.policy", self.policy.id),
                ("ops.site", self.site.id),
                ("hr.department", department.id),
            },
            named,
        )
        site = dialog.by_hand_ids.filtered(lambda each: each.res_model == "ops.site")
        self.assertEqual(site.action_open_record()["res_id"], self.site.id)

    def test_who_has_left_already_is_handed_over_too(self):
        order = self.submitted()
        self.lead.active = False
        self.hand_over(to=self.deputy)
        self.assertEqual(self.asked(order), self.deputy)

    # -- who may ------------------------------------------------------------------------------

    def test_nobody_takes_over_by_their_own_act(self):
        self.submitted()
        for by in (self.manager, self.admin):
            with self.assertRaisesRegex(AccessError, "by their own act"):
                self.hand_over(to=by, by=by)
        with self.assertRaisesRegex(UserError, "somebody else than who leaves"):
            self.hand_over(to=self.lead)

    def test_only_managers_and_administrators_hand_over_what_is_of_their_places(self):
        order = self.submitted()
        for by in (self.second, self.buyer):
            with self.assertRaises(AccessError):
                self.hand_over(to=self.deputy, by=by)
        away = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.person("stranger", OPS % "manager", company=away)
        with self.assertRaisesRegex(AccessError, "none of your companies"):
            self.hand_over(to=self.deputy, by=stranger)
        other = self.person("other_site", OPS % "manager")
        other.ops_site_ids = self.make_site("Other")
        with self.assertRaisesRegex(UserError, "nothing was chosen"):
            self.hand_over(to=self.deputy, by=other)
        self.assertEqual(self.asked(order), self.lead)
        self.hand_over(to=self.deputy, by=self.admin)
        self.assertEqual(self.asked(order), self.deputy)

    def test_of_a_person_of_two_companies_only_that_of_the_manager_is_handed_over(self):
        """And a seat elsewhere is not even told of."""
        order = self.submitted()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        request = self.request_of(self.submitted())
        request._keep({"company_id": other.id, "site_id": False})
        self.lead.company_ids += other
        dialog = self.hand_over(to=self.deputy)
        self.assertEqual(self.asked(order), self.deputy)
        self.assertEqual(dialog.part_ids.filtered(lambda each: each.code == "seats").count, 1)
        self.assertEqual(request.assignment_ids.user_id, self.lead)

    def test_the_form_shows_what_there_is_and_hands_over_what_is_chosen(self):
        order = self.submitted()
        delegation = self.delegate()
        with Form(self.env["ops.approval.handover"].with_user(self.manager)) as form:
            form.user_id = self.lead
            form.successor_id = self.second
            self.assertEqual(len(form.part_ids), 2)
            with form.part_ids.edit(1) as part:
                self.assertEqual(part.name, "Delegations")
                part.chosen = False
        form.record.action_hand_over()
        self.settle()
        self.assertEqual(self.asked(order), self.second)
        self.assertEqual(delegation.state, "active")
        self.assertEqual(
            form.record.action_hand_over()["res_id"], form.record.id
        )  # once, however often it is clicked
        self.assertEqual(len(self.history(order, "handover")), 1)

    # -- cost ---------------------------------------------------------------------------------

    def test_handing_over_many_seats_takes_a_bounded_number_of_queries(self):
        counts = {}
        for number in (10, 60):
            orders = self.order()
            for _copy in range(number - 1):
                orders += orders[0].copy()
            self.settle()
            orders.with_user(self.buyer).action_submit_for_approval()
            self.settle()
            dialog = (
                self.env["ops.approval.handover"]
                .with_user(self.manager)
                .create({"user_id": self.lead.id, "successor_id": self.deputy.id})
            )
            self.env.invalidate_all()
            before, started = self.env.cr.sql_log_count, time.monotonic()
            dialog.action_hand_over()
            self.settle()
            counts[number] = self.env.cr.sql_log_count - before
            self.assertLess(time.monotonic() - started, 5)
            self.assertEqual(dialog.done_count, number)
        # The rest is what a few more rows of each kind take.
        self.assertLess(counts[60] - counts[10], 60, counts)
