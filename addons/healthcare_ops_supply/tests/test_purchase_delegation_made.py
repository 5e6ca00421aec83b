from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .approvals import OPS
from .delegations import DelegationCase


@tagged("post_install", "-at_install")
class TestPurchaseDelegationMade(DelegationCase):
    """Making, changing and ending delegations, and what is refused."""

    def hours(self, begins, ends):
        now = fields.Datetime.now()
        return {
            "date_from": now + timedelta(hours=begins),
            "date_to": now + timedelta(hours=ends),
        }

    def refused_delegation(self, words, error=ValidationError, **values):
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            self.delegate(**values)

    def test_one_cannot_stand_in_for_oneself(self):
        self.refused_delegation("somebody else than who is away", delegate=self.lead)

    def test_who_cannot_approve_there_does_not_stand_in(self):
        gone = self.person("gone", OPS % "approver")
        gone.active = False
        self.refused_delegation("“Gone” is archived", delegate=gone)
        self.refused_delegation("“Buyer” does not hold the role Approver", delegate=self.buyer)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.person("stranger", OPS % "approver", company=company)
        self.refused_delegation("may enter no company of “Lead”", delegate=stranger)
        self.refused_delegation(
            "may not enter Northside",
            delegate=stranger,
            company_ids=[Command.set(self.company.ids)],
        )
        other = self.make_site("Other")
        self.deputy.ops_site_ids = other
        self.refused_delegation("does not work at North", site_ids=[Command.set(self.site.ids)])

    def test_who_approves_nothing_needs_nobody_to_stand_in(self):
        with self.assertRaises(AccessError):
            self.delegate(self.buyer)
        with self.assertRaisesRegex(ValidationError, "“Buyer” does not hold the role"):
            self.delegate(self.buyer, by=self.manager)

    def test_a_period_is_to_come_and_bounded(self):
        self.refused_delegation("still to come", **self.hours(1, 1))
        self.refused_delegation("still to come", **self.hours(-0.9, -0.5))
        self.refused_delegation("choose now or later", **self.hours(-2, 5))
        self.refused_delegation("at most 90 days", **self.hours(0, 24 * 90 + 1))
        self.env["res.config.settings"].create({"ops_delegation_days": 120}).execute()
        self.delegate(**self.hours(0, 24 * 90 + 1))
        with self.assertRaisesRegex(ValidationError, "give a number from 1 on"):
            self.env["res.config.settings"].create({"ops_delegation_days": 0})

    def test_it_never_begins_before_it_was_made(self):
        delegation = self.delegate(**self.hours(-0.5, 5))
        self.assertGreater(delegation.date_from, fields.Datetime.now() - timedelta(minutes=1))

    def test_a_circle_is_refused_of_two_and_of_three(self):
        self.delegate(**self.hours(0, 48))
        self.refused_delegation(
            "Deputy → Lead → Deputy", whose=self.deputy, delegate=self.lead, **self.hours(24, 72)
        )
        self.delegate(self.deputy, self.second, **self.hours(24, 72))
        self.refused_delegation(
            "Second → Lead → Deputy → Second",
            whose=self.second,
            delegate=self.lead,
            **self.hours(47, 60),
        )

    def test_what_is_not_in_force_at_the_same_time_makes_no_circle(self):
        self.delegate(**self.hours(0, 48))
        self.delegate(self.deputy, self.lead, **self.hours(48, 72))
        self.delegate(self.deputy, self.second, **self.hours(24, 72))
        self.delegate(self.second, self.lead, **self.hours(48, 72))

    def test_what_was_ended_makes_no_circle(self):
        self.delegate().with_user(self.lead).action_end()
        self.delegate(self.deputy, self.lead)

    def test_the_same_twice_at_one_time_is_told(self):
        self.delegate(**self.hours(0, 48))
        self.refused_delegation("“Deputy for Lead” is there already", **self.hours(24, 72))
        self.delegate(**self.hours(48, 72))
        self.delegate(**self.hours(24, 72), site_ids=[Command.set(self.site.ids)])

    # -- by whom ------------------------------------------------------------------------------

    def test_managers_make_them_for_people_of_their_places_and_never_with_themselves(self):
        delegation = self.delegate(by=self.manager)
        self.assertEqual(delegation.create_uid, self.manager)
        entry = self.env["ops.audit.entry"].search(
            [("action", "=", "delegation.created"), ("res_id", "=", delegation.id)]
        )
        self.assertEqual(entry.actor_id, self.manager.id)
        self.assertEqual(entry.company_id, self.company.id)
        self.refused_delegation(
            "by their own act", AccessError, by=self.manager, delegate=self.manager
        )
        self.refused_delegation(
            "only operations managers", AccessError, by=self.second, delegate=self.second
        )
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.lead.company_ids += elsewhere
        self.refused_delegation(
            "works in companies that you may not enter",
            AccessError,
            by=self.manager,
            delegate=self.second,
        )
        self.delegate(
            by=self.manager, delegate=self.second, company_ids=[Command.set(self.company.ids)]
        )
        self.manager.ops_site_ids = self.make_site("Other")
        self.refused_delegation(
            "works at sites that are not yours",
            AccessError,
            by=self.manager,
            delegate=self.board[0],
            company_ids=[Command.set(self.company.ids)],
        )

    def test_what_has_begun_is_not_changed_by_anybody(self):
        delegation = self.delegate()
        later = delegation.date_to + timedelta(days=1)
        for who in (
            delegation.with_user(self.lead),
            delegation.with_user(self.manager),
            delegation.sudo(),
        ):
            with self.assertRaisesRegex(UserError, "has begun and is not changed any more"):
                who.date_to = later

    def test_what_is_planned_is_changed_by_who_is_away_and_by_managers(self):
        delegation = self.delegate(**self.hours(1, 5))
        delegation.with_user(self.lead).reason = "Leave"
        delegation.with_user(self.manager).reason = "Parental leave"
        with self.assertRaisesRegex(AccessError, "only operations managers"):
            delegation.with_user(self.deputy).reason = "Mine"
        with self.assertRaisesRegex(AccessError, "by their own act"):
            delegation.with_user(self.manager).delegate_id = self.manager
        entries = self.env["ops.audit.entry"].search(
            [("action", "=", "delegation.changed"), ("res_id", "=", delegation.id)]
        )
        self.assertEqual(len(entries), 2)

    def test_the_clock_of_the_engine_is_not_given_by_anybody(self):
        delegation = self.delegate(**self.hours(1, 5))
        for name in ("revoked_at", "begun_at", "revoked_by_id"):
            with self.assertRaisesRegex(AccessError, "kept by the system"):
                delegation.with_user(self.lead).write({name: False})
            with self.assertRaisesRegex(AccessError, "kept by the system"):
                self.delegate(delegate=self.second, **{name: False})

    def test_either_of_the_two_ends_it_and_managers(self):
        for who in (self.lead, self.deputy, self.manager):
            delegation = self.delegate()
            delegation.with_user(who).action_end()
            self.assertEqual((delegation.state, delegation.revoked_by_id), ("revoked", who))
            with self.assertRaisesRegex(UserError, "is over"):
                delegation.with_user(who).action_end()
            entry = self.env["ops.audit.entry"].search(
                [("action", "=", "delegation.revoked"), ("res_id", "=", delegation.id)]
            )
            self.assertEqual(entry.actor_id, who.id)
        with self.assertRaises(AccessError):
            self.delegate().with_user(self.second).action_end()

    def test_they_are_kept(self):
        delegation = self.delegate(**self.hours(1, 5))
        with self.assertRaisesRegex(UserError, "End it instead"):
            delegation.sudo().unlink()
        with self.assertRaisesRegex(UserError, "stood in for somebody"):
            self.deputy.unlink()

    def test_the_status_follows_the_clock_and_is_found_by_it(self):
        delegation = self.delegate(**self.hours(1, 5))
        for hours, state in ((0, "planned"), (1, "active"), (4.99, "active"), (5, "ended")):
            with freeze_time(delegation.date_from + timedelta(hours=hours - 1)):
                self.env.invalidate_all()
                self.assertEqual(delegation.state, state)
                for wanted in ("planned", "active", "ended", "revoked"):
                    found = delegation.search([("state", "=", wanted), ("id", "=", delegation.id)])
                    self.assertEqual(bool(found), wanted == state, (hours, wanted))

    # -- who reads ----------------------------------------------------------------------------

    def test_they_are_read_by_both_and_at_the_place(self):
        delegation = self.delegate()
        auditor = self.person("auditor", OPS % "auditor")
        away = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.person("other_manager", OPS % "manager", company=away)
        for user, reads in (
            (self.lead, True),
            (self.deputy, True),
            (self.second, False),
            (self.manager, True),
            (self.admin, True),
            (auditor, True),
            (stranger, False),
        ):
            found = delegation.with_user(user).search([("id", "=", delegation.id)])
            self.assertEqual(bool(found), reads, user.login)
        self.lead.ops_site_ids = self.site
        self.manager.ops_site_ids = self.make_site("Other")
        self.assertFalse(delegation.with_user(self.manager).search([("id", "=", delegation.id)]))

    def test_who_somebody_stands_in_for_is_told_with_the_end(self):
        delegation = self.delegate()
        self.delegate(self.board[0], **self.hours(1, 5))
        told = self.env["ops.approval.delegation"]._standing_in(self.deputy)
        ends_at = fields.Datetime.to_string(delegation.date_to)
        [told] = told
        self.assertIn(str(delegation.date_to.year)[2:], told.pop("until"))
        self.assertEqual(told, {"user_id": self.lead.id, "name": "Lead", "ends_at": ends_at})


