from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .by_hand import ByHandCase
from .receiver import receiver


@tagged("post_install", "-at_install")
class TestOpsFallbackOfEndpoint(ByHandCase):
    """Working by hand while an endpoint holds its deliveries, on the real path."""

    def _deliver(self):
        with self._without_commits():
            self.env["ops.delivery"]._cron_deliver("critical")
        self.env.invalidate_all()

    def _endpoint(self, url="http://127.0.0.1:9/hook", **values):
        return self._create_endpoint(
            url=url, company_id=self.company.id, runbook_id=self.runbook.id, **values
        )

    def _happens(self, site=None, number=1):
        event = self._emit(site or self.site, number=number)
        self._commit()
        return event.delivery_ids.filtered(lambda each: each.endpoint_id.name == "Receiver")

    def _item(self, delivery):
        return self.env["ops.fallback.item"].search([("delivery_id", "=", delivery.id)])

    def test_what_was_held_is_delivered_and_counts_as_redone(self):
        with receiver() as server:
            endpoint = self._endpoint(server.url)
            fallback = self._begin(endpoint)
            self.assertEqual((endpoint.state, fallback.state), ("paused", "active"))
            self.assertEqual(fallback.runbook_id, self.runbook)
            deliveries = self._happens() + self._happens(self.other_site)
            self._deliver()
            self.assertEqual(server.received, [])
            self._finish(fallback)
            self.assertEqual((endpoint.state, fallback.state), ("active", "catching_up"))
            self.assertEqual(fallback.item_ids.mapped("state"), ["open", "open"])
            self._deliver()
            self.assertEqual(len(server.received), 2)
        self.assertEqual(set(deliveries.mapped("state")), {"delivered"})
        self.env["ops.fallback"]._cron_follow()
        self.assertEqual(set(fallback.item_ids.mapped("state")), {"redone"})
        self.assertFalse(fallback.item_ids.settled_by_id)
        self.assertEqual(fallback.state, "closed")
        self.assertTrue(fallback.closed_at)
        for action in ("fallback.started", "fallback.ended"):
            self.assertEqual(self._audited(fallback, action).actor_id, self.manager.id)
        self.assertTrue(self._audited(fallback, "fallback.closed"))
        notes = " ".join(endpoint.message_ids.mapped("body"))
        self.assertIn("Manual fallback started: The platform is down.", notes)
        self.assertIn("Manual fallback ended: It answers again.", notes)

    def test_what_was_done_by_hand_meanwhile_is_not_sent_as_well(self):
        with receiver() as server:
            fallback = self._begin(self._endpoint(server.url))
            by_hand, left = self._happens(), self._happens(self.other_site)
            fallback.with_user(self.user).action_refresh()
            item = self._item(by_hand).with_user(self.user)
            item.action_done()
            self.assertEqual((item.state, item.settled_by_id), ("done", self.user))
            self._finish(fallback)
            self._deliver()
            self.assertEqual(len(server.received), 1)
        self.assertEqual((by_hand.state, left.state), ("skipped", "delivered"))
        self.assertEqual(by_hand.override_user_id, self.manager)
        fallback.action_refresh()
        self.assertEqual(fallback.state, "closed")

    def test_skipping_what_was_held_leaves_it_on_the_list(self):
        with receiver() as server:
            fallback = self._begin(self._endpoint(server.url))
            deliveries = self._happens() + self._happens(number=2)
            self._finish(fallback, "skip", "All were telephoned.")
            self._deliver()
            self.assertEqual(server.received, [])
        self.assertEqual(deliveries.mapped("state"), ["skipped", "skipped"])
        self.assertEqual(set(deliveries.mapped("override_reason")), {"All were telephoned."})
        self.assertEqual((fallback.state, fallback.open_count), ("catching_up", 2))
        fallback.item_ids[0].with_user(self.user).action_done()
        self.assertEqual(fallback.state, "catching_up")
        fallback.item_ids[1].with_user(self.user).action_not_needed()
        self.assertEqual((fallback.state, fallback.open_count), ("closed", 0))

    def test_what_is_given_up_after_all_stays_on_the_list(self):
        with receiver(lambda handler: handler.answer(410)) as server:
            fallback = self._begin(self._endpoint(server.url))
            delivery = self._happens()
            self._finish(fallback)
            self._deliver()
        self.assertEqual(delivery.state, "dead")
        fallback.action_refresh()
        self.assertEqual((fallback.state, self._item(delivery).state), ("catching_up", "open"))

    def test_nothing_held_closes_it_at_once(self):
        fallback = self._begin(self._endpoint())
        self._finish(fallback)
        self.assertEqual(fallback.state, "closed")

    def test_the_list_is_taken_once_however_often_somebody_asks(self):
        fallback = self._begin(self._endpoint())
        self._happens()
        for _again in range(2):
            fallback.action_refresh()
            self.env["ops.fallback"]._cron_follow()
        self.assertEqual(len(fallback.item_ids), 1)
        item = fallback.item_ids.with_user(self.user)
        self.assertEqual(
            (item.name, item.record_name), ("A thing happened", self.site.display_name)
        )
        self.assertEqual(
            (item.kind, item.site_id, item.company_id), ("delivery", self.site, self.company)
        )

    def test_the_list_of_many_takes_as_many_queries_as_of_one(self):
        fallback, counts = self._begin(self._endpoint()).sudo(), []
        for number in (1, 30):
            for _each in range(number):
                self._happens()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            fallback._take_stock()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(fallback.item_ids), 31)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_resuming_the_endpoint_asks_to_end_the_fallback(self):
        endpoint = self._endpoint()
        fallback = self._begin(endpoint)
        action = endpoint.with_user(self.manager).action_resume()
        self.assertEqual(action["res_model"], "ops.fallback.end")
        self.assertEqual(endpoint.state, "paused")
        endpoint.sudo().state = "active"
        self.env.invalidate_all()
        self.assertTrue(fallback.runs_again)
        self.assertIn("end the fallback", endpoint.with_user(self.manager).fallback_text)
        self._finish(fallback)
        self.assertEqual((endpoint.state, fallback.state), ("active", "closed"))

    def test_one_at_a_time_and_none_where_nothing_could_be_held(self):
        endpoint = self._endpoint()
        automation = self._enter("endpoint", endpoint)
        fallback = self._begin(automation)
        self.assertEqual((fallback.endpoint_id, fallback.automation_id), (endpoint, automation))
        self.assertEqual((automation.state, endpoint.state), ("fallback", "paused"))
        for subject in (endpoint, automation):
            with self.assertRaisesRegex(UserError, "active here already"):
                self._begin(subject)
        with self.assertRaisesRegex(UserError, "end it instead"):
            self._switch(automation, "on")
        disabled = self._create_endpoint(state="disabled", company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "is disabled"):
            self._begin(disabled)

    def test_the_banner_is_on_every_page_concerned(self):
        endpoint = self._endpoint()
        automation = self._enter("endpoint", endpoint)
        exception = self.env["ops.exception"]._raise_exception("endpoint_broken", "x", endpoint)
        self.assertFalse(exception.with_user(self.user).fallback_text)
        later = fields.Datetime.now() + timedelta(hours=3)
        fallback = self._begin(endpoint, expected_end=later)
        pages = (
            endpoint.with_user(self.manager),
            automation.with_user(self.user),
            self.runbook.with_user(self._create_user("requester")),
            exception.with_user(self.user),
        )
        for page in pages:
            with self.subTest(page._name):
                text = page.fallback_text
                self.assertIn("fallback active since", text)
                self.assertIn("The platform is down.", text)
                self.assertIn("Expected until", text)
                self.assertEqual(page.action_open_fallback()["res_id"], fallback.id)
        self._finish(fallback)
        for page in pages:
            self.assertFalse(page.fallback_text, page._name)
            with self.assertRaisesRegex(UserError, "not|No manual fallback"):
                page.action_open_fallback()

    def test_who_may_not_operate_neither_starts_nor_ends(self):
        endpoint = self._endpoint()
        with self.assertRaises(AccessError):
            endpoint.with_user(self.user).action_start_fallback()
        fallback = self._begin(endpoint)
        seen = fallback.with_user(self.user)
        self.assertFalse(seen.may_end)
        with self.assertRaises(AccessError):
            seen.action_end()
        with self.assertRaises(AccessError):
            seen.write({"user_id": self.user.id})
        for vals in ({"state": "closed"}, {"reason": "x"}, {"until": fields.Datetime.now()}):
            with self.assertRaisesRegex(UserError, "facts", msg=vals):
                fallback.with_user(self.manager).write(vals)
        fallback.with_user(self.manager).user_id = self.user

    def test_another_company_sees_nothing_of_it(self):
        endpoint = self._create_endpoint(company_id=self.other_company.id)
        boss = self._create_user(
            "manager",
            "t_boss",
            company_id=self.other_company.id,
            company_ids=[(6, 0, self.other_company.ids)],
        )
        fallback = self._begin(endpoint, user=boss)
        self._happens(self.foreign_site)
        fallback.with_user(boss).action_refresh()
        self.assertTrue(fallback.item_ids)
        for record in (fallback, fallback.item_ids):
            for user in (self.manager, self.user, self.admin):
                self.assertFalse(record.with_user(user).search([("id", "in", record.ids)]))
        with self.assertRaises(AccessError):
            fallback.with_user(self.manager).action_end()
        with self.assertRaises(AccessError):
            fallback.item_ids.with_user(self.user).action_done()

    def test_the_list_shows_what_is_at_one_s_sites(self):
        fallback = self._begin(self._endpoint())
        self._happens()
        self._happens(self.other_site)
        fallback.action_refresh()
        self.user.ops_site_ids = self.site
        seen = self.env["ops.fallback.item"].with_user(self.user)
        seen = seen.search([("fallback_id", "=", fallback.id)])
        self.assertEqual(seen.site_id, self.site)
        self.assertEqual(fallback.with_user(self.user).open_count, 1)

    def test_a_requester_reads_that_it_is_done_by_hand_but_not_the_list(self):
        fallback = self._begin(self._endpoint())
        self._happens()
        fallback.action_refresh()
        seen = fallback.with_user(self._create_user("requester"))
        self.assertIn("The platform is down.", seen.text)
        self.assertEqual((seen.open_count, seen.may_end), (0, False))
        with self.assertRaises(AccessError):
            seen.item_ids.read(["name"])

    def test_overdue_is_one_that_should_be_over(self):
        later = fields.Datetime.now() + timedelta(hours=1)
        fallback = self._begin(self._endpoint(), expected_end=later)
        self.assertFalse(fallback.is_overdue)
        fallback.sudo().expected_end = fields.Datetime.now() - timedelta(minutes=1)
        self.assertTrue(fallback.is_overdue)
        self.assertIn(fallback, fallback.search([("is_overdue", "=", True)]))
        with self.assertRaisesRegex(UserError, "still to come"):
            self._begin(
                self._enter("cron", self._create_cron()),
                expected_end=fields.Datetime.now() - timedelta(minutes=1),
            )

    def test_a_reason_is_needed_to_start_and_to_end(self):
        endpoint = self._endpoint()
        with self.assertRaisesRegex(UserError, "Reason"):
            self._begin(endpoint, " ")
        fallback = self._begin(endpoint)
        with self.assertRaisesRegex(UserError, "Reason"):
            self._finish(fallback, reason="")
        self._finish(fallback)
        with self.assertRaisesRegex(UserError, "ended already"):
            self._finish(fallback)
