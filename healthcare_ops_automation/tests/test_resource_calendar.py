from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import TransactionCase

from ..models.time.resource_calendar import WorkingTimes


def utc(*parts):
    return datetime(*parts)


class TestResourceCalendar(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Second Legal Entity"})
        cls.zurich = cls._calendar("Europe/Zurich")
        cls.new_york = cls._calendar("America/New_York")

    def setUp(self):
        super().setUp()
        self.times = WorkingTimes()

    @classmethod
    def _calendar(cls, tz, hours=((8, 12), (13, 17)), weekdays=range(5)):
        return cls.env["resource.calendar"].create(
            {
                "name": tz,
                "tz": tz,
                "company_id": cls.env.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": f"{day} {first}",
                                "dayofweek": str(day),
                                "hour_from": first,
                                "hour_to": last,
                                "day_period": "morning" if last <= 12 else "afternoon",
                            }
                        )
                        for day in weekdays
                        for first, last in hours
                    ),
                ],
            }
        )

    def _holiday(self, calendar, first, last, company=None):
        values = {"calendar_id": calendar.id, "date_from": first, "date_to": last}
        leave = self.env["resource.calendar.leaves"].create({"name": "Holiday", **values})
        self.env.flush_all()
        leave.company_id = company or self.env.company  # else computed from the calendar

    def test_each_calendar_counts_in_its_own_time_zone(self):
        # Friday, 13 March 2026, 16:00 UTC: 17:00 in Zürich, noon in New York (already on
        # daylight saving time).
        start = utc(2026, 3, 13, 16)
        self.assertEqual(self.times.due(self.zurich, start, 3600), utc(2026, 3, 16, 8))
        self.assertEqual(self.times.due(self.new_york, start, 3600), utc(2026, 3, 13, 18))

    def test_the_reader_s_time_zone_changes_nothing(self):
        elsewhere = self.zurich.with_context(tz="Asia/Tokyo", employee_timezone="Asia/Tokyo")
        due = WorkingTimes().due(elsewhere, utc(2026, 3, 13, 16), 3600)
        self.assertEqual(due, utc(2026, 3, 16, 8))

    def test_created_out_of_hours_the_clock_starts_with_the_day(self):
        saturday = utc(2026, 3, 14, 23)
        self.assertEqual(self.times.due(self.zurich, saturday, 1800), utc(2026, 3, 16, 7, 30))
        self.assertEqual(self.times.elapsed(self.zurich, saturday, utc(2026, 3, 16, 7)), 0)

    def test_working_hours_are_not_stretched_when_clocks_go_forward(self):
        # Zürich, night of 29 March 2026: Friday 16:00 local is 15:00 UTC, Monday 8:00 is 6:00.
        friday = utc(2026, 3, 27, 15)
        self.assertEqual(self.times.due(self.zurich, friday, 2 * 3600), utc(2026, 3, 30, 7))
        elapsed = self.times.elapsed(self.zurich, friday, utc(2026, 3, 30, 7))
        self.assertEqual(elapsed, 2 * 3600)

    def test_working_hours_are_not_shortened_when_clocks_go_back(self):
        # Zürich, night of 25 October 2026: Friday 16:00 local is 14:00 UTC, Monday 8:00 is 7:00.
        friday = utc(2026, 10, 23, 14)
        self.assertEqual(self.times.due(self.zurich, friday, 2 * 3600), utc(2026, 10, 26, 8))

    def test_who_works_through_the_night_works_an_hour_less_or_more(self):
        always = self._calendar("Europe/Zurich", hours=((0, 24),), weekdays=range(7))
        spring = utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)  # all of Sunday, local
        autumn = utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)
        self.assertEqual(self.times.elapsed(always, *spring), 23 * 3600)
        self.assertEqual(WorkingTimes().elapsed(always, *autumn), 25 * 3600)

    def test_holidays_do_not_count(self):
        self._holiday(self.zurich, utc(2026, 4, 2, 22), utc(2026, 4, 3, 21, 59, 59))  # Friday
        thursday = utc(2026, 4, 2, 14)  # 16:00
        self.assertEqual(self.times.due(self.zurich, thursday, 2 * 3600), utc(2026, 4, 6, 7))
        self.assertEqual(
            self.times.due(self.new_york, thursday, 8 * 3600 + 1), utc(2026, 4, 3, 14, 0, 1)
        )

    def test_a_company_s_holidays_are_not_another_s(self):
        everywhere = self.env["resource.calendar"]
        self._holiday(
            everywhere, utc(2026, 4, 2, 22), utc(2026, 4, 3, 21, 59, 59), self.other_company
        )
        start = utc(2026, 4, 2, 14)
        self.assertEqual(self.times.due(self.zurich, start, 2 * 3600), utc(2026, 4, 3, 7))
        self.zurich.company_id = False
        due = WorkingTimes().due(self.zurich, start, 2 * 3600, self.other_company)
        self.assertEqual(due, utc(2026, 4, 6, 7))

    def test_holidays_count_for_readers_who_may_not_see_them(self):
        self._holiday(self.zurich, utc(2026, 4, 2, 22), utc(2026, 4, 3, 21, 59, 59))
        portal = self.env.ref("base.public_user")
        due = WorkingTimes().due(self.zurich.with_user(portal), utc(2026, 4, 2, 14), 2 * 3600)
        self.assertEqual(due, utc(2026, 4, 6, 7))

    def test_far_due_times_are_found_and_impossible_ones_are_none(self):
        start = utc(2026, 3, 2, 7)
        due = self.times.due(self.zurich, start, 1000 * 3600)
        self.assertEqual(self.times.elapsed(self.zurich, start, due), 1000 * 3600)
        never = self._calendar("Europe/Zurich", hours=())
        self.assertIsNone(WorkingTimes().due(never, start, 60))

    def test_around_the_clock_without_a_calendar(self):
        none = self.env["resource.calendar"]
        start = utc(2026, 3, 28, 23)
        self.assertEqual(self.times.due(none, start, 3600), utc(2026, 3, 29))
        self.assertEqual(self.times.elapsed(none, start, start + timedelta(days=2)), 172800)

    def test_a_batch_costs_the_queries_of_few_loads(self):
        moments = [utc(2026, 3, 2) + timedelta(minutes=37 * n) for n in range(1000)]
        self.times.elapsed(self.zurich, moments[0], moments[-1])
        with self.assertQueryCount(0):
            for start, end in zip(moments, moments[1:], strict=False):
                self.times.elapsed(self.zurich, start, end)
        loads = []
        load = type(self.zurich)._ops_working_time

        def count(*args):
            loads.append(args)
            return load(*args)

        self.patch(type(self.zurich), "_ops_working_time", count)
        for moment in moments:
            self.times.due(self.new_york, moment, 3600)
        self.assertLessEqual(len(loads), 3)
