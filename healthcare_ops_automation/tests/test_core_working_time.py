from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ..core.working_time import AroundTheClock, OutsideWindow, WorkingTime

MONDAY = datetime(2026, 3, 2)
HOUR = timedelta(hours=1)


def days(*hours, count=5):
    """Periods from the first to the second of each pair of hours, on so many days."""
    return [
        (MONDAY + timedelta(days=day, hours=first), MONDAY + timedelta(days=day, hours=last))
        for day in range(count)
        for first, last in hours
    ]


class TestWorkingTime(BaseCase):
    def setUp(self):
        super().setUp()
        self.week = WorkingTime(days((8, 12), (13, 17)), MONDAY, MONDAY + timedelta(days=7))

    def at(self, hours):
        return MONDAY + timedelta(hours=hours)

    def test_only_working_hours_elapse(self):
        self.assertEqual(self.week.elapsed(self.at(7), self.at(9)), 3600)
        self.assertEqual(self.week.elapsed(self.at(11), self.at(14)), 7200)
        self.assertEqual(self.week.elapsed(self.at(17), self.at(32)), 0)
        self.assertEqual(self.week.elapsed(self.at(0), self.at(7 * 24)), 40 * 3600)

    def test_nothing_elapses_backwards(self):
        self.assertEqual(self.week.elapsed(self.at(10), self.at(9)), 0)
        self.assertEqual(self.week.elapsed(self.at(10), self.at(10)), 0)

    def test_due_time_skips_breaks_nights_and_the_weekend(self):
        self.assertEqual(self.week.due(self.at(8), 4 * 3600), self.at(12))
        self.assertEqual(self.week.due(self.at(11), 2 * 3600), self.at(14))
        self.assertEqual(self.week.due(self.at(16), 2 * 3600), self.at(24 + 9))
        self.assertEqual(self.week.due(self.at(3), 60), self.at(8) + timedelta(minutes=1))

    def test_due_time_at_the_end_of_a_period_is_its_end_not_the_next_start(self):
        self.assertEqual(self.week.due(self.at(8), 8 * 3600), self.at(17))

    def test_nothing_to_work_is_due_at_once_even_at_night(self):
        self.assertEqual(self.week.due(self.at(3), 0), self.at(3))

    def test_due_time_beyond_the_window_is_not_known(self):
        self.assertIsNone(self.week.due(self.at(8), 41 * 3600))
        self.assertIsNone(WorkingTime([], MONDAY, self.at(24)).due(MONDAY, 1))

    def test_elapsed_until_the_due_time_is_what_was_asked_for(self):
        for start in range(0, 60, 5):
            for seconds in (1, 59, 3600, 12345, 8 * 3600, 20 * 3600):
                due = self.week.due(self.at(start), seconds)
                self.assertEqual(self.week.elapsed(self.at(start), due), seconds)

    def test_elapsed_times_add_up(self):
        moments = [self.at(hours) for hours in (0, 7.5, 9, 12.5, 20, 33, 34.25, 100)]
        parts = [self.week.elapsed(a, b) for a, b in zip(moments, moments[1:], strict=False)]
        self.assertEqual(sum(parts), self.week.elapsed(moments[0], moments[-1]))

    def test_a_moment_outside_of_the_window_is_refused(self):
        for call in (
            lambda: self.week.elapsed(self.at(-1), self.at(9)),
            lambda: self.week.elapsed(self.at(9), self.at(7 * 24 + 1)),
            lambda: self.week.due(self.at(-1), 1),
            lambda: self.week.is_open(self.at(-1)),
        ):
            with self.assertRaises(OutsideWindow):
                call()

    def test_periods_that_overlap_or_touch_count_once(self):
        touching = [
            (self.at(8), self.at(12)),
            (self.at(10), self.at(13)),
            (self.at(13), self.at(14)),
        ]
        merged = WorkingTime(touching, MONDAY, self.at(24))
        self.assertEqual(merged.elapsed(MONDAY, self.at(24)), 6 * 3600)
        self.assertEqual(merged.due(self.at(8), 5.5 * 3600), self.at(13.5))

    def test_a_day_that_ends_a_microsecond_early_loses_nothing(self):
        almost = timedelta(days=1) - timedelta(microseconds=1)
        whole = WorkingTime(
            [(self.at(24 * day), self.at(24 * day) + almost) for day in range(7)],
            MONDAY,
            MONDAY + timedelta(days=7),
        )
        self.assertEqual(whole.elapsed(MONDAY, MONDAY + timedelta(days=7)), 7 * 86400)
        self.assertEqual(whole.due(MONDAY, 3 * 86400), self.at(72))

    def test_open_until_the_end_of_a_period(self):
        opened = [self.week.is_open(self.at(hours)) for hours in (7.99, 8, 11.99, 12, 13, 17, 150)]
        self.assertEqual(opened, [False, True, True, False, True, False, False])


class TestAroundTheClock(BaseCase):
    def test_every_second_counts(self):
        clock = AroundTheClock()
        self.assertEqual(clock.elapsed(MONDAY, MONDAY + 50 * HOUR), 50 * 3600)
        self.assertEqual(clock.elapsed(MONDAY + HOUR, MONDAY), 0)
        self.assertEqual(clock.due(MONDAY, 7200), MONDAY + 2 * HOUR)
        self.assertTrue(clock.is_open(MONDAY))
        self.assertTrue(clock.covers(datetime.min, datetime.max))
