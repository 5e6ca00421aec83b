from odoo.tests import tagged

from .service_levels import SlaCase, make_calendar, utc


@tagged("post_install", "-at_install")
class TestOpsSlaCalendar(SlaCase):
    """Holidays, daylight saving, and hours that change while clocks run."""

    def _holiday(self, calendar, first, last):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "company_id": calendar.company_id.id,
                "date_from": first,
                "date_to": last,
            }
        )

    def test_a_night_that_loses_an_hour_shortens_no_working_day(self):
        self._policy()
        with self.at(2026, 3, 27, 14):  # Friday, 15:00 in Zürich; Sunday clocks go forward
            clock = self._clock(self._raise())
        self.assertEqual(clock.due_at, utc(2026, 3, 30, 13))  # Monday, 15:00

    def test_a_night_that_gains_an_hour_lengthens_no_working_day(self):
        self._policy()
        with self.at(2026, 10, 23, 13):  # Friday, 15:00; Sunday clocks go back
            clock = self._clock(self._raise())
        self.assertEqual(clock.due_at, utc(2026, 10, 26, 14))

    def test_around_the_clock_a_day_is_24_hours_whatever_the_walls_say(self):
        self._policy(targets=({"budget_hours": 24, "hours": "always"},))
        with self.at(2026, 3, 28, 12):
            clock = self._clock(self._raise())
        self.assertEqual(clock.due_at, utc(2026, 3, 29, 12))

    def test_created_out_of_hours_it_counts_from_the_morning(self):
        self._policy()
        with self.at(2026, 3, 7, 22):  # Saturday night
            exception = self._raise()
        with self.at(2026, 3, 9, 8):  # Monday, 9:00
            self._close(exception)
        self.assertEqual(self._clock(exception).used_seconds, 3600)

    def test_a_holiday_known_before_does_not_count(self):
        self._holiday(self.zurich, utc(2026, 4, 2, 22), utc(2026, 4, 3, 21, 59, 59))  # Friday
        self._policy()
        with self.at(2026, 4, 2, 14):  # Thursday, 16:00
            clock = self._clock(self._raise())
        self.assertEqual(clock.due_at, utc(2026, 4, 6, 14))

    def test_a_holiday_entered_later_moves_the_due_time(self):
        self._policy()
        with self.at(2026, 4, 2, 14):
            clock = self._clock(self._raise())
            self.assertEqual(clock.due_at, utc(2026, 4, 3, 14))
            self._holiday(self.zurich, utc(2026, 4, 2, 22), utc(2026, 4, 3, 21, 59, 59))
        self._tick(2026, 4, 2, 14, 1)
        self.assertEqual((clock.due_at, clock.used_seconds), (utc(2026, 4, 6, 14), 0))

    def test_a_holiday_that_is_taken_back_moves_it_back(self):
        self._policy()
        with self.at(2026, 4, 2, 14):
            holiday = self._holiday(self.zurich, utc(2026, 4, 2, 22), utc(2026, 4, 3, 21, 59, 59))
            clock = self._clock(self._raise())
            holiday.unlink()
        self._tick(2026, 4, 2, 14, 1)
        self.assertEqual(clock.due_at, utc(2026, 4, 3, 14))

    def test_somebody_s_own_time_off_concerns_no_clock(self):
        self._policy()
        resource = self.env["resource.resource"].create(
            {"name": "Nurse", "calendar_id": self.zurich.id}
        )
        with self.at(2026, 4, 2, 14):
            self._raise()
            version = self.zurich.ops_hours_version
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Off",
                    "resource_id": resource.id,
                    "calendar_id": self.zurich.id,
                    "date_from": utc(2026, 4, 2, 22),
                    "date_to": utc(2026, 4, 3, 22),
                }
            )
        self.assertEqual(self.zurich.ops_hours_version, version)

    def test_other_opening_hours_keep_what_was_used_and_move_the_rest(self):
        self._policy()
        with self.at(2026, 3, 2, 7):  # Monday, 8:00
            clock = self._clock(self._raise())
        with self.at(2026, 3, 2, 10):  # 11:00: three hours are used; mornings are given up
            self.zurich.attendance_ids.filtered(lambda each: each.hour_to <= 12).unlink()
        self.assertEqual(clock.used_seconds, 3 * 3600)
        self._tick(2026, 3, 2, 10, 1)
        # Five are left: four on Monday afternoon, one on Tuesday from 13:00.
        self.assertEqual((clock.due_at, clock.used_seconds), (utc(2026, 3, 3, 13), 3 * 3600))

    def test_a_change_noticed_late_counts_by_the_hours_of_each_time(self):
        """The scheduled action runs hours after the change: nothing is breached by mistake."""
        self._policy(targets=({"budget_hours": 3},))
        with self.at(2026, 3, 2, 7):
            exception = self._raise()
        with self.at(2026, 3, 2, 9):  # two hours are used
            self.zurich.attendance_ids.filtered(lambda each: each.hour_to <= 12).unlink()
        self._tick(2026, 3, 2, 12, 30)
        clock = self._clock(exception)
        self.assertEqual((clock.breached_at, clock.due_at), (False, utc(2026, 3, 2, 13)))

    def test_stopped_before_the_new_hours_were_worked_out_it_is_right_all_the_same(self):
        self._policy()
        with self.at(2026, 3, 2, 7):
            exception = self._raise()
        with self.at(2026, 3, 2, 10):
            self.zurich.attendance_ids.filtered(lambda each: each.hour_to <= 12).unlink()
        with self.at(2026, 3, 2, 13):  # 14:00
            self._close(exception)
        self.assertEqual(self._clock(exception).used_seconds, 4 * 3600)

    def test_hours_moved_to_a_calendar_count_from_then_on(self):
        """A line of another calendar that is moved here changes these hours, too."""
        elsewhere = make_calendar(self.env, "Europe/Zurich", hours=((6, 8),))
        self._policy()
        with self.at(2026, 3, 2, 8):
            clock = self._clock(self._raise())
        with self.at(2026, 3, 2, 12):
            elsewhere.attendance_ids.write({"calendar_id": self.zurich.id})
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(clock.counted_at, utc(2026, 3, 2, 12))

    def test_another_time_zone_of_the_calendar_is_another_working_day(self):
        self._policy()
        with self.at(2026, 3, 2, 7):
            clock = self._clock(self._raise())
        with self.at(2026, 3, 2, 9):
            self.zurich.tz = "Europe/Lisbon"
        self._tick(2026, 3, 2, 9, 1)
        # Six hours are left from 9:00 in Lisbon.
        self.assertEqual((clock.used_seconds, clock.due_at), (2 * 3600, utc(2026, 3, 2, 16)))

    def test_a_site_with_other_working_hours_counts_on_by_those(self):
        self._policy()
        with self.at(2026, 3, 2, 15):
            clock = self._clock(self._raise())
        with self.at(2026, 3, 2, 16):
            self.site.resource_calendar_id = self.new_york
        self.assertEqual(clock.calendar_id, self.new_york)
        self.assertEqual((clock.used_seconds, clock.due_at), (3600, utc(2026, 3, 3, 15)))

    def test_a_breach_before_the_change_stays_one(self):
        self._policy(targets=({"budget_hours": 1},))
        with self.at(2026, 3, 2, 7):
            exception = self._raise()
        with self.at(2026, 3, 2, 9):
            self.zurich.attendance_ids.unlink()
        clock = self._clock(exception)
        self.assertEqual(clock.breached_at, utc(2026, 3, 2, 8))
        self.assertEqual(self._events_of(exception), ["started", "breached"])

    def test_a_calendar_without_hours_is_reported_to_a_person(self):
        self._policy()
        self.zurich.attendance_ids.unlink()
        with self.at(2026, 3, 2, 7):
            clock = self._clock(self._raise())
        self.assertFalse(clock.due_at)
        self._sweep(2026, 3, 2, 8)
        told = self.env["ops.exception"].search([("category_id.code", "=", "service_level")])
        self.assertIn("no working hours", told.reason)
