from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .log_claims import claim_log
from .test_ops_exception_review import ReviewCase

LOGGER = "odoo.addons.healthcare_ops_automation.models.exceptions.ops_exception_review_reminder"
MONDAY = datetime(2031, 6, 2)


@tagged("post_install", "-at_install")
class TestReviewReminder(ReviewCase):
    """Who should have held the review is reminded, in the working hours of the site."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.site"].search([("company_id", "!=", cls.firm.id)]).daily_review = False
        calendar = cls.env["resource.calendar"].create(
            {
                "name": "Nine to five",
                "company_id": cls.firm.id,
                "tz": "Europe/Lisbon",  # an hour behind UTC in summer: opens at 08:00 UTC
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": str(day),
                                "dayofweek": str(day),
                                "hour_from": 9,
                                "hour_to": 17,
                                "day_period": "morning",
                            }
                        )
                        for day in range(5)
                    ),
                ],
            }
        )
        (cls.place + cls.annex).write(
            {"resource_calendar_id": calendar.id, "manager_id": cls.holder.id}
        )
        cls.calendar = calendar
        cls.reviews = cls.env["ops.exception.review"]

    def _remind(self, **after):
        self.reviews._cron_remind(MONDAY + timedelta(**after))
        return self._planned()

    def _planned(self):
        return self.reviews.search([("company_id", "=", self.firm.id), ("state", "=", "planned")])

    def test_after_three_working_hours_the_manager_is_asked_once_for_all_their_sites(self):
        self._raise()
        self._raise(record=self.annex)
        self.assertFalse(self._remind(hours=10, minutes=59), "08:00 UTC and three hours")
        review = self._remind(hours=11)
        self.assertEqual((review.date, review.site_ids), (MONDAY.date(), self.place + self.annex))
        self.assertEqual(review.responsible_id, self.holder)
        activity = review.activity_ids
        self.assertEqual((activity.user_id, activity.date_deadline), (self.holder, MONDAY.date()))
        self.assertEqual(self._remind(hours=12), review, "and not again")
        self.assertEqual(len(review.activity_ids), 1)

    def test_weekend_holiday_and_quiet_sites_remind_nobody(self):
        self.assertFalse(self._remind(hours=15), "nothing is open")
        self._raise()
        self.assertFalse(self._remind(days=5, hours=15), "Saturday")
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.firm.id,
                "date_from": MONDAY - timedelta(hours=1),
                "date_to": MONDAY + timedelta(hours=23),
            }
        )
        self.assertFalse(self._remind(hours=15), "a holiday")
        self.assertTrue(self._remind(days=1, hours=15))

    def test_site_that_goes_without_and_site_without_a_manager_remind_nobody(self):
        self._raise()
        self.place.daily_review = False
        self.assertFalse(self._remind(hours=15))
        self.place.write({"daily_review": True, "manager_id": False})
        self.assertFalse(self._remind(hours=15))

    def test_one_that_was_begun_or_held_needs_no_reminder(self):
        self._raise()
        review = self._begin()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_exception_review SET date = %s WHERE id = %s", [MONDAY, review.id]
        )
        review.invalidate_recordset()
        self.assertFalse(self._remind(hours=15))
        review._finish("Fine.")
        self.assertFalse(self._remind(hours=16))

    def test_what_was_not_held_is_noted_the_day_after(self):
        self._raise()
        review = self._remind(hours=15)
        self._remind(hours=22, minutes=30)
        self.assertEqual(review.state, "planned", "in Lisbon it is still Monday")
        self._remind(hours=23, minutes=30)
        self.assertEqual(review.state, "missed")
        self.assertFalse(review.activity_ids)

    def test_planned_one_is_held_and_settles_the_reminder(self):
        today = fields.Date.context_today(self.reviews.with_user(self.holder))
        self._raise()
        self.reviews._plan(self.firm, self.holder, today, self.place)
        planned = self._planned()
        page = self.reviews.with_user(self.holder).with_company(self.firm).page_open()
        self.assertEqual((page["mode"], page["site_ids"]), ("start", self.place.ids))
        review = self._begin(self.place)
        self.assertEqual((review, review.state), (planned, "open"))
        review._finish("Fine.")
        self.assertFalse(review.sudo().activity_ids)

    def test_review_of_the_whole_company_settles_those_of_its_sites(self):
        self._raise()
        today = fields.Date.context_today(self.reviews.with_user(self.holder))
        self.reviews._plan(self.firm, self.second, today, self.place)
        self._begin()._finish("Fine.")
        self.assertFalse(self._planned())

    def test_one_that_is_being_held_in_a_company_without_sites_is_not_missed_yet(self):
        firm = self.env["res.company"].create({"name": "Without Sites"})
        self.second.company_ids += firm
        review = self.reviews.with_user(self.second)._start(firm, self.env["ops.site"])
        today = datetime.combine(review.date, datetime.min.time())
        self.reviews._note_missed(today + timedelta(hours=12))
        self.assertEqual(review.state, "open")
        self.reviews._note_missed(today + timedelta(days=1, hours=14))
        self.assertEqual(review.state, "missed")

    def test_who_may_hold_it_is_asked_before_who_may_not(self):
        self._raise()
        self.place.manager_id = self.worker
        network = self._create_site("Valley", "T-ABOVE", self.firm, manager_id=self.second.id)
        self.place.parent_id = network
        self.assertEqual(self._remind(hours=15).responsible_id, self.second)

    def test_one_that_cannot_be_asked_for_does_not_keep_back_the_others(self):
        self._raise()
        self._raise(record=self.annex)
        self.annex.manager_id = self.second
        plan = type(self.reviews)._plan

        def failing(reviews, company, responsible, day, sites):
            plan(reviews, company, responsible, day, sites)
            if responsible == self.holder:
                raise ValueError("no")

        with (
            claim_log(LOGGER, "ERROR", "Nobody could be asked for the review of"),
            patch.object(type(self.reviews), "_plan", failing),
        ):
            self.assertEqual(self._remind(hours=15).responsible_id, self.second)
        self.assertEqual(self._remind(hours=16).responsible_id, self.second + self.holder)

    def test_settings_say_after_how_many_hours(self):
        self._raise()
        self.env["res.config.settings"].create({"ops_review_hours": 5}).execute()
        self.assertFalse(self._remind(hours=12, minutes=59))
        self.assertTrue(self._remind(hours=13))
