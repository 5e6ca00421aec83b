from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..models.durations import in_words
from .common import ROLES
from .service_levels import CLOSED, WAIT, SlaCase, utc

WIDGET = "//widget[@name='ops_sla_clocks']"
READERS = {"user", "manager", "admin", "auditor"}


@tagged("post_install", "-at_install")
class TestOpsSlaWords(SlaCase):
    """What people read about a clock, and who."""

    def test_durations_are_said_as_people_say_them(self):
        for seconds, words in (
            (0, "less than a minute"),
            (59, "less than a minute"),
            (-5, "less than a minute"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (12_000, "3 h 20 min"),
            (200 * 3600, "200 h"),
        ):
            self.assertEqual(in_words(self.env, seconds), words, seconds)
        for seconds, words in (
            (47 * 3600, "47 h"),
            (48 * 3600, "2 d"),
            (50 * 3600 + 1800, "2 d 2 h"),
        ):
            self.assertEqual(in_words(self.env, seconds, days=True), words, seconds)

    def test_remaining_time_is_told_in_the_hours_that_count(self):
        self._policy()
        with self.at(2026, 3, 6, 14):  # Friday, 15:00
            exception = self._raise()
            self.assertEqual(self._clock(exception).remaining, "Due in 8 h")
        clock = self._clock(exception)

        def said(*parts):
            clock.invalidate_recordset(["remaining"])
            with self.at(*parts):
                return clock.remaining, clock._standing()

        self.assertEqual(said(2026, 3, 6, 15, 20), ("Due in 6 h 40 min", "running"))
        self.assertEqual(said(2026, 3, 8, 12), ("Due in 6 h", "running"))  # a Sunday
        self.assertEqual(said(2026, 3, 9, 13, 30), ("Due in 30 min", "at_risk"))
        self.assertEqual(said(2026, 3, 9, 16), ("Breached 2 h ago", "late"))
        self.assertEqual(said(2026, 3, 12, 16), ("Breached 3 d 2 h ago", "late"))

    def test_other_states_are_said_too(self):
        self._policy()
        with self.at(2026, 3, 2, 7):
            exceptions = [self._raise() for _n in range(4)]
        met, late, paused, cancelled = exceptions
        with self.at(2026, 3, 2, 9):
            self._close(met)
            paused.write(WAIT)
            cancelled.category_id = cancelled.category_id.copy({"code": "t_other"})
        with self.at(2026, 3, 3, 9):
            self._close(late)
        self.assertEqual(
            [self._clock(each).remaining for each in exceptions],
            ["Met in 2 h", "Took 10 h of 8 h", "Paused, 6 h left", "Cancelled"],
        )

    # -- the record's form --------------------------------------------------------------------

    def _widgets(self, model, user=None, view_type="form"):
        records = self.env[model].with_user(user) if user else self.env[model]
        return etree.fromstring(records.get_view(None, view_type)["arch"]).xpath(WIDGET)

    def test_forms_of_what_is_measured_show_it_and_others_do_not(self):
        self.assertFalse(self._widgets("ops.exception"))
        policy = self._policy()
        [widget] = self._widgets("ops.exception")
        self.assertEqual((widget.getparent().tag, widget.get("invisible")), ("sheet", "not id"))
        self.assertFalse(self._widgets("ops.exception", view_type="list"))
        self.assertFalse(self._widgets("ops.site"))
        policy.active = False
        self.assertFalse(self._widgets("ops.exception"))

    def test_it_is_there_for_those_who_may_read_clocks(self):
        self._policy()
        for role in ROLES:
            user = self._create_user(role)
            if not self.env["ops.exception"].with_user(user).has_access("read"):
                continue
            self.assertEqual(bool(self._widgets("ops.exception", user)), role in READERS, role)

    def test_badges_tell_open_clocks_with_colour_icon_and_words(self):
        self._policy(measure="first_response")
        with self.at(2026, 3, 2, 7):
            exception = self._raise()
        with self.at(2026, 3, 2, 14, 30):
            [badge] = self.clocks.record_clocks("ops.exception", exception.id)
        self.assertEqual(badge["text"], "First response due in 1 h 30 min")
        self.assertEqual((badge["level"], badge["icon"]), ("warning", "fa-hourglass-half"))
        self.assertEqual(badge["due_at"], "2026-03-02 16:00:00")
        exception.write(WAIT)
        [badge] = self.clocks.record_clocks("ops.exception", exception.id)
        self.assertEqual((badge["level"], badge["icon"]), ("secondary", "fa-pause"))
        self._close(exception)
        self.assertEqual(self.clocks.record_clocks("ops.exception", exception.id), [])

    def test_badges_are_for_those_who_may_read_clock_and_record(self):
        self._policy()
        ours, theirs = self._raise(), self._raise(self.foreign_site)
        manager, requester = self._create_user("manager"), self._create_user("requester")
        asked = self.clocks.with_user(manager).record_clocks
        self.assertEqual(len(asked("ops.exception", ours.id)), 1)
        self.assertEqual(asked("ops.exception", theirs.id), [])
        self.assertEqual(
            self.clocks.with_user(requester).record_clocks("ops.exception", ours.id), []
        )
        for model, res_id in (("no.such", 1), (None, 1), ("ops.exception", "x"), ("base", 1)):
            self.assertEqual(asked(model, res_id), [])

    # -- columns of lists ------------------------------------------------------------------------

    def test_lists_sort_by_the_due_time_that_the_engine_keeps(self):
        self._policy(targets=({"hours": "always"},))
        with self.at(2026, 3, 2, 8):
            second = self._raise()
        with self.at(2026, 3, 2, 7):
            first = self._raise()
        self.assertEqual(first.sla_due_at, utc(2026, 3, 2, 15))
        found = self.env["ops.exception"].search(
            [("sla_due_at", "!=", False)], order="sla_due_at", limit=2
        )
        self.assertEqual(found, first + second)
        with self.at(2026, 3, 2, 9):
            self.assertEqual((first.sla_state, first.sla_remaining), ("running", "Due in 6 h"))
            first.write(WAIT)
            self.assertEqual((first.sla_due_at, first.sla_state), (False, "paused"))
            self._close(second)
        self.assertEqual((second.sla_due_at, second.sla_state), (False, False))

    def test_of_two_clocks_the_earlier_due_time_stands_in_the_list(self):
        self._policy(targets=({"hours": "always", "budget_hours": 5},))
        self._policy(targets=({"hours": "always", "budget_hours": 2},), stop_domain=CLOSED)
        with self.at(2026, 3, 2, 8):
            exception = self._raise()
        self.assertEqual(exception.sla_due_at, utc(2026, 3, 2, 10))

    def test_who_may_not_read_clocks_sees_empty_columns(self):
        self._policy()
        exception = self._raise().with_user(self._create_user("requester"))
        with self.assertRaises(AccessError):
            exception.check_access("read")
        self.assertFalse(exception.sla_state)

    def test_policies_count_their_clocks_and_open_them(self):
        policy = self._policy()
        with self.at(2026, 3, 2, 7):
            self._raise(), self._raise(**WAIT)
        self._tick(2026, 3, 4, 9)
        policy.invalidate_recordset()
        self.assertEqual((policy.running_count, policy.breached_count), (1, 1))
        action = policy.action_open_clocks()
        self.assertEqual(self.clocks.search_count(action["domain"]), 2)


@tagged("post_install", "-at_install", "browser")
class TestOpsSlaInBrowser(SlaCase, HttpCase):
    def test_an_administrator_makes_a_policy_and_sees_its_clock_on_a_record(self):
        admin = self._create_user("admin")
        admin.group_ids += self.env.ref("healthcare_ops_automation.group_ops_manager")
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        self.start_tour(
            "/odoo/action-healthcare_ops_automation.ops_sla_policy_action",
            "healthcare_ops_automation.service_level",
            login=admin.login,
        )
        policy = self.env["ops.sla.policy"].search([("name", "=", "First answer")])
        self.assertEqual(policy.target_ids.mapped("budget_hours"), [2])
        exception = self._raise()
        clock = self._clock(exception, policy)
        self.assertLess(clock.due_at, fields.Datetime.now() + timedelta(days=5))
        self.start_tour(
            f"/odoo/action-healthcare_ops_automation.ops_exception_action/{exception.id}",
            "healthcare_ops_automation.service_level_badge",
            login=admin.login,
        )
