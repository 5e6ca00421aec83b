from datetime import date

from odoo.tests import BaseCase

from ..builders.holidays import holiday_dates


class TestHolidays(BaseCase):
    def test_fixed_days_come_every_year_within_the_span(self):
        days = list(holiday_dates("12-25", date(2025, 12, 25), date(2027, 12, 24)))
        self.assertEqual(days, [date(2025, 12, 25), date(2026, 12, 25)])

    def test_movable_days_follow_easter(self):
        year = date(2026, 1, 1), date(2026, 12, 31)
        self.assertEqual(list(holiday_dates("easter-2", *year)), [date(2026, 4, 3)])
        self.assertEqual(list(holiday_dates("easter+1", *year)), [date(2026, 4, 6)])
        self.assertEqual(list(holiday_dates("easter+60", *year)), [date(2026, 6, 4)])
