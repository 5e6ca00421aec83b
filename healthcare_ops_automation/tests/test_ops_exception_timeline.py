from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.exceptions.ops_exception_age import bucket_of
from .exceptions import ExceptionCase


@tagged("post_install", "-at_install")
class TestOpsExceptionTimeline(ExceptionCase):
    """What happened is told as one list, however often it happened."""

    def _titles(self, exception):
        return [item["title"] for item in exception.timeline["items"]]

    def _told(self, exception, title):
        return next(item for item in exception.timeline["items"] if item["title"] == title)

    def test_it_tells_what_was_done_by_whom_and_how_long_it_took(self):
        exception = self._raise(team=self.team)
        self._age(exception, hours=3)
        worked = exception.with_user(self.member)
        worked.action_take()
        worked.message_post(body="I called them.")
        worked.write({**self.resolved, "cause_id": self.unknown.id})
        self.assertLessEqual(
            {"Raised", "In work", "Owner: Max Member", "I called them.", "Resolved"},
            set(self._titles(worked)),
        )
        self.assertEqual(self._told(worked, "Raised")["detail"], "Given to Desk")
        taken = self._told(worked, "In work")
        self.assertEqual((taken["who"], taken["detail"]), ("Max Member", "“New” for 3 hours"))
        self.assertIn("Mended.", self._told(worked, "Resolved")["detail"])
        self.assertEqual(self._told(worked, "Cause: Unknown")["who"], "Max Member")

    def test_a_change_is_told_once_and_no_change_not_at_all(self):
        exception = self._raise(team=self.team).with_user(self.member)
        exception.write({"severity": "high", "due_at": exception.due_at})
        self.assertEqual(exception.step_ids.mapped("kind"), ["raised"])
        exception.action_take()
        main = self._raise(cause_key="main", team=self.team)
        exception.parent_id = main
        exception.write(self.resolved)
        exception.action_reopen()
        self.assertEqual(
            exception.step_ids.mapped("kind"),
            ["raised", "status", "owner", "grouped", "status", "grouped", "status"],
        )
        self.assertIn("Reopened: Triaged", self._titles(exception))

    def test_repeats_are_one_row_a_day_and_show_a_trend(self):
        exception = self._raise()
        steps = exception.step_ids
        for days, times in ((3, 2), (1, 500), (0, 1)):
            moment = fields.Datetime.now() - timedelta(days=days)
            with patch.object(fields.Datetime, "now", return_value=moment):
                for _each in range(min(times, 3)):
                    self._raise(count=times // min(times, 3))
        repeats = exception.step_ids - steps
        self.assertEqual(repeats.sorted("day").mapped("count"), [2, 498, 1])
        self.assertEqual(exception.occurrence_count, 502)
        trend = exception.timeline["trend"]
        self.assertEqual([day["count"] for day in trend[-4:]], [2, 0, 498, 2])
        self.assertEqual(trend[-2]["percent"], 100)
        self.assertIn("Happened again 498 times that day", self._titles(exception))
        since = fields.Datetime.now() - timedelta(days=1)
        self.assertEqual(exception._repeats_since(since), {exception.id: 499})

    def test_one_that_never_came_back_shows_no_trend(self):
        self.assertEqual(self._raise().timeline["trend"], [])

    def test_steps_follow_the_rights_on_the_exception_and_nobody_writes_them(self):
        here, there = self._raise(), self._raise(record=self.other_site)
        abroad = self._raise(record=self.foreign_site)
        self.member.ops_site_ids = self.site
        steps = self.env["ops.exception.step"].with_user(self.member)
        wanted = [("exception_id", "in", (here + there + abroad).ids)]
        self.assertEqual(steps.search(wanted).exception_id, here)
        for role in ("manager", "admin", "auditor"):
            user = self.manager if role == "manager" else self._create_user(role)
            with self.assertRaises(AccessError, msg=role):
                here.step_ids.with_user(user).write({"note": "x"})


@tagged("post_install", "-at_install")
class TestOpsExceptionAge(ExceptionCase):
    def test_buckets_begin_where_their_names_say(self):
        for days, code in ((0, "d00"), (1, "d01"), (3, "d01"), (4, "d04"), (7, "d04")):
            self.assertEqual(bucket_of(days), code)
        for days, code in ((8, "d08"), (30, "d08"), (31, "d31"), (400, "d31"), (-1, "d00")):
            self.assertEqual(bucket_of(days), code)

    def test_age_is_filtered_grouped_sorted_and_averaged_in_sql(self):
        exceptions = self._raise_many(4)
        for exception, days in zip(exceptions, (0, 2, 9, 40), strict=True):
            self._age(exception, days=days)
        model, mine = self.env["ops.exception"], [("id", "in", exceptions.ids)]
        self.assertEqual(exceptions.mapped("age_days"), [0, 2, 9, 40])
        self.assertEqual(exceptions.mapped("age_bucket"), ["d00", "d01", "d08", "d31"])
        groups = model._read_group(mine, ["age_bucket"], ["__count", "age_days:avg"])
        self.assertEqual(groups, [("d00", 1, 0), ("d01", 1, 2), ("d08", 1, 9), ("d31", 1, 40)])
        for domain, found in (
            ([("age_bucket", "=", "d08")], exceptions[2]),
            ([("age_bucket", "in", ["d00", "d31"])], exceptions[0] + exceptions[3]),
            ([("age_bucket", "!=", "d00")], exceptions[1:]),
            ([("age_days", ">", 2)], exceptions[2:]),
            ([("age_days", ">=", 2)], exceptions[1:]),
            ([("age_days", "<", 9)], exceptions[:2]),
            ([("age_days", "=", 9)], exceptions[2]),
        ):
            self.assertEqual(model.search(mine + domain, order="id"), found.sorted("id"), domain)
        oldest = model.search(mine, order="age_days desc", limit=1)
        self.assertEqual(oldest, exceptions[3])
        self.assertTrue(model.fields_get(["age_bucket"])["age_bucket"]["groupable"])

    def test_days_are_those_of_whoever_looks(self):
        exception = self._raise()
        exception.first_seen = datetime(2026, 3, 28, 23, 30)  # in Berlin it is the 29th
        now = datetime(2026, 3, 29, 12, 0)
        with patch.object(fields.Datetime, "now", return_value=now):
            for tz, days in (("UTC", 1), ("Europe/Berlin", 0)):
                there = exception.with_context(tz=tz)
                there.invalidate_recordset(["age_days"])
                self.assertEqual(there.age_days, days, tz)
                found = there.search([("id", "=", exception.id), ("age_days", "=", days)])
                self.assertEqual(found, exception, tz)

    def test_a_closed_one_grows_no_older(self):
        exception = self._raise()
        self._age(exception, days=9)
        exception.write({**self.resolved, "closed_at": fields.Datetime.now() - timedelta(days=7)})
        self.assertEqual(exception.age_bucket, "d01")
        wanted = [("id", "=", exception.id), ("age_bucket", "=", "d01")]
        self.assertEqual(self.env["ops.exception"].search(wanted), exception)
