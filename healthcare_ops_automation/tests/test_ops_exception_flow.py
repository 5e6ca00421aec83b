from contextlib import closing
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import GROUP, OpsCase
from .exceptions import ExceptionCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsExceptionFlow(ExceptionCase):
    """From new to closed, by whom, and what is refused in words."""

    def test_the_way_from_new_to_resolved(self):
        exception = self._raise(team=self.team).with_user(self.member)
        exception.action_triage()
        self.assertEqual(exception.state, "triaged")
        self.assertTrue(exception.triaged_at)
        exception.action_take()
        self.assertEqual((exception.state, exception.user_id), ("in_work", self.member))
        self.assertTrue(exception.taken_at)
        tomorrow = fields.Date.context_today(exception) + timedelta(days=1)
        exception.write(
            {"state": "waiting", "waiting_reason": "The vendor", "follow_up_date": tomorrow}
        )
        exception.action_continue()
        self.assertEqual(exception.state, "in_work")
        self.assertFalse(exception.waiting_reason or exception.follow_up_date)
        exception.write(self.resolved)
        self.assertFalse(exception.is_open)
        self.assertTrue(exception.closed_at)

    def test_own_team_s_and_nobody_s_items_are_theirs_to_work_on(self):
        exception = self._raise(team=self.team)
        nobodys = self._raise(cause_key="nobody's")
        nobodys.user_id = False
        self.assertTrue(exception.with_user(self.member).may_work)
        self.assertTrue(exception.with_user(self.lead).may_work)
        self.assertTrue(exception.with_user(self.manager).may_work)
        self.assertTrue(nobodys.with_user(self.outsider).may_work)
        outside = exception.with_user(self.outsider)
        self.assertFalse(outside.may_work)
        for act in (
            outside.action_take,
            outside.action_take_over,
            outside.action_triage,
            outside.action_open_triage,
            lambda: outside.write({"severity": "low"}),
        ):
            with self.assertRaisesRegex(AccessError, "with Desk. Only its owner"):
                act()
        exception.user_id = self.outsider
        self.assertTrue(outside.may_work)

    def test_auditor_and_administrator_read_and_change_nothing(self):
        exception = self._raise()
        for role in ("auditor", "admin"):
            reader = exception.with_user(self._create_user(role))
            self.assertTrue(reader.name)
            self.assertTrue(reader.timeline["items"])
            self.assertFalse(reader.may_work)
            for act in (reader.action_take, reader.action_open_triage):
                with self.assertRaises(AccessError, msg=role):
                    act()

    def test_manager_of_other_sites_does_not_reach_it(self):
        self.manager.ops_site_ids = self.other_site
        exception = self._raise().with_user(self.manager)
        with self.assertRaises(AccessError):
            exception.action_take()

    def test_steps_that_make_no_sense_are_refused(self):
        exception = self._raise(team=self.team).with_user(self.member)
        exception.action_triage()
        with self.assertRaisesRegex(UserError, "not new any more.*Triaged.*Max Member"):
            exception.with_user(self.lead).action_triage()
        with self.assertRaisesRegex(UserError, "From there it cannot go to “New”"):
            exception.state = "new"
        exception.write(self.resolved)
        with self.assertRaisesRegex(UserError, "cannot go to “In work”"):
            exception.state = "in_work"
        for values in ({"severity": "low"}, {"user_id": self.lead.id}, {"resolution": "x"}):
            with self.assertRaisesRegex(UserError, "closed: reopen it first"):
                exception.write(values)

    def test_waiting_needs_a_reason_and_a_day_to_ask_again(self):
        exception = self._raise(team=self.team).with_user(self.member)
        today = fields.Date.context_today(exception)
        for values, problem in (
            ({}, "Waiting for"),
            ({"waiting_reason": "The vendor"}, "Follow up on"),
            ({"waiting_reason": "x", "follow_up_date": today - timedelta(days=1)}, "later day"),
        ):
            with self.assertRaisesRegex(ValidationError, problem), self.env.cr.savepoint():
                exception.write({"state": "waiting", **values})

    def test_resolved_needs_a_code_and_words_accepted_words(self):
        exception = self._raise(team=self.team).with_user(self.member)
        with self.assertRaisesRegex(ValidationError, "Resolution code"), self.env.cr.savepoint():
            exception.write({"state": "resolved", "resolution": "Mended."})
        with self.assertRaisesRegex(ValidationError, "Resolution: say"), self.env.cr.savepoint():
            exception.write({"state": "resolved", "resolution_id": self.mended.id})
        exception.write({"state": "accepted", "resolution": "It does no harm."})
        self.assertFalse(exception.is_open)

    def test_what_the_engine_closes_has_the_code_for_that(self):
        exception = self._raise()
        exception.sudo().write({"state": "resolved", "resolution": "The endpoint works again."})
        self.assertEqual(exception.resolution_id.code, "settled_itself")
        code = exception.resolution_id.with_user(self._create_user("admin"))
        with self.assertRaisesRegex(UserError, "belongs to a module"):
            code.unlink()

    def test_a_cause_is_named_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        causes = self.env["ops.exception.cause"]
        broad = causes.create({"name": "Supplier", "code": "t_broad"})
        fine = causes.create({"name": "Late", "code": "t_fine", "parent_id": broad.id})
        broad.with_context(lang="fr_FR").name = "Fournisseur"
        fine.with_context(lang="fr_FR").name = "En retard"
        self.assertEqual(fine.display_name, "Supplier / Late")
        self.assertEqual(fine.with_context(lang="fr_FR").display_name, "Fournisseur / En retard")

    def test_reopening_is_counted_and_asks_for_a_resolution_anew(self):
        exception = self._raise(team=self.team).with_user(self.member)
        for count in (1, 2):
            exception.write(self.resolved)
            exception.action_reopen()
            self.assertEqual((exception.reopened_count, exception.state), (count, "triaged"))
            self.assertFalse(exception.closed_at or exception.resolution or exception.resolution_id)

    def test_dragging_it_to_in_work_puts_it_into_one_s_hands(self):
        exception = self._raise(team=self.team).with_user(self.member)
        exception.state = "in_work"
        self.assertEqual(exception.user_id, self.member)

    def test_putting_back_gives_it_to_the_team(self):
        exception = self._raise(team=self.team).with_user(self.member)
        exception.action_take()
        exception.action_put_back()
        self.assertEqual((exception.state, exception.user_id.id), ("triaged", False))
        self.assertEqual(exception.responsible_id, self.lead)

    def test_what_somebody_has_in_work_is_not_taken_but_taken_over(self):
        exception = self._raise(team=self.team)
        exception.with_user(self.member).action_take()
        colleague = self._create_user("user", "t_colleague")
        self.team.member_ids += colleague
        for person, hint in ((colleague, r"\.$"), (self.lead, "take it over")):
            with self.assertRaisesRegex(UserError, f"in work with Max Member since .*{hint}"):
                exception.with_user(person).action_take()
        with self.assertRaisesRegex(UserError, "in work with Max Member"):
            exception.with_user(colleague).action_take_over()
        exception.with_user(self.lead).action_take_over()
        self.assertEqual(exception.user_id, self.lead)
        exception.with_user(self.manager).action_take_over()
        self.assertEqual(exception.user_id, self.manager)

    def test_what_somebody_has_in_work_leaves_their_hands_by_no_other_way(self):
        exception = self._raise(team=self.team)
        exception.with_user(self.member).action_take()
        colleague = self._create_user("user", "t_colleague")
        self.team.member_ids += colleague
        theirs = exception.with_user(colleague)
        for act in (
            theirs.action_put_back,
            lambda: theirs.write({"user_id": colleague.id}),
            lambda: theirs.write({"user_id": False}),
            lambda: theirs.write({"state": "triaged"}),
        ):
            with self.assertRaisesRegex(UserError, "in work with Max Member since"):
                act()
        self.assertEqual((exception.user_id, exception.state), (self.member, "in_work"))
        theirs.write(self.resolved)  # the team's work goes on all the same

    def test_what_is_in_work_is_in_somebody_s_hands(self):
        exception = self._raise(team=self.team).with_user(self.member)
        exception.action_take()
        exception.user_id = False
        self.assertEqual(exception.state, "triaged")
        last = exception.step_ids.filtered(lambda step: step.kind == "status")[-1:]
        self.assertEqual((last.old, last.new), ("in_work", "triaged"))

    def test_whoever_takes_over_has_it_since_then(self):
        exception = self._raise(team=self.team)
        exception.with_user(self.member).action_take()
        exception.sudo().taken_at = fields.Datetime.now() - timedelta(days=3)
        exception.with_user(self.manager).action_take_over()
        self.assertGreater(exception.taken_at, fields.Datetime.now() - timedelta(minutes=5))

    def test_it_goes_only_to_who_can_work_on_it(self):
        exception = self._raise(team=self.team).with_user(self.member)
        requester = self._create_user("requester")
        elsewhere = self._create_user("user", "t_elsewhere", ops_site_ids=self.other_site.ids)
        archived = self._create_user("user", "t_archived")
        archived.active = False
        for person in (requester, elsewhere, archived):
            with self.assertRaisesRegex(ValidationError, "Owner: .* cannot work on"):
                exception.user_id = person
        foreign = self._create_team(
            "Abroad",
            "ABROAD",
            self._create_user(
                "user",
                "t_abroad",
                company_id=self.other_company.id,
                company_ids=self.other_company.ids,
            ),
            company=self.other_company,
        )
        with self.assertRaisesRegex(ValidationError, "Team: “Abroad” does not work for"):
            exception.team_id = foreign
        exception.user_id = self.outsider
        self.assertEqual(exception.user_id, self.outsider)


