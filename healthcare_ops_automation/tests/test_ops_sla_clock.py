import json
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .service_levels import CLOSED, NEW, NOT_NEW, WAIT, SlaCase, make_calendar, utc

# Monday, 2 March 2026, 9:00 in Zürich.
MONDAY = (2026, 3, 2, 8)


@tagged("post_install", "-at_install")
class TestOpsSlaClock(SlaCase):
    """A record's clock from start to end, as the record moves."""

    # -- the course of one clock -----------------------------------------------------------

    def test_starts_with_the_record_and_counts_the_site_s_working_hours(self):
        policy = self._policy()
        with self.at(*MONDAY):
            clock = self._clock(self._raise())
        self.assertEqual((clock.state, clock.policy_id, clock.cycle), ("running", policy, 1))
        self.assertEqual((clock.company_id, clock.site_id), (self.company, self.site))
        self.assertEqual(clock.calendar_id, self.zurich)
        # Eight working hours from 9:00: 12:00, an hour's break, 17:00, and one on Tuesday.
        self.assertEqual(clock.due_at, utc(2026, 3, 3, 8))
        self.assertEqual(clock.at_risk_at, utc(2026, 3, 2, 15))

    def test_the_same_hours_are_due_elsewhere_in_another_time_zone(self):
        self._policy()
        with self.at(*MONDAY):  # 3:00 in New York: out of hours
            clock = self._clock(self._raise(self.other_site))
        self.assertEqual(clock.due_at, utc(2026, 3, 2, 22))
        self.assertEqual(clock.started_at, utc(*MONDAY))

    def test_stopped_in_time_is_met_with_the_time_it_took(self):
        self._policy()
        with self.at(*MONDAY):
            exception = self._raise()
        with self.at(2026, 3, 2, 13):  # 14:00: three hours, the break, one hour
            self._close(exception)
        clock = self._clock(exception)
        self.assertEqual((clock.state, clock.used_seconds), ("met", 4 * 3600))
        self.assertEqual(clock.stopped_at, utc(2026, 3, 2, 13))
        self.assertEqual(self._events_of(exception), ["started", "stopped"])

    def test_stopped_too_late_is_breached_though_no_scheduled_action_ran(self):
        self._policy()
        with self.at(*MONDAY):
            exception = self._raise()
        with self.at(2026, 3, 3, 9):
            self._close(exception)
        clock = self._clock(exception)
        self.assertEqual((clock.state, clock.breached_at), ("breached", utc(2026, 3, 3, 8)))
        self.assertEqual(clock.used_seconds, 9 * 3600)
        self.assertEqual(self._events_of(exception), ["started", "breached", "stopped"])

    def test_at_risk_then_breached_while_it_runs_on(self):
        self._policy()
        with self.at(*MONDAY):
            exception = self._raise()
        clock = self._clock(exception)
        self._tick(2026, 3, 2, 14, 59)
        self.assertFalse(clock.is_at_risk)
        self._tick(2026, 3, 2, 15)
        self.assertTrue(clock.is_at_risk)
        self._tick(2026, 3, 3, 8)
        self.assertFalse(clock.breached_at)
        self._tick(2026, 3, 3, 8, 1)
        self.assertEqual((clock.state, clock.breached_at), ("running", utc(2026, 3, 3, 8)))
        self._tick(2026, 3, 4, 8)
        self.assertEqual(self._events_of(exception), ["started", "at_risk", "breached"])

    def test_a_pause_over_the_weekend_costs_nothing(self):
        self._policy()
        with self.at(2026, 3, 6, 14):  # Friday, 15:00
            exception = self._raise()
        with self.at(2026, 3, 6, 15):
            exception.write(WAIT)
        clock = self._clock(exception)
        self.assertEqual((clock.state, clock.used_seconds), ("paused", 3600))
        self.assertFalse(clock.due_at)
        self._tick(2026, 3, 20, 8)
        self.assertFalse(clock.is_at_risk)
        with self.at(2026, 3, 9, 9):  # Monday, 10:00: seven hours are left
            exception.state = "in_work"
        self.assertEqual((clock.state, clock.due_at), ("running", utc(2026, 3, 10, 8)))
        self.assertEqual(self._events_of(exception), ["started", "paused", "resumed"])

    def test_a_record_that_begins_with_waiting_has_a_paused_clock(self):
        self._policy(pause_domain=NEW)
        with self.at(*MONDAY):
            exception = self._raise()
        self.assertEqual(self._clock(exception).state, "paused")
        self.assertEqual(self._events_of(exception), ["started", "paused"])

    def test_opened_again_a_new_cycle_is_measured(self):
        self._policy()
        with self.at(*MONDAY):
            exception = self._raise()
        with self.at(2026, 3, 2, 9):
            self._close(exception)
        with self.at(2026, 3, 4, 8):
            exception.action_reopen()
        first, second = self._clock(exception, cycle=1), self._clock(exception, cycle=2)
        self.assertEqual((first.state, second.state), ("met", "running"))
        self.assertEqual(second.started_at, utc(2026, 3, 4, 8))
        self.assertEqual(self._events_of(exception), ["started", "stopped", "started"])
        with self.at(2026, 3, 4, 9):
            self._close(exception)
        self.assertEqual((second.state, second.used_seconds), ("met", 3600))

    def test_the_first_response_is_not_waited_for_again(self):
        self._policy(start_domain=NEW, stop_domain=NOT_NEW, pause_domain=False)
        exception = self._raise()
        exception.state = "in_work"
        self._close(exception)
        exception.action_reopen()
        self.assertEqual(self._clock(exception).cycle, 1)

    def test_what_starts_and_ends_in_one_transaction_is_met(self):
        self._policy()
        exception = self._raise()
        self._close(exception)
        clock = self._clock(exception)
        self.assertEqual((clock.state, clock.cycle), ("met", 1))

    def test_cancelled_when_the_policy_says_so_or_concerns_it_no_more(self):
        other = self.env["ops.exception.category"].create({"name": "Other", "code": "t_other"})
        self._policy(cancel_domain="[('severity', '=', 'low')]")
        one, two = self._raise(), self._raise()
        one.severity = "low"
        two.category_id = other
        self.assertEqual(self._clock(one).state, "cancelled")
        self.assertEqual(self._clock(two).state, "cancelled")
        self.assertEqual(self._events_of(one), ["started", "stopped"])
        one.severity = "high"
        self.assertEqual(self._clock(one).cycle, 2)

    # -- targets ---------------------------------------------------------------------------

    def test_the_first_target_that_fits_applies_and_is_kept(self):
        policy = self._policy(
            targets=(
                {
                    "name": "Critical",
                    "sequence": 1,
                    "domain": "[('severity', '=', 'critical')]",
                    "budget_hours": 2,
                    "hours": "always",
                },
                {"name": "Others", "sequence": 2, "domain": "[('severity', '!=', 'low')]"},
            )
        )
        self.category.severity = "critical"
        with self.at(2026, 3, 7, 20):  # a Saturday night
            critical = self._raise()
        clock = self._clock(critical)
        self.assertEqual(clock.target_id, policy.target_ids[0])
        self.assertEqual((clock.due_at, clock.calendar_id.id), (utc(2026, 3, 7, 22), False))
        critical.severity = "medium"
        self.assertEqual(self._clock(critical), clock)
        self.assertEqual(clock.budget_seconds, 2 * 3600)
        self.category.severity = "low"
        self.assertFalse(self._clock(self._raise()), "no target fits")

    def test_a_named_calendar_counts_wherever_the_record_is(self):
        target = {"hours": "calendar", "calendar_id": self.new_york.id}
        self._policy(targets=(target,), company_id=self.company.id)
        with self.at(*MONDAY):
            clock = self._clock(self._raise())
        self.assertEqual(clock.due_at, utc(2026, 3, 2, 22))

    def test_a_policy_is_for_its_company_and_its_sites_with_what_is_part_of_them(self):
        ward = self._create_site("Ward", "T-WARD", parent_id=self.site.id)
        self._policy(company_id=self.company.id, site_ids=[(6, 0, self.site.ids)])
        self.assertTrue(self._clock(self._raise(self.site)))
        self.assertTrue(self._clock(self._raise(ward)))
        self.assertFalse(self._clock(self._raise(self.other_site)))
        self.assertFalse(self._clock(self._raise(self.foreign_site)))

    def test_each_company_has_its_own_hours_and_readers(self):
        self._policy()
        abroad = make_calendar(self.env, "Asia/Tokyo", company=self.foreign_site.company_id)
        self.foreign_site.resource_calendar_id = abroad
        with self.at(2026, 3, 2, 1):  # Monday, 10:00 in Tokyo
            ours, theirs = self._clock(self._raise()), self._clock(self._raise(self.foreign_site))
        self.assertEqual(theirs.company_id, self.other_company)
        self.assertEqual(theirs.due_at, utc(2026, 3, 3, 1))
        self.assertEqual(ours.due_at, utc(2026, 3, 2, 16))
        manager = self._create_user("manager")
        both = (ours + theirs).with_user(manager)
        self.assertEqual(both.search([("id", "in", both.ids)]), ours)
        with self.assertRaises(AccessError):
            theirs.with_user(manager).read(["state"])

    # -- place -----------------------------------------------------------------------------

    def test_a_record_that_moves_to_another_site_counts_on_in_its_hours(self):
        self._policy()
        with self.at(2026, 3, 2, 15):  # 16:00 in Zürich, 10:00 in New York
            exception = self._raise()
        with self.at(2026, 3, 2, 16):
            exception.site_id = self.other_site
        clock = self._clock(exception)
        self.assertEqual((clock.site_id, clock.calendar_id), (self.other_site, self.new_york))
        # One hour is used; seven more from 11:00 in New York: 12, break, 17, 8 to 10 on Tuesday.
        self.assertEqual((clock.used_seconds, clock.due_at), (3600, utc(2026, 3, 3, 15)))
        self.assertEqual(self._events_of(exception), ["started"])

    def test_the_responsible_person_is_known_and_followed(self):
        self._policy()
        self.category.user_id = self._create_user("manager")
        exception = self._raise()
        self.assertEqual(self._clock(exception).user_id, self.category.user_id)
        exception.user_id = self._create_user("user")
        self.assertEqual(self._clock(exception).user_id, exception.user_id)

    # -- deletion --------------------------------------------------------------------------

    def test_deleting_the_record_cancels_its_clock_and_tells_so(self):
        self._policy()
        exception = self._raise()
        clock = self._clock(exception)
        res_id = exception.id
        exception.unlink()
        self.assertEqual(clock.state, "cancelled")
        event = self.events.search(
            [("res_id", "=", res_id), ("type_code", "=", "sla.clock.stopped")]
        )
        self.assertEqual((event.res_model, event.state), ("ops.exception", "open"))

    # -- events and the hook -----------------------------------------------------------------

    def test_archiving_the_record_cancels_its_clock_unless_that_is_what_it_waited_for(self):
        about_partners = {
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "domain": "[('ref', '=', 'T-SLA')]",
            "pause_domain": False,
        }
        called = self._policy(**about_partners, stop_domain="[('phone', '!=', False)]")
        archived = self._policy(**about_partners, stop_domain="[('active', '=', False)]")
        partner = self.env["res.partner"].create(
            {"name": "P", "ref": "T-SLA", "company_id": self.company.id}
        )
        partner.active = False
        self._sweep(2026, 3, 2, 8)
        self.assertEqual(self._clock(partner, called).state, "cancelled")
        self.assertEqual(self._clock(partner, archived).state, "met")
        partner.active = True
        self.assertEqual(self._clock(partner, called).cycle, 2)

    def test_events_say_what_is_measured_and_belong_to_the_record_s_place(self):
        policy = self._policy(measure="resolution")
        with self.at(*MONDAY):
            exception = self._raise()
        with self.at(2026, 3, 3, 9):
            self._close(exception)
        events = self.events.search(
            [("res_id", "=", exception.id), ("type_code", "=like", "sla.clock.%")], order="id"
        )
        self.assertEqual(events.mapped("site_id"), self.site)
        self.assertEqual(events.mapped("severity"), ["info", "high", "info"])
        self.env.cr.flush()
        said = json.loads(events[-1].sudo().body)["data"]
        self.assertEqual(
            (said["policy"], said["measure"], said["target"], said["calendar"]),
            (policy.name, "Resolution", "All", "Europe/Zurich"),
        )
        self.assertEqual((said["outcome"], said["used_seconds"]), ("breached", 9 * 3600))
        self.assertEqual(said["due_at"], "2026-03-03T08:00:00Z")

    def test_two_policies_for_one_record_are_told_apart(self):
        self._policy(name="Response", start_domain=NEW, stop_domain=NOT_NEW)
        self._policy(name="Resolution", stop_domain=CLOSED)
        exception = self._raise()
        self.assertEqual(self._events_of(exception), ["started", "started"])

    def test_the_hook_hears_of_all_transitions_in_bulk(self):
        self._policy()
        heard = []
        model = type(self.clocks)
        with patch.object(
            model, "_on_transition", lambda clocks, kind: heard.append((kind, len(clocks)))
        ):
            with self.at(*MONDAY):
                exceptions = self._raise() + self._raise()
            self._tick(2026, 3, 3, 9)
            exceptions.write({"state": "resolved", "resolution": "Mended."})
        self.assertEqual(
            heard, [("started", 1), ("started", 1), ("breached", 2), ("stopped", 1), ("stopped", 1)]
        )
