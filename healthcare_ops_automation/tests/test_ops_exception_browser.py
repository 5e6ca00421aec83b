from odoo.tests import HttpCase, tagged

from .exceptions import ExceptionCase
from .test_ops_exception_review import ReviewCase

ENGINE = "healthcare_ops_automation"


@tagged("post_install", "-at_install", "browser")
class TestQueueInBrowser(ExceptionCase, HttpCase):
    def test_a_member_takes_works_and_resolves_it(self):
        exception = self._raise("The pump made a noise.", team=self.team)
        self._raise("The pump stopped.")
        self.start_tour(
            f"/odoo/action-{ENGINE}.ops_exception_action_team",
            f"{ENGINE}.exception_queue",
            login=self.member.login,
        )
        self.assertEqual((exception.state, exception.user_id), ("resolved", self.member))
        self.assertEqual(exception.resolution, "The filter was changed.")

    def test_triage_of_many_answers_for_each(self):
        action = self.env.ref(f"{ENGINE}.ops_exception_action_mine")
        done = self._raise(team=self.team)
        refused = self._raise(record=self.other_site)
        refused.user_id = self.lead
        action.write({"domain": [("id", "in", (done + refused).ids)], "context": {}})
        self.start_tour(
            f"/odoo/action-{ENGINE}.ops_exception_action_mine",
            f"{ENGINE}.exception_triage",
            login=self.member.login,
        )
        self.assertEqual((done.severity, refused.severity), ("critical", "high"))


@tagged("post_install", "-at_install", "browser")
class TestReviewInBrowser(ReviewCase, HttpCase):
    def test_the_review_is_walked_resumed_and_held(self):
        exceptions = self.env["ops.exception"]
        for number, word in enumerate(("first", "second", "third")):
            exceptions += self._raise(f"The {word} broke.", cause_key=str(number))
        path = f"/odoo/action-{ENGINE}.ops_exception_review_action_page"
        tour = f"{ENGINE}.exception_review"
        self.start_tour(path, f"{tour}_begin", login=self.holder.login)
        self.start_tour(path, f"{tour}_finish", login=self.holder.login)
        review = self.env["ops.exception.review"].search([("company_id", "=", self.firm.id)])
        self.assertEqual((review.state, review.user_id), ("held", self.holder))
        self.assertEqual(review.outcome, "One mended, one accepted.")
        self.assertEqual(review.line_ids.mapped("decision"), ["keep", "resolved", "accepted"])
        self.assertEqual(exceptions.mapped("state"), ["new", "resolved", "accepted"])
