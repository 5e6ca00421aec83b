from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .exceptions import ExceptionCase
from .log_claims import claim_log


class ReviewCase(ExceptionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A company of its own: whatever else is open does not come up.
        cls.firm = cls.env["res.company"].create({"name": "Reviewed Entity"})
        cls.place = cls._create_site("Valley Clinic", "T-VALLEY", cls.firm)
        cls.annex = cls._create_site("Annex", "T-ANNEX", cls.firm)
        companies = {"company_id": cls.firm.id, "company_ids": cls.firm.ids}
        cls.holder = cls._create_user("manager", "t_holder", name="Hanna Holder", **companies)
        cls.second = cls._create_user("manager", "t_second", name="Sam Second", **companies)
        cls.worker = cls._create_user("user", "t_worker", name="Willy Worker", **companies)
        cls.crew = cls._create_team("Crew", "CREW", cls.worker, company=cls.firm)
        cls.reviews = cls.env["ops.exception.review"].with_user(cls.holder)

    def _raise(self, *args, record=None, **kwargs):
        return super()._raise(*args, record=record or self.place, **kwargs)

    def _triaged(self, *, days=0, **kwargs):
        exception = self._raise(**kwargs)
        due = fields.Datetime.now() + timedelta(days=1)
        exception.write({"state": "triaged", "due_at": due})
        self._age(exception, days=days, hours=1)
        return exception

    def _begin(self, sites=None, user=None):
        reviews = self.env["ops.exception.review"].with_user(user or self.holder)
        return reviews._start(self.firm, sites or self.env["ops.site"])

    def _decide(self, review, exception, decision, note="", user=None, seen=None, **values):
        review = review.with_user(user or self.holder)
        line = review.line_ids.filtered(lambda each: each.exception_id == exception)
        if seen is None:
            seen = fields.Datetime.to_string(line.reviewed_at) or ""
        return review.page_decide(line.id, decision, values, note, seen)

    def _held(self, ago=None):
        """A review of the firm, held some time ago."""
        review = self._begin()
        review._finish("All fine.")
        if ago:
            moment = fields.Datetime.now() - ago
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE ops_exception_review SET started_at = %s, finished_at = %s, date = %s"
                " WHERE id = %s",
                [moment, moment, moment.date(), review.id],
            )
            review.invalidate_recordset()
        return review


