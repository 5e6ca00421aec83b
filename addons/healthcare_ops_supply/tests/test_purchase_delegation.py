from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .approvals import OPS, ApprovalCase


class DelegationCase(ApprovalCase):
    """Somebody stands in for the lead, who decides alone about orders from 500."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()
        cls.deputy = cls.person("deputy", OPS % "approver")
        cls.second = cls.person("second", OPS % "approver")

    def delegate(self, whose=None, delegate=None, by=None, days=5, **values):
        """A delegation, by default of the lead to the deputy from now on."""
        whose = whose or self.lead
        now = fields.Datetime.now()
        delegations = self.env["ops.approval.delegation"].with_user(by or whose)
        return delegations.create(
            {
                "user_id": whose.id,
                "delegate_id": (delegate or self.deputy).id,
                "date_from": now,
                "date_to": now + timedelta(days=days),
                **values,
            }
        )

    def waiting_for(self, user):
        requests = self.env["ops.approval.request"].with_user(user)
        return requests.search([("waits_for_me", "=", True)]).mapped("res_id")

    def decide(self, order, user, method="action_approve", *args):
        request = self.request_of(order)
        self.env.invalidate_all()
        getattr(request.with_user(user).sudo(False), method)(*args, version=request.version)
        self.settle()

    def activities(self, order, user):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "ops.approval.request"),
                ("res_id", "=", self.request_of(order).id),
                ("user_id", "=", user.id),
            ]
        )


@tagged("post_install", "-at_install")
class TestPurchaseDelegation(DelegationCase):
    def test_who_stands_in_decides_and_both_names_stay(self):
        delegation = self.delegate()
        order = self.submitted()
        self.decide(order, self.deputy)
        request = self.request_of(order)
        self.assertEqual((order.state, request.state), ("purchase", "approved"))
        [decision] = request.decision_ids
        self.assertEqual(decision.actor_id, self.deputy.id)
        self.assertEqual(decision.on_behalf_of_id, self.lead.id)
        self.assertEqual(decision.on_behalf_of_label, "Lead")
        self.assertEqual(decision.delegation_id, delegation.id)
        self.assertIn("standing in for Lead", decision.basis)
        self.assertTrue(decision.digest_ok)

    def test_who_is_stood_in_for_keeps_the_right_to_decide(self):
        self.delegate()
        order = self.submitted()
        self.decide(order, self.lead)
        [decision] = self.request_of(order).decision_ids
        self.assertEqual((decision.actor_id, decision.on_behalf_of_id), (self.lead.id, 0))

    def test_it_waits_for_who_stands_in_from_the_moment_it_begins_and_no_longer(self):
        order = self.submitted()
        self.assertEqual(self.waiting_for(self.deputy), [])
        start = fields.Datetime.now() + timedelta(hours=2)
        self.delegate(date_from=start, date_to=start + timedelta(hours=1))
        for after, waits in ((-1, False), (0, True), (3599, True), (3600, False)):
            self.env.invalidate_all()
            with freeze_time(start + timedelta(seconds=after)):
                self.assertEqual(bool(self.waiting_for(self.deputy)), waits, after)
                request = self.env["ops.approval.request"].with_user(self.deputy)
                seen = request.search([("id", "=", self.request_of(order).id)])
                self.assertEqual(bool(seen), waits, after)
                waiting = self.env["purchase.order"].sudo().with_user(self.deputy).sudo()
                found = waiting.search([("approval_waits_for_me", "=", True)])
                self.assertEqual(bool(found), waits, after)

    def test_what_stages_seats_and_history_say_is_read_by_who_stands_in(self):
        order = self.submitted()
        request = self.request_of(order).with_user(self.deputy).sudo(False)
        names = ("ops.approval.request.stage", "ops.approval.assignment")
        for name in names:
            found = self.env[name].with_user(self.deputy).search([("request_id", "=", request.id)])
            self.assertFalse(found, name)
        with self.assertRaises(AccessError):
            request.panel_data()
        self.delegate()
        self.env.invalidate_all()
        panel = request.panel_data()
        self.assertEqual(panel["on_behalf_of"], "Lead")
        self.assertEqual(panel["my_stage"], "Lead")
        self.assertEqual(panel["may"], ["approve", "reject", "return"])
        for name in names:
            found = self.env[name].with_user(self.deputy).search([("request_id", "=", request.id)])
            self.assertTrue(found, name)

    def test_what_was_decided_in_somebodys_place_stays_readable_to_who_did(self):
        delegation = self.delegate()
        order = self.submitted()
        self.decide(order, self.deputy)
        delegation.with_user(self.lead).action_end()
        self.env.invalidate_all()
        panel = self.request_of(order).with_user(self.deputy).sudo(False).panel_data()
        self.assertEqual(panel["history"][0]["on_behalf_of"], "Lead")
        self.assertEqual(panel["stages"][0]["people"][0]["by"], "Deputy")

    def test_a_decision_after_it_ended_is_refused_with_the_moment(self):
        delegation = self.delegate()
        order = self.submitted()
        delegation.with_user(self.lead).action_end()
        with self.assertRaisesRegex(AccessError, "You stood in for Lead until"):
            self.decide(order, self.deputy)

    def test_it_is_bounded_by_place_policy_and_amount(self):
        order = self.submitted(1000)
        elsewhere = self.env["ops.site"].create(
            {"name": "South", "code": "T-SOUTH", "company_id": self.company.id}
        )
        other = self.env["ops.approval.policy"].create(
            {
                "name": "Other",
                "model_id": self.env["ir.model"]._get_id("purchase.order"),
                "company_id": self.company.id,
                "currency_id": self.currency.id,
            }
        )
        for values in (
            {"site_ids": [Command.set(elsewhere.ids)]},
            {"policy_ids": [Command.set(other.ids)]},
            {"amount_limit": 999.99, "currency_id": self.currency.id},
        ):
            delegation = self.delegate(**values)
            self.env.invalidate_all()
            self.assertEqual(self.waiting_for(self.deputy), [], values)
            with self.assertRaisesRegex(AccessError, "that delegation is not about this"):
                self.decide(order, self.deputy)
            delegation.with_user(self.lead).action_end()
        self.delegate(
            site_ids=[Command.set(self.site.ids)],
            company_ids=[Command.set(self.company.ids)],
            policy_ids=[
                Command.set(self.env["ops.approval.policy"].search([("name", "=", "Purchasing")]).ids)
            ],
            amount_limit=1000,
            currency_id=self.currency.id,
        )
        self.assertEqual(self.waiting_for(self.deputy), order.ids)
        self.decide(order, self.deputy)

    def test_a_site_means_those_within_it(self):
        above = self.env["ops.site"].create(
            {"name": "Region", "code": "T-REGION", "company_id": self.company.id}
        )
        self.site.parent_id = above
        self.delegate(site_ids=[Command.set(above.ids)])
        order = self.submitted()
        self.assertEqual(self.waiting_for(self.deputy), order.ids)
        self.decide(order, self.deputy)

    def test_the_limit_is_compared_in_the_currency_of_the_policy(self):
        other = self.env["res.currency"].create({"name": "TDL", "symbol": "T"})
        self.env["res.currency.rate"].create(
            {
                "currency_id": other.id,
                "company_id": self.company.id,
                "name": fields.Date.today(),
                "rate": 2.0,
            }
        )
        order = self.submitted(1000)
        low = self.delegate(amount_limit=1999, currency_id=other.id)
        self.assertEqual(self.waiting_for(self.deputy), [])
        low.with_user(self.lead).action_end()
        self.delegate(amount_limit=2000, currency_id=other.id)
        self.assertEqual(self.waiting_for(self.deputy), order.ids)
        self.decide(order, self.deputy)

    def test_without_a_rate_a_limit_covers_nothing(self):
        other = self.env["res.currency"].create({"name": "TDL", "symbol": "T"})
        self.submitted(1000)
        self.delegate(amount_limit=1000000, currency_id=other.id)
        self.assertEqual(self.waiting_for(self.deputy), [])

    def test_an_amount_that_grew_within_the_tolerance_is_measured_anew(self):
        policy = self.env["ops.approval.policy"].search([("name", "=", "Purchasing")])
        policy.active = False if False else policy.active
        order = self.submitted(1000)
        request = self.request_of(order)
        request._keep({"rules": {**request.rules, "tolerance_percent": 10, "tolerance_amount": 99}})
        self.delegate(amount_limit=1000, currency_id=self.currency.id)
        order.order_line.price_unit = 105
        self.settle()
        self.assertEqual(request.amount, 1050)
        self.assertEqual(self.waiting_for(self.deputy), [])
        with self.assertRaisesRegex(AccessError, "not about this"):
            self.decide(order, self.deputy)

    def test_it_does_not_cascade(self):
        self.delegate()
        self.delegate(self.deputy, self.second)
        order = self.submitted()
        self.assertEqual(self.waiting_for(self.second), [])
        with self.assertRaises(AccessError):
            self.decide(order, self.second)

    def test_who_stands_in_gives_up_nobodys_seat(self):
        self.delegate()
        order = self.submitted()
        with self.assertRaisesRegex(UserError, "You stand in for Lead, whose seat it is"):
            self.decide(order, self.deputy, "action_abstain", "My cousin")

    def test_authority_of_both_is_looked_at_when_it_is_decided(self):
        order = self.submitted()
        self.delegate()
        group = self.env.ref(OPS % "approver")
        for person, saying in (
            (self.lead, "Lead, for whom you stand in, may not decide"),
            (self.deputy, "."),
        ):
            person.group_ids -= group
            self.env.invalidate_all()
            with self.assertRaisesRegex(AccessError, saying):
                self.decide(order, self.deputy)
            person.group_ids += group
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.lead.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        with self.assertRaisesRegex(AccessError, "Lead, for whom you stand in"):
            self.decide(order, self.deputy)

    def test_an_archived_person_is_stood_in_for_no_more(self):
        order = self.submitted()
        self.delegate()
        self.lead.active = False
        with self.assertRaises((AccessError, UserError)):
            self.decide(order, self.deputy)


@tagged("post_install", "-at_install")
class TestPurchaseDelegationDuties(DelegationCase):
    """Who may not decide does not decide in somebody's place either."""

    def test_whoever_submitted_or_made_it_does_not_stand_in(self):
        approving_buyer = self.person("approving_buyer", OPS % "approver", "purchase.group_purchase_user")
        self.delegate(delegate=approving_buyer)
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
        with self.assertRaisesRegex(AccessError, "stands in for Asking, who submitted it"):
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

    def test_whoever_is_needed_later_does_not_stand_in_before(self):
        rows = [
            {
                "name": "All",
                "stage_ids": [
                    Command.create(self._stage("One", self.lead, step=1)),
                    Command.create(self._stage("Two", self.deputy, step=2)),
                ],
            }
        ]
        policy = self.env["ops.approval.policy"].search([("name", "=", "Purchasing")])
        draft = policy.with_user(self.admin).sudo()
        draft.action_new_version() if hasattr(draft, "action_new_version") else None
        self.skip_rows = rows
