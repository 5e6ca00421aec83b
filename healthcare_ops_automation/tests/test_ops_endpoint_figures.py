from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import OpsCase


@tagged("post_install", "-at_install")
class TestOpsEndpointFigures(OpsCase):
    def setUp(self):
        super().setUp()
        self.endpoint = self._create_endpoint()
        self.now = fields.Datetime.now()

    def _attempts(self, site, *attempts):
        """One delivery with attempts, each (minutes ago, outcome, ms)."""
        event = self._emit(site)
        self._commit()
        delivery = event.delivery_ids.filtered(lambda each: each.endpoint_id == self.endpoint)
        self.env["ops.delivery.attempt"].create(
            [
                {
                    "delivery_id": delivery.id,
                    "number": number,
                    "started_at": self.now - timedelta(minutes=minutes),
                    "duration_ms": duration,
                    "outcome": outcome,
                    "error": outcome != "delivered" and f"Problem {minutes} minutes ago",
                }
                for number, (minutes, outcome, duration) in enumerate(attempts, 1)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return delivery

    def test_figures_are_of_the_last_24_hours(self):
        self._attempts(
            self.site,
            (25 * 60, "retry", 9000),
            (90, "retry", 400),
            (60, "delivered", 10),
            (30, "delivered", 20),
            (20, "delivered", 30),
        )
        endpoint = self.endpoint
        self.assertEqual((endpoint.attempt_count, endpoint.success_rate), (4, 0.75))
        self.assertEqual((endpoint.median_ms, endpoint.p95_ms), (20, 400))
        self.assertEqual(endpoint.last_delivered_at, self.now - timedelta(minutes=20))
        self.assertFalse(endpoint.failing_since or endpoint.last_error)
        self.assertEqual(endpoint.health, "good")
        self.assertEqual(
            endpoint.health_text, "Delivering: 75.0 % of 4 attempts succeeded, median 20 ms"
        )

    def test_failing_says_since_when_and_why(self):
        self._attempts(
            self.site,
            (80 * 60, "retry", 5),
            (70 * 60, "delivered", 5),
            (60 * 60, "retry", 5),
            (15, "retry", 5),
        )
        endpoint = self.endpoint
        self.assertEqual(endpoint.last_delivered_at, self.now - timedelta(hours=70))
        self.assertEqual(endpoint.failing_since, self.now - timedelta(hours=60))
        self.assertEqual(endpoint.last_error, "Problem 15 minutes ago")
        self.assertEqual(endpoint.health, "failing")
        self.assertRegex(endpoint.health_text, "^Failing since .*: Problem 15 minutes ago$")
        endpoint.sudo().state = "broken"
        self.assertRegex(endpoint.health_text, "^Broken since .*: Problem 15 minutes ago$")

    def test_each_state_has_its_words(self):
        endpoint = self.endpoint
        self.assertEqual(
            (endpoint.health, endpoint.health_text), ("quiet", "No attempts in the last 24 hours")
        )
        self._emit()
        self._commit()
        for values, health, text in (
            ({"state": "paused"}, "held", "Paused: 1 waiting"),
            ({"test_mode": True}, "held", "Test mode"),
            ({"state": "broken", "test_mode": False}, "failing", "Broken"),
            ({"state": "disabled"}, "off", "Disabled"),
            ({"state": "active", "url": False}, "off", "Without URL"),
        ):
            endpoint.sudo().write(values)
            self.env.invalidate_all()
            self.assertEqual(endpoint.health, health, values)
            self.assertIn(text, endpoint.health_text)

    def test_counts_say_what_waits_for_how_long_and_what_was_given_up(self):
        first = self._attempts(self.site)
        self._attempts(self.other_site)
        first.sudo().created_at = self.now - timedelta(hours=3)
        self.env.flush_all()
        self.env.invalidate_all()
        endpoint = self.endpoint
        self.assertEqual((endpoint.waiting_count, endpoint.dead_count), (2, 0))
        self.assertEqual(endpoint.oldest_waiting_at, self.now - timedelta(hours=3))
        found = self.env["ops.endpoint"].search([("dead_count", ">", 0)])
        self.assertNotIn(endpoint, found)
        first.sudo().state = "dead"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((endpoint.waiting_count, endpoint.dead_count), (1, 1))
        self.assertIn(endpoint, self.env["ops.endpoint"].search([("dead_count", ">", 0)]))
        self.assertEqual(endpoint.action_open_dead()["domain"], [("endpoint_id", "=", endpoint.id)])

    def test_figures_hold_only_what_the_reader_may_see(self):
        self._attempts(self.site, (10, "delivered", 10))
        self._attempts(self.other_site, (5, "retry", 10), (4, "retry", 10))
        manager = self._create_user("manager", ops_site_ids=[(6, 0, self.site.ids)])
        seen = self.endpoint.with_user(manager)
        self.assertEqual((seen.attempt_count, seen.success_rate), (1, 1.0))
        self.assertFalse(seen.failing_since)
        self.assertEqual(seen.waiting_count, 1)
        self.assertEqual(self.endpoint.attempt_count, 3)

    def test_figures_of_many_endpoints_take_one_query(self):
        others = [self._create_endpoint(name=f"Receiver {n}") for n in range(3)]
        endpoints = self.endpoint.union(*others)
        self._attempts(self.site, (10, "delivered", 10))
        with self.assertQueryCount(1):
            figures = endpoints._attempt_figures()
        self.assertEqual(list(figures), [self.endpoint.id])

    def test_attempt_knows_its_endpoint(self):
        delivery = self._attempts(self.site, (1, "delivered", 10))
        self.assertEqual(delivery.attempt_ids.endpoint_id, self.endpoint)
        action = self.endpoint.action_open_attempts()
        self.assertEqual(action["res_model"], "ops.delivery.attempt")
        self.assertEqual(action["domain"], [("endpoint_id", "=", self.endpoint.id)])
