from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .approvals import OPS
from .delegations import DelegationCase


@tagged("post_install", "-at_install")
class TestPurchaseDelegationDuties(DelegationCase):
    """Who may not decide does not decide in somebody's place either."""

    def test_whoever_submitted_or_made_it_does_not_stand_in(self):
        approving_buyer = self.person(
            "approving_buyer", OPS % "approver", "purchase.group_purchase_user"
        )
        # Nobody is away, or somebody else would be asked at once.
        self.delegate(delegate=approving_buyer, away=False)
        order = self.submitted(user=approving_buyer)
        self.assertEqual(self.waiting_for(approving_buyer), [])
        with self.assertRaisesRegex(AccessError, "whoever submitted it does not"):
            self.decide(order, approving_buyer)
        order = self.order(user=approving_buyer)
        order.with_user(self.buyer).action_submit_for_approval()
        self.settle()
        with self.assertRaisesRegex(AccessError, "does not"):
            self.decide(order, approving_buyer)

    def test_who_stands_in_for_the_requester_decides_in_no_seat(self):
        """Not in the own one either; planning asks somebody else."""
        asking = self.person("asking", OPS % "approver", "purchase.group_purchase_user")
        order = self.submitted(user=asking)
        self.delegate(asking, self.lead)
        self.env.invalidate_all()
        self.assertEqual(self.waiting_for(self.lead), [])
        with self.assertRaisesRegex(AccessError, "stands in for its requester Asking"):
            self.decide(order, self.lead)
        with self.refused("Lead stands in for Asking, who submits it"):
            self.submitted(user=asking)

    def test_a_delegation_of_the_requester_that_is_not_about_it_bars_nobody(self):
        asking = self.person("asking", OPS % "approver", "purchase.group_purchase_user")
        self.delegate(asking, self.lead, amount_limit=600, currency_id=self.currency.id)
        order = self.submitted(1000, user=asking)
        self.assertEqual(self.waiting_for(self.lead), order.ids)
        self.decide(order, self.lead)

    def test_one_person_fills_one_seat_of_a_stage(self):
        """Two of three have to agree: the own seat first, and then no other."""
        order = self.submitted(6000)
        self.decide(order, self.lead)
        self.delegate(self.board[0], self.board[1])
        self.decide(order, self.board[1])
        decision = self.request_of(order).decision_ids.sorted("id")[-1]
        self.assertFalse(decision.on_behalf_of_id)
        self.env.invalidate_all()
        self.assertEqual(self.waiting_for(self.board[1]), [])
        with self.assertRaisesRegex(UserError, "Board 2 has decided in it already"):
            self.decide(order, self.board[1])
        self.assertEqual(order.state, "to approve")
        self.decide(order, self.board[2])
        self.assertEqual(order.state, "purchase")

    def test_one_person_does_not_decide_for_two_of_a_stage(self):
        order = self.submitted(6000)
        self.decide(order, self.lead)
        self.delegate(self.board[0])
        self.delegate(self.board[1])
        self.decide(order, self.deputy)
        with self.assertRaisesRegex(UserError, "Deputy has decided in it already"):
            self.decide(order, self.deputy)

    def test_one_person_does_not_decide_in_two_stages_that_want_different_people(self):
        order = self.submitted(6000)
        self.delegate()
        self.delegate(self.board[0])
        self.decide(order, self.deputy)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "“Lead” already, and “Board” is for somebody else"):
            self.decide(order, self.deputy)
        self.decide(order, self.board[0])
        self.decide(order, self.board[2])
        self.assertEqual(order.state, "purchase")


@tagged("post_install", "-at_install")
class TestPurchaseDelegationNeeded(DelegationCase):
    @classmethod
    def rows(cls):
        cls.deputy = cls.person("needed", OPS % "approver")
        return [
            {
                "name": "All",
                "stage_ids": [
                    Command.create(cls._stage("One", cls.lead, step=1)),
                    Command.create(cls._stage("Two", cls.deputy, step=2)),
                ],
            }
        ]

    def test_whoever_is_needed_in_the_next_stage_does_not_stand_in_before(self):
        needed = self.env["res.users"].search([("login", "=", "t_approval_needed")])
        self.delegate(delegate=needed)
        order = self.submitted()
        with self.refused("You are needed in “Two”"):
            self.decide(order, needed)
        self.env.invalidate_all()
        self.assertEqual(self.request_of(order).assignment_ids.mapped("state"), ["open", "waiting"])
        self.decide(order, self.lead)
        self.decide(order, needed)
        self.assertEqual(order.state, "purchase")
