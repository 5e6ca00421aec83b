from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .approvals import OPS
from .delegations import DelegationCase


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
        self.assertEqual(panel["may"], ["approve", "reject", "return", "ask"])
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
        elsewhere = self.make_site("South")
        other = self.env["ops.approval.policy"].create(
            {
                "name": "Other",
                "model_id": self.env["ir.model"]._get_id("purchase.order"),
                "company_id": False,
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
            policy_ids=[Command.set(self.policy.ids)],
            amount_limit=1000,
            currency_id=self.currency.id,
        )
        self.assertEqual(self.waiting_for(self.deputy), order.ids)
        self.decide(order, self.deputy)

    def test_a_site_means_those_within_it(self):
        above = self.make_site("Region")
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
        order = self.submitted(1000)
        request = self.request_of(order)
        request._keep({"rules": {**request.rules, "tolerance_percent": 10, "tolerance_amount": 99}})
        self.delegate(amount_limit=1000, currency_id=self.currency.id, away=False)
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
        with self.assertRaisesRegex(AccessError, "Lead, for whom you stand in"):
            self.decide(order, self.deputy)
