from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .approvals import OPS, ApprovalCase

WHY = "The stage is overdue."


@tagged("post_install", "-at_install")
class TestPurchaseApprovalSeats(ApprovalCase):
    """Somebody else is asked than planned: only who could have been asked from the start, and
    never at the price of the quorum."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy = cls.person("deputy", OPS % "approver")

    def under(self, *stages):
        """An order under a policy with these stages, by default that of the class."""
        rows = [{"name": "All", "stage_ids": [Command.create(each) for each in stages]}]
        self.arm(rows if stages else None)
        return self.submitted()

    def seat(self, order, user):
        seats = self.request_of(order).assignment_ids
        return seats.filtered(lambda each: each.user_id == user and each.state != "replaced")

    def replace(self, order, user, successor):
        seat = self.seat(order, user)
        return seat.request_stage_id._replace_seat(seat, successor, WHY)

    def test_who_is_asked_instead_is_told_and_decides(self):
        order = self.under()
        old = self.seat(order, self.lead)
        new = self.replace(order, self.lead, self.deputy)
        self.settle()
        self.assertEqual(old.state, "replaced")
        self.assertEqual((new.state, new.replaces_id), ("open", old))
        self.assertEqual(new.due_at, new.request_stage_id.due_at)
        request = self.request_of(order)
        self.assertEqual(request.activity_ids.user_id, self.deputy)
        with self.refused("not asked any more"):
            self.approve(order, self.lead)
        self.approve(order, self.deputy)
        self.assertEqual(order.state, "purchase")

    def test_the_history_names_both_and_says_why(self):
        order = self.under()
        self.replace(order, self.lead, self.deputy)
        decision = self.request_of(order).decision_ids
        self.assertEqual(decision.kind, "replace")
        self.assertEqual(decision.comment, "Deputy is asked instead of Lead.")
        self.assertEqual(decision.basis, WHY)
        self.assertEqual(decision.stage_label, "Lead")
        self.assertTrue(decision.digest_ok)

    def test_nobody_is_asked_who_could_not_have_been(self):
        order = self.under()
        stranger = self.person(
            "stranger", OPS % "approver", company=self.env.ref("base.main_company")
        )
        gone = self.person("gone", OPS % "approver")
        gone.active = False
        for successor, words in (
            (self.buyer, "does not hold the role Approver"),
            (stranger, "may not enter Northside"),
            (gone, "is archived"),
            (self.lead, "has a seat in this stage already"),
        ):
            with self.refused(words):
                self.replace(order, self.lead, successor)
        self.assertEqual(self.seat(order, self.lead).state, "open")

    def test_duties_hold_for_who_is_asked_instead(self):
        buying_approver = self.person("buying", OPS % "approver", "purchase.group_purchase_user")
        self.arm()
        order = self.order(user=buying_approver)
        order.action_submit_for_approval()
        self.settle()
        with self.refused("Buying cannot be asked, because this person submitted it"):
            self.replace(order, self.lead, buying_approver)

    def test_nobody_gets_seats_in_two_stages_that_want_different_people(self):
        order = self.under(
            self._stage("Lead", self.lead),
            self._stage("Board", self.board[:2], step=2, mode="all"),
        )
        with self.refused("Lead cannot be asked, because this person is needed in another stage"):
            self.replace(order, self.board[0], self.lead)
        self.replace(order, self.board[0], self.deputy)
        self.approve(order, self.lead)
        with self.refused("has decided in “Lead”"):
            self.replace(order, self.board[1], self.lead)

    def test_a_decided_seat_is_not_given_away(self):
        self.arm()
        order = self.submitted(6000)
        self.approve(order, self.lead)
        with self.refused("not waiting for a decision"):
            self.replace(order, self.lead, self.deputy)
        self.approve(order, self.board[0])
        with self.refused("is not asked in “Board” any more: Approved"):
            self.replace(order, self.board[0], self.deputy)

    def test_whose_turn_it_is_not_yet_is_asked_when_it_comes(self):
        self.arm()
        order = self.submitted(6000)
        new = self.replace(order, self.board[0], self.deputy)
        self.assertEqual(new.state, "waiting")
        self.settle()
        self.assertNotIn(self.deputy, self.request_of(order).activity_ids.user_id)
        self.approve(order, self.lead)
        self.assertEqual(new.state, "open")
        self.assertIn(self.deputy, self.request_of(order).activity_ids.user_id)

    def test_who_was_replaced_can_be_asked_again(self):
        order = self.under()
        self.replace(order, self.lead, self.deputy)
        self.replace(order, self.deputy, self.lead)
        self.settle()
        self.approve(order, self.lead)
        self.assertEqual(order.state, "purchase")

    def test_one_more_of_all_stands_for_who_does_not_answer(self):
        both = self.lead | self.board[0]
        order = self.under(self._stage("Both", both, mode="all"))
        stage = self.request_of(order).stage_ids
        stage._add_seat(self.deputy, WHY)
        self.assertEqual(stage._needed(), 2)
        self.approve(order, self.lead)
        self.assertEqual(order.state, "to approve")
        self.approve(order, self.deputy)
        self.assertEqual(order.state, "purchase")

    def test_one_more_of_any_widens_the_pool(self):
        order = self.under()
        stage = self.request_of(order).stage_ids
        stage._add_seat(self.deputy, WHY)
        self.settle()
        self.assertEqual(self.request_of(order).activity_ids.user_id, self.lead | self.deputy)
        with self.assertRaisesRegex(UserError, "has a seat in this stage already"):
            stage._add_seat(self.deputy, WHY)
        self.approve(order, self.deputy)
        self.assertEqual(order.state, "purchase")
        self.assertEqual(self.seat(order, self.lead).state, "ended")

    def test_many_seats_are_given_in_few_statements(self):
        self.arm()
        few = [self.submitted() for _number in range(3)]
        many = [self.submitted() for _number in range(23)]
        counts = []
        for orders in (few, many):
            seats = (
                self.env["ops.approval.assignment"]
                .sudo()
                .concat(*(self.seat(order, self.lead) for order in orders))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            successors = dict.fromkeys(seats.ids, self.deputy)
            self.assertEqual(seats._why_not_given(successors), {})
            new = seats._give(successors, WHY, "handover")
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(new), len(orders))
            self.assertEqual(set(new.request_id.decision_ids.mapped("kind")), {"handover"})
        self.assertLess(counts[1] - counts[0], 5, counts)

    def test_two_seats_of_one_request_are_given_at_once(self):
        first = self._stage("First", self.lead, distinct=False)
        order = self.under(first, {**first, "name": "Second"})
        seats = self.request_of(order).assignment_ids
        self.assertEqual(seats.user_id, self.lead)
        seats._give(dict.fromkeys(seats.ids, self.deputy), WHY)
        self.assertEqual(len(self.request_of(order).decision_ids), 2)
        self.approve(order, self.deputy, self.deputy)
        self.assertEqual(order.state, "purchase")
