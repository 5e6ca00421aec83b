from datetime import timedelta

from odoo import api, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .concurrency import ConcurrencyCase

DELEGATION = "ops.approval.delegation"


@tagged("post_install", "-at_install")
class TestPurchaseDelegationConcurrency(ConcurrencyCase):
    """Two at once, in real transactions: no circle, no decision past an end, no seat used twice."""

    def _delegate(self, cr, whose, delegate):
        env = api.Environment(cr, self.ids["people"][whose], {})
        now = fields.Datetime.now()
        return env[DELEGATION].create(
            {
                "delegate_id": self.ids["people"][delegate],
                "date_from": now,
                "date_to": now + timedelta(days=1),
            }
        )

    def _remove(self):
        with self._transaction() as env:
            found = env[DELEGATION].search([("user_id", "in", self.ids["people"])])
            found.filtered(lambda each: each.state in ("planned", "active")).action_end()
        return super()._remove()

    def test_two_that_together_make_a_circle(self):
        with self._two() as (first, second):
            self._delegate(first, 1, 2)
            first.commit()
            claimed, raised = self._conflicts()
            with claimed, raised:
                self._delegate(second, 2, 1)
            second.rollback()
            with self.assertRaisesRegex(Exception, "in a circle"):
                self._delegate(second, 2, 1)
            second.rollback()

    def test_a_delegation_is_ended_while_somebody_decides_by_it(self):
        """Whoever ends it first, nothing is decided by it afterwards."""
        self._submit()
        people = self.ids["people"]
        with self._transaction() as env:
            env.cr.execute(
                "UPDATE ops_approval_assignment SET state = 'ended' WHERE user_id = %s", [people[2]]
            )
            delegation = self._delegate(env.cr, 1, 2).id
        with self._two() as (first, second):
            lead = api.Environment(first, people[1], {})
            lead[DELEGATION].browse(delegation).action_end()
            claimed, raised = self._conflicts()
            first.commit()
            with claimed, raised:
                self._approve(second, 2)
            second.rollback()
            with self.assertRaisesRegex(UserError, "You are not asked any more"):
                self._approve(second, 2)
            second.rollback()

    def test_who_is_asked_and_who_stands_in_decide_at_once(self):
        self._submit()
        with self._transaction() as env:
            self._delegate(env.cr, 1, 3)
        with self._two() as (first, second):
            self._approve(first, 1)
            first.commit()
            claimed, raised = self._conflicts()
            with claimed, raised:
                self._approve(second, 3)
                second.commit()
            second.rollback()
            self._approve(second, 3)  # in the own seat: that of the other is used up
            second.commit()
        self.assertEqual(self._state(), ("purchase", "approved", 1, 2))
        with self._transaction() as env:
            request = env["purchase.order"].browse(self.ids["order"]).approval_request_id
            self.assertFalse(any(request.decision_ids.mapped("on_behalf_of_id")))

    def test_a_seat_is_handed_over_while_it_decides(self):
        self._submit()
        people = self.ids["people"]
        with self._transaction() as env:
            new = (
                env["res.users"]
                .browse(people[1])
                .copy({"login": f"four_{people[1]}", "name": "four"})
            )
            self.ids["people"].append(new.id)
        with self._two() as (first, second):
            self._approve(first, 1)
            claimed, raised = self._conflicts()
            env = api.Environment(second, api.SUPERUSER_ID, {})
            seat = env["ops.approval.assignment"].search([("user_id", "=", people[1])])
            first.commit()
            with claimed, raised:
                seat._give({seat.id: env["res.users"].browse(people[4])}, "Because", "handover")
            second.rollback()
        self.assertEqual(self._state(), ("to approve", "pending", 1, 1))