@tagged("post_install", "-at_install")
class TestTakingAtOnce(OpsCase):
    def test_of_two_who_take_it_at_once_one_wins_and_the_other_is_told(self):
        """Two real transactions. Odoo runs the second again after the conflict."""
        ids = {}
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            category = env["ops.exception.category"].create({"name": "C", "code": "t_taken"})
            site = env["ops.site"].create({"name": "Busy", "code": "T-TAKE"})
            role = env.ref(GROUP % "user")
            people = env["res.users"].create(
                [
                    {"name": name, "login": f"t_take_{name}", "group_ids": role.ids}
                    for name in ("Ada", "Bea")
                ]
            )
            exception = env["ops.exception"]._raise_exception("t_taken", "x", site)
            exception.user_id = False
            ids = {"category": category.id, "site": site.id, "exception": exception.id}
            ada, bea = people.ids
        self.addCleanup(self._remove, ids, (ada, bea))
        with closing(self.registry.cursor()) as first, closing(self.registry.cursor()) as second:
            one = api.Environment(first, ada, {})["ops.exception"].browse(ids["exception"])
            two = api.Environment(second, bea, {})["ops.exception"].browse(ids["exception"])
            self.assertEqual(two.state, "new")  # both have it on their screens
            one.action_take()
            first.commit()
            with (
                claim_log("odoo.sql_db", "ERROR", "could not serialize access"),
                self.assertRaises(SerializationFailure),
            ):
                two.action_take()
                two.env.flush_all()
            second.rollback()
            two.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "in work with Ada since"):
                two.action_take()
            self.assertEqual(two.user_id.id, ada)
            second.rollback()

    def _remove(self, ids, people):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ops.exception"].browse(ids["exception"]).unlink()
            env["ops.exception.category"].browse(ids["category"]).unlink()
            env["ops.event"].search([("site_id", "=", ids["site"])]).unlink()
            env["ops.site"].browse(ids["site"]).unlink()
            env["res.users"].browse(people).unlink()
