from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .overriding import OverrideCase


@tagged("post_install", "-at_install")
class TestOpsDeliveryReport(OverrideCase):
    """Dead letters as exceptions: one an endpoint, company and cause, until all are settled."""

    def test_one_exception_counts_for_each_endpoint_company_and_cause(self):
        endpoint = self._create_endpoint()
        refused = self._dead(2, self.site, endpoint)
        abroad = self._dead(1, self.foreign_site, endpoint)
        failed = self._dead(1, self.other_site, endpoint, status=500, error="It failed.")
        told = [each.exception_id for each in (refused, abroad, failed)]
        self.assertEqual([len(each) for each in told], [1, 1, 1])
        self.assertEqual(len(set(told)), 3)
        self.assertEqual([each.occurrence_count for each in told], [2, 1, 1])
        self.assertEqual(told[1].company_id, self.other_company)
        self.assertEqual(
            [each.failure_cause for each in told], ["not_found", "not_found", "server_error"]
        )
        self.assertEqual(told[0].endpoint_id, endpoint)

    def test_reason_says_what_happened_and_to_which(self):
        endpoint = self._create_endpoint(name="n8n supply", company_id=self.company.id)
        exception = self._dead(3, endpoint=endpoint).exception_id
        self.assertRegex(
            exception.reason,
            r"“n8n supply” refused 3 events: HTTP 404, .*workflow is probably not active\. "
            r"The last: A thing happened: .*Harbour Clinic, after 1 attempt: The receiver refuses",
        )
        self.assertIn("Have the workflow switched on", exception.advice)

    def test_site_belongs_to_it_while_it_is_the_only_one(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        first = self._dead(1, self.site, endpoint)
        exception = first.exception_id
        self.assertEqual((exception.site_id, exception.event_id), (self.site, first.event_id))
        self._dead(1, self.other_site, endpoint)
        self.assertEqual(exception.occurrence_count, 2)
        self.assertFalse(exception.site_id or exception.event_id)
        self.assertNotIn("Hill Clinic", exception.reason)
        self.assertIn("The last: A thing happened,", exception.reason)

    def test_earlier_code_s_exception_stays_apart(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        event = self._emit()
        self._commit()
        old = self.env["ops.exception"]._raise_exception(
            "delivery_given_up", "x", event=event, cause_key=f"endpoint:{endpoint.id}"
        )
        self._fail(event.delivery_ids)
        self._report()
        self.assertNotEqual(event.delivery_ids.exception_id, old)
        self.assertEqual((old.occurrence_count, old.is_open), (1, True))

    def test_it_closes_itself_when_all_were_delivered_or_skipped(self):
        deliveries = self._dead(3)
        exception = deliveries.exception_id
        first, second, third = deliveries.sorted("sequence")
        self._decide(first, "action_skip")
        self.assertTrue(exception.is_open)
        self._decide(second | third)
        self._report()
        self.assertTrue(exception.is_open, "they are on their way")
        self._due()
        deliveries.endpoint_id.action_activate()
        self._arrive()
        self._report()
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(exception.resolution, "All were delivered or skipped.")

    def test_next_dead_letter_after_that_opens_another(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        first = self._dead(1, endpoint=endpoint)
        self._decide(first, "action_skip")
        self.assertFalse(first.exception_id.is_open)
        second = self._dead(1, endpoint=endpoint)
        self.assertNotEqual(first.exception_id, second.exception_id)
        self.assertTrue(second.exception_id.is_open)

    def test_other_cause_after_a_replay_moves_it_to_the_other_exception(self):
        delivery = self._dead()
        before = delivery.exception_id
        self._decide(delivery)
        self._fail(delivery, status=500, error="It failed.")
        self._report()
        self.assertEqual(delivery.exception_id.failure_cause, "server_error")
        self.assertFalse(before.is_open)

    def test_endpoint_s_instructions_come_before_the_category_s(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        endpoint.manual_instructions = "<p>Call Lindgrave first.</p>"
        exception = self._dead(1, endpoint=endpoint).exception_id
        seen = exception.with_user(self._create_user("user")).manual_procedure
        own, general = seen.index("Call Lindgrave first"), seen.index("pass on by hand")
        self.assertLess(own, general)
        endpoint.manual_instructions = "<p><br></p>"
        self.assertTrue(exception.manual_procedure.startswith("<p>Call the people"))

    def test_what_was_answered_is_for_who_may_read_answers(self):
        exception = self._dead(response="no such workflow " + "x" * 2000).exception_id
        shown = exception.with_user(self.manager).receiver_answer
        self.assertTrue(shown.startswith("no such workflow"))
        self.assertEqual(len(shown), 600)
        user = self._create_user("user")
        with self.assertRaises(AccessError):
            exception.with_user(user).read(["receiver_answer"])
        self.assertTrue(exception.with_user(user).read(["reason", "advice", "dead_letter_count"]))

    def test_answer_about_another_site_is_not_shown(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        self._dead(1, self.site, endpoint, status=404, response="about Harbour")
        last = self._dead(1, self.other_site, endpoint, status=404, response="about Hill")
        local = self._create_user("manager", "t_local", ops_site_ids=[Command.set(self.site.ids)])
        exception = last.exception_id
        self.assertEqual(exception.with_user(local).receiver_answer, "about Harbour")
        found = exception.with_user(local).action_open_dead_letters()
        deliveries = self.deliveries.with_user(local).search(found["domain"])
        self.assertEqual(deliveries.site_id, self.site)