@tagged("post_install", "-at_install")
class TestPurchaseDelegationTold(DelegationCase):
    def messages(self, user, words):
        found = self.env["mail.message"].search(
            [("partner_ids", "in", user.partner_id.ids), ("subject", "like", words)]
        )
        return len(found)

    def test_who_stands_in_is_told_what_is_asked_while_it_lasts(self):
        self.delegate()
        self.assertEqual(self.messages(self.deputy, "You stand in for Lead"), 1)
        order = self.submitted()
        self.assertEqual(self.messages(self.deputy, "Please approve"), 1)
        self.assertEqual(self.messages(self.lead, "Please approve"), 1)
        self.assertEqual(len(self.activities(order, self.deputy)), 1)
        self.decide(order, self.lead)
        self.assertFalse(self.activities(order, self.deputy))
        self.assertFalse(self.activities(order, self.lead))

    def test_who_begins_to_stand_in_is_told_once_what_waits(self):
        orders = [self.submitted(), self.submitted()]
        now = fields.Datetime.now()
        delegation = self.delegate(date_from=now + timedelta(hours=1))
        self.assertFalse(self.activities(orders[0], self.deputy))
        with freeze_time(now + timedelta(hours=2)):
            self.env.invalidate_all()
            later = self.submitted()  # before the scheduled action came by
            self.run_scheduled("ops.approval.delegation", "_cron_delegations")
            self.run_scheduled("ops.approval.delegation", "_cron_delegations")
        self.assertTrue(delegation.begun_at)
        for order in (*orders, later):
            self.assertEqual(len(self.activities(order, self.deputy)), 1)
        self.assertEqual(self.messages(self.deputy, "Please approve: 2 requests"), 1)

    def test_when_it_is_over_the_activities_are_taken_back(self):
        for end in ("by hand", "by time"):
            order = self.submitted()
            delegation = self.delegate()
            self.assertEqual(len(self.activities(order, self.deputy)), 1)
            if end == "by hand":
                delegation.with_user(self.lead).action_end()
            else:
                with freeze_time(delegation.date_to):
                    self.env.invalidate_all()
                    self.run_scheduled("ops.approval.delegation", "_cron_delegations")
            self.assertFalse(self.activities(order, self.deputy), end)
            self.assertEqual(len(self.activities(order, self.lead)), 1)
            self.assertTrue(delegation.over_at)

    def test_own_activities_stay_when_standing_in_is_over(self):
        order = self.submitted(6000)
        self.decide(order, self.lead)
        delegation = self.delegate(self.board[0], self.board[1])
        delegation.with_user(self.board[0]).action_end()
        self.assertEqual(len(self.activities(order, self.board[1])), 1)