@tagged("post_install", "-at_install")
class TestOpsExceptionReview(ReviewCase):
    """The daily review: what it is about, deciding, and what stays of it."""

    def test_it_finds_new_overdue_followed_up_repeating_and_old_ones_once_each(self):
        self._held(ago=timedelta(days=2))
        untouched = self._raise(cause_key="untouched")
        self._age(untouched, days=20)
        fresh = self._triaged(days=1, cause_key="fresh")
        overdue = self._triaged(days=20, cause_key="overdue")
        overdue.due_at = fields.Datetime.now() - timedelta(hours=1)
        waiting = self._triaged(days=3, cause_key="waiting")
        today = fields.Date.context_today(self.reviews)
        waiting.write({"state": "waiting", "waiting_reason": "x", "follow_up_date": today})
        repeating = self._triaged(days=3, cause_key="repeating")
        for _each in range(3):
            self._raise(cause_key="repeating")
        old = self._triaged(days=8, cause_key="old")
        self._triaged(days=3, cause_key="nothing about it")
        closed = self._triaged(days=20, cause_key="closed")
        closed.write(self.resolved)
        grouped = self._triaged(days=20, cause_key="grouped")
        grouped.parent_id = old
        review = self._begin()
        self.assertEqual(
            [(line.group, line.exception_id) for line in review.line_ids],
            [
                ("new", untouched),
                ("new", fresh),
                ("overdue", overdue),
                ("follow_up", waiting),
                ("repeating", repeating),
                ("old", old),
            ],
        )
        self.assertEqual((review.line_count, review.new_count, review.decided_count), (6, 2, 0))

    def test_limits_are_settings(self):
        exception = self._triaged(days=4)
        self._held(ago=timedelta(days=2))
        self.assertFalse(self._begin().line_ids)
        self.env["res.config.settings"].create({"ops_exception_old_days": 4}).execute()
        self.reviews.search([("state", "=", "open")]).sudo().state = "missed"
        self.assertEqual(self._begin().line_ids.exception_id, exception)

    def test_it_is_about_the_sites_chosen(self):
        here = self._raise()
        there = self._raise(record=self.annex)
        self.assertEqual(self._begin(self.annex).line_ids.exception_id, there)
        self.assertEqual(self._begin().line_ids.exception_id, here + there)

    def test_each_decision_acts_in_place_and_is_written_down(self):
        keep, assign, due, accept, resolve, later = (
            self._raise(cause_key=f"c{number}", team=self.crew) for number in range(6)
        )
        review = self._begin()
        tomorrow = fields.Datetime.now().replace(microsecond=0) + timedelta(days=1)
        self._decide(review, keep, "keep")
        self._decide(review, assign, "assigned", note="Today.", user_id=self.worker.id)
        self._decide(review, due, "due", due_at=fields.Datetime.to_string(tomorrow))
        self._decide(review, accept, "accepted", resolution="No harm.")
        self._decide(
            review, resolve, "resolved", resolution="Mended.", resolution_id=self.mended.id
        )
        self._decide(review, later, "later")
        self.assertEqual((assign.user_id, assign.state), (self.worker, "triaged"))
        self.assertEqual((due.due_at, due.state), (tomorrow, "triaged"))
        self.assertEqual((accept.state, resolve.state), ("accepted", "resolved"))
        self.assertEqual((keep.state, later.state), ("new", "new"))
        line = review.line_ids.filtered(lambda each: each.exception_id == assign)
        self.assertEqual((line.decision, line.note), ("assigned", "Today."))
        self.assertEqual(line.reviewed_by_id, self.holder)
        self.assertIn("Owner: Willy Worker", line.result)
        self.assertTrue(assign.reviewed_at)
        self.assertIn("reviewed", assign.step_ids.mapped("kind"))
        self.assertEqual((review.decided_count, review.changed_count), (6, 4))

    def test_decision_without_what_it_needs_is_refused_and_nothing_is_written(self):
        exception = self._raise()
        review = self._begin()
        past = fields.Datetime.to_string(fields.Datetime.now() - timedelta(days=1))
        for decision, values, problem in (
            ("assigned", {}, "choose an owner or a team"),
            ("due", {"due_at": past}, "choose a time to come"),
            ("accepted", {}, "In words"),
            ("resolved", {"resolution": "x"}, "Resolution code"),
            ("forget", {"resolution": "x"}, "Choose what to do"),
        ):
            with self.assertRaisesRegex(UserError, problem), self.env.cr.savepoint():
                self._decide(review, exception, decision, **values)
        self.assertFalse(review.line_ids.decision)

    def test_it_goes_on_where_it_stopped_also_with_another_reviewer(self):
        first, second = self._raise(cause_key="1"), self._raise(cause_key="2")
        review = self._begin()
        self._decide(review, first, "keep")
        self.assertEqual(self._begin(), review)
        self.assertEqual(self._begin(user=self.second), review)
        page = self.reviews.page_open()
        self.assertEqual((page["mode"], page["id"]), ("walk", review.id))
        decided = {line["exception_id"]: bool(line["decision"]) for line in page["lines"]}
        self.assertEqual(decided, {first.id: True, second.id: False})

    def test_what_another_reviewer_decided_meanwhile_is_not_decided_over(self):
        exception = self._raise()
        review = self._begin()
        self._decide(review, exception, "keep", user=self.second)
        with self.assertRaisesRegex(UserError, "Sam Second has decided about"):
            self._decide(review, exception, "later", seen="")
        self._decide(review, exception, "later")  # having seen it, one may
        self.assertEqual(review.line_ids.decision, "later")

    def test_held_it_says_by_whom_with_what_outcome_and_stays_as_it_is(self):
        exception = self._raise()
        review = self._begin()
        self._decide(review, exception, "keep")
        with self.assertRaisesRegex(UserError, "Outcome: say in words"):
            review.page_finish("  ")
        page = review.page_finish("Nothing serious.")
        self.assertEqual((page["state"], page["may_hold"]), ("held", False))
        self.assertEqual((review.state, review.user_id), ("held", self.holder))
        self.assertEqual(review.outcome, "Nothing serious.")
        self.assertGreaterEqual(review.finished_at, review.started_at)
        entry = self.env["ops.audit.entry"].search([("action", "=", "exception.review_held")])
        self.assertIn(review.id, entry.mapped("res_id"))
        root = review.sudo()
        for act in (
            lambda: root.write({"outcome": "Better."}),
            lambda: root.line_ids.write({"decision": "later"}),
            root.unlink,
            root.line_ids.unlink,
            lambda: self._decide(review, exception, "later"),
            lambda: review.page_finish("Better."),
        ):
            with self.assertRaisesRegex(UserError, "was held: it cannot be changed"):
                act()
        auditor = self._create_user("auditor", company_id=self.firm.id, company_ids=self.firm.ids)
        seen = review.with_user(auditor)
        self.assertEqual((seen.outcome, seen.line_ids.decision), ("Nothing serious.", "keep"))

    def test_only_managers_hold_it_and_nobody_writes_it_directly(self):
        self._raise()
        with self.assertRaisesRegex(AccessError, "Only operations managers"):
            self._begin(user=self.worker)
        review = self._begin()
        with self.assertRaises(AccessError):
            review.with_user(self.worker).page_decide(review.line_ids.id, "keep", {}, "", "")
        with self.assertRaises(AccessError):
            review.with_user(self.worker).page_finish("x")
        for user in (self.holder, self.worker):
            with self.assertRaises(AccessError):
                review.with_user(user).write({"outcome": "x"})
            with self.assertRaises(AccessError):
                review.line_ids.with_user(user).write({"decision": "keep"})
        page = self.env["ops.exception.review"].with_user(self.worker).page_start()
        self.assertEqual((page["may_hold"], page["total"]), (False, 0))

    def test_another_company_s_and_another_site_s_review_is_not_seen(self):
        here, there = self._raise(), self._raise(record=self.annex)
        review = self._begin()
        other = self._begin(self.annex)
        self.worker.ops_site_ids = self.place
        seen = self.env["ops.exception.review"].with_user(self.worker)
        self.assertEqual(seen.search([("company_id", "=", self.firm.id)]), review)
        lines = seen.browse(review.id).page_walk()["lines"]
        self.assertEqual([line["exception_id"] for line in lines], here.ids)
        with self.assertRaises(AccessError):
            seen.browse(other.id).page_walk()
        with self.assertRaises(AccessError):
            review.with_user(self.manager).page_walk()
        self.assertIn(there, review.line_ids.exception_id)

    def test_who_works_at_one_site_reviews_that_site_not_the_company(self):
        here, there = self._raise(), self._raise(record=self.annex)
        today = fields.Date.context_today(self.reviews)
        self.env["ops.exception.review"]._plan(self.firm, self.holder, today, self.annex)
        self.second.ops_site_ids = self.place
        page = self.env["ops.exception.review"].with_user(self.second).page_start(None, [])
        self.assertEqual((page["site_ids"], page["total"]), (self.place.ids, 1))
        review = self._begin(user=self.second)
        self.assertEqual((review.sudo().site_ids, review.line_ids.exception_id), (self.place, here))
        review.with_user(self.second).page_finish("Fine here.")
        planned = self.env["ops.exception.review"].search(
            [("company_id", "=", self.firm.id), ("state", "=", "planned")]
        )
        self.assertEqual(planned.site_ids, self.annex, "nobody has looked at it yet")
        self.assertEqual(self._begin().line_ids.exception_id, here + there)

    def test_only_who_sees_all_of_its_places_records_that_it_was_held(self):
        here = self._raise()
        self._raise(record=self.annex)
        review = self._begin()
        self.second.ops_site_ids = self.place
        self._decide(review, here, "keep", user=self.second)
        theirs = review.with_user(self.second)
        self.assertFalse(theirs.page_walk()["may_finish"])
        with self.assertRaisesRegex(AccessError, "about other sites than yours, too"):
            theirs.page_finish("All fine.")
        self.assertEqual(review.state, "open")
        self.second.ops_site_ids += self.annex
        both = self._begin(self.place + self.annex)
        self.assertEqual(both.with_user(self.second).page_finish("Fine.")["state"], "held")

    def test_its_sites_are_those_of_its_company(self):
        self.second.company_ids += self.company
        reviews = self.env["ops.exception.review"].with_user(self.second)
        with self.assertRaisesRegex(UserError, "does not belong to Reviewed Entity"):
            reviews.page_begin(self.firm.id, self.site.ids, [])
        self.second.ops_site_ids = self.site
        with self.assertRaisesRegex(UserError, "You work at no site of Reviewed Entity"):
            reviews.page_begin(self.firm.id, [], [])

    def test_deciding_follows_the_reviewer_s_rights_on_the_exception(self):
        there = self._raise(record=self.annex)
        review = self._begin()
        self.second.ops_site_ids = self.place
        line = review.line_ids.filtered(lambda each: each.exception_id == there)
        with self.assertRaisesRegex(AccessError, "not at one of your sites"):
            review.with_user(self.second).page_decide(line.id, "keep", {}, "", "")
        self.assertFalse(line.decision)

    def test_two_begun_at_once_are_one(self):
        self._begin()
        values = {
            "date": fields.Date.context_today(self.reviews),
            "company_id": self.firm.id,
            "scope_key": "all",
            "state": "planned",
        }
        with (
            claim_log("odoo.sql_db", "ERROR", "ops_exception_review_open_uniq"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["ops.exception.review"].create(values)

    def test_page_begins_with_counts_and_the_last_outcome(self):
        self._held(ago=timedelta(days=1))
        self._raise()
        page = self.reviews.page_start(None, [])
        self.assertEqual((page["mode"], page["total"], page["may_hold"]), ("start", 1, True))
        counts = {group["code"]: group["count"] for group in page["groups"]}
        self.assertEqual(counts["new"], 1)
        self.assertEqual(page["last"]["outcome"], "All fine.")
        self.assertEqual(self.reviews.page_start(None, self.annex.ids)["total"], 0)
        details = self._begin().line_ids.page_details()
        self.assertEqual((details["reason"], details["count"]), ("It broke.", 1))
