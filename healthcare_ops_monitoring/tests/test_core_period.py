from datetime import date, datetime, timedelta

from odoo.tests import BaseCase

from ..core.buckets import buckets
from ..core.period import UnknownPeriod, local_midnight, period_of

BERLIN, LORD_HOWE = "Europe/Berlin", "Australia/Lord_Howe"
SAO_PAULO, HAVANA = "America/Sao_Paulo", "America/Havana"
NOW = datetime(2026, 3, 30, 10, 15)  # the day after Berlin's clocks went forward


class TestPeriod(BaseCase):
    """Periods begin at the reader's midnight, also where the clocks change."""

    def test_days_are_those_of_the_zone(self):
        period = period_of("7d", NOW, BERLIN)
        self.assertEqual((period.start, period.end), (datetime(2026, 3, 23, 23), NOW))
        self.assertEqual(period_of("today", NOW, BERLIN).start, datetime(2026, 3, 29, 22))
        self.assertEqual(period_of("today", NOW, "UTC").start, datetime(2026, 3, 30))

    def test_the_period_before_is_as_long_and_ends_where_this_begins(self):
        for code in ("today", "7d", "30d", "90d", "12m", "2026-03-28..2026-03-29"):
            with self.subTest(code=code):
                period = period_of(code, NOW, BERLIN)
                before = period.previous
                self.assertEqual(before.end, period.start)
                self.assertEqual(before.end - before.start, period.end - period.start)
        self.assertIsNone(period_of("all", NOW, BERLIN).previous)

    def test_days_one_names_are_both_included(self):
        period = period_of("2026-03-29..2026-03-29", NOW, BERLIN)
        self.assertEqual(period.end - period.start, timedelta(hours=23), "clocks went forward")
        period = period_of("2026-10-25..2026-10-25", NOW, BERLIN)
        self.assertEqual(period.end - period.start, timedelta(hours=25), "and back")

    def test_a_midnight_that_does_not_exist_is_the_first_moment_of_the_day(self):
        self.assertEqual(local_midnight(date(2018, 11, 4), SAO_PAULO), datetime(2018, 11, 4, 3))

    def test_of_a_midnight_that_exists_twice_the_first_counts(self):
        self.assertEqual(local_midnight(date(2025, 11, 2), HAVANA), datetime(2025, 11, 2, 4))

    def test_what_is_no_period_is_refused(self):
        junk = ("", None, "yesterday", "2026-02-30..2026-03-01", "2026-03-02..2026-03-01")
        for code in (*junk, "2026-03-01", "2026-03-01..9999-12-31", "30d; DROP TABLE"):
            with self.subTest(code=code), self.assertRaises(UnknownPeriod):
                period_of(code, NOW, BERLIN)


class TestBuckets(BaseCase):
    """A chart's pieces leave nothing out and count nothing twice."""

    def _buckets(self, code, zone, points, now=NOW):
        period = period_of(code, now, zone)
        return buckets(period.start, period.end, zone, points)

    def test_the_finest_unit_that_fits_is_taken(self):
        for code, points, unit, pieces in (
            ("today", 24, "hour", 13),
            ("30d", 31, "day", 30),
            ("30d", 29, "week", 6),
            ("12m", 60, "week", 53),
            ("12m", 31, "month", 13),
            ("12m", 12, "quarter", 5),
            ("12m", 1, "year", 2),
        ):
            with self.subTest(code=code, points=points):
                found, begins = self._buckets(code, BERLIN, points)
                self.assertEqual((found, len(begins)), (unit, pieces))
                self.assertEqual(begins, sorted(set(begins)))
                self.assertEqual(begins[0], period_of(code, NOW, BERLIN).start)

    def test_days_of_the_change_have_23_and_25_hours(self):
        for code, zone, hours in (
            ("2026-03-29..2026-03-29", BERLIN, 23),
            ("2026-10-25..2026-10-25", BERLIN, 25),
            ("2018-11-04..2018-11-04", SAO_PAULO, 23),
            ("2025-11-02..2025-11-02", HAVANA, 25),
        ):
            with self.subTest(code=code):
                self.assertEqual(len(self._buckets(code, zone, 30)[1]), hours)
        _unit, begins = self._buckets("2026-03-28..2026-03-31", BERLIN, 4)
        steps = [after - begin for begin, after in zip(begins, begins[1:], strict=False)]
        self.assertEqual(steps, [timedelta(hours=24), timedelta(hours=23), timedelta(hours=24)])

    def test_half_hours_of_a_change_are_neither_lost_nor_doubled(self):
        unit, begins = self._buckets("2026-04-05..2026-04-05", LORD_HOWE, 30)
        self.assertEqual((unit, len(begins)), ("hour", 25), "a day of 24 hours and a half")

    def test_a_week_begins_on_monday(self):
        _unit, begins = self._buckets("30d", BERLIN, 6)
        self.assertEqual(begins[1:3], [datetime(2026, 3, 1, 23), datetime(2026, 3, 8, 23)])
