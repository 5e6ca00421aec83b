from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..core import circuit
from .common import OpsCase
from .receiver import receiver


@tagged("post_install", "-at_install")
class TestOpsDeliveryCircuit(OpsCase):
    """An endpoint that fails in a row is left alone but for a probe now and then."""

    def setUp(self):
        super().setUp()
        self.deliveries = self.env["ops.delivery"]
        self.env["ops.endpoint"].search([]).state = "disabled"
        calendar = self.site.resource_calendar_id.id
        self.sites = self.env["ops.site"].create(
            [
                {"name": f"Site {n}", "code": f"C{n}", "resource_calendar_id": calendar}
                for n in range(30)
            ]
        )
        self.status = 500

    def _receiver(self, headers=()):
        return receiver(lambda handler: handler.answer(self.status, b"", headers))

    def _events(self, sites):
        events = self._emit(sites)
        self._commit()
        return events

    def _deliver(self, lane="critical"):
        with self._without_commits():
            self.deliveries._cron_deliver(lane)
        self.env.invalidate_all()

    def _health(self, endpoint):
        return self.env["ops.endpoint.health"]._of([endpoint.id])[endpoint.id]

    def _broken_endpoint(self, server, **values):
        """An endpoint that has just failed often enough."""
        endpoint = self._create_endpoint(url=server.url, max_attempts=2, **values)
        events = self._events(self.sites[: circuit.FAILURES_TO_OPEN])
        self._deliver()
        self.assertEqual(endpoint.state, "broken")
        return endpoint, events

    def _time_passes(self, endpoint):
        self._health(endpoint).probe_at = fields.Datetime.now() - timedelta(hours=1)
        self.env.cr.execute(
            "UPDATE ops_delivery SET next_attempt_at = now() AT TIME ZONE 'UTC'"
            " WHERE state IN ('waiting', 'retrying')"
        )

    def test_failures_in_a_row_break_the_endpoint_and_a_person_is_told(self):
        with self._receiver() as server:
            endpoint, _events = self._broken_endpoint(server)
        health = self._health(endpoint)
        self.assertTrue(health.opened_at and health.probe_at > fields.Datetime.now())
        self.assertIn("500", health.last_error)
        told = self.env["ops.exception"].search([("cause_key", "=", f"broken:{endpoint.id}")])
        self.assertEqual(told.category_id.code, "endpoint_broken")
        self.assertIn("500", told.reason)
        self.assertIn("Broken", endpoint.message_ids[0].body)

    def test_success_in_between_keeps_it_active(self):
        with self._receiver() as server:
            endpoint = self._create_endpoint(url=server.url)
            for half in (self.sites[:9], self.sites[9:18]):
                self.status = 500
                self._events(half)
                self._deliver()
                self.status = 200
                self._events(self.sites[29])
                self._deliver()
        self.assertEqual(endpoint.state, "active")

    def test_event_that_is_refused_does_not_speak_against_the_endpoint(self):
        self.status = 422
        with self._receiver() as server:
            endpoint = self._create_endpoint(url=server.url)
            self._events(self.sites)
            self._deliver()
        self.assertEqual(endpoint.state, "active")

    def test_open_circuit_uses_up_no_attempts(self):
        with self._receiver() as server:
            _endpoint, events = self._broken_endpoint(server)
            later = self._events(self.sites[10:20])
            count = len(server.received)
            self._time_passes(_endpoint)
            self._health(_endpoint).probe_at = fields.Datetime.now() + timedelta(minutes=1)
            self._deliver()
            self.assertEqual(len(server.received), count)
        self.assertEqual(
            set((events + later).delivery_ids.mapped("state")), {"retrying", "waiting"}
        )

    def test_one_probe_is_sent_and_its_failure_counts_for_nothing(self):
        with self._receiver() as server:
            endpoint, _events = self._broken_endpoint(server)
            first = self._health(endpoint).trip_count
            for _probe in range(4):  # more than the two attempts a delivery has
                self._time_passes(endpoint)
                count = len(server.received)
                self._deliver()
                self.assertEqual(len(server.received), count + 1)
        self.assertEqual(self._health(endpoint).trip_count, first + 4)
        self.assertNotIn("dead", self.deliveries.search([]).mapped("state"))
        self.assertEqual(endpoint.state, "broken")

    def test_probe_that_is_taken_lets_everything_follow(self):
        with self._receiver() as server:
            endpoint, events = self._broken_endpoint(server)
            later = self._events(self.sites[10:30])
            self.status = 200
            self._time_passes(endpoint)
            self._deliver()
        self.assertEqual(endpoint.state, "active")
        self.assertEqual(set((events + later).delivery_ids.mapped("state")), {"delivered"})
        told = self.env["ops.exception"].search([("cause_key", "=", f"broken:{endpoint.id}")])
        self.assertEqual(told.state, "resolved")
        self.assertFalse(self._health(endpoint).opened_at)

    def test_activating_by_hand_tries_at_once(self):
        with self._receiver() as server:
            endpoint, events = self._broken_endpoint(server)
            self.status = 200
            endpoint.action_activate()
            self._time_passes(endpoint)
            self._deliver()
        self.assertEqual(set(events.delivery_ids.mapped("state")), {"delivered"})

    def test_receiver_that_asks_for_a_break_gets_nothing_meanwhile(self):
        self.status = 429
        with self._receiver([("Retry-After", "60")]) as server:
            endpoint = self._create_endpoint(url=server.url, concurrency_limit=1)
            self._events(self.sites)
            self._deliver()
            count = len(server.received)
            self._events(self.site)
            self._deliver()
        self.assertEqual(len(server.received), count)
        self.assertLess(count, 30)
        self.assertEqual(endpoint.state, "active")
        self.assertGreater(self._health(endpoint).hold_until, fields.Datetime.now())

    def test_what_waited_for_days_on_a_broken_endpoint_is_given_up_with_its_reason(self):
        with self._receiver() as server:
            endpoint, events = self._broken_endpoint(server)
            fresh = self._events(self.sites[20])
        self._health(endpoint).opened_at = fields.Datetime.now() - timedelta(hours=80)
        events.delivery_ids.created_at = fields.Datetime.now() - timedelta(hours=75)
        replayed = events.delivery_ids[-1]
        replayed.replayed_at = fields.Datetime.now() - timedelta(hours=1)
        events -= replayed.event_id
        self.env.flush_all()
        with self._without_commits():
            self.deliveries._cron_sweep()
        self.env.invalidate_all()
        self.assertEqual(set(events.delivery_ids.mapped("state")), {"dead"})
        self.assertIn("72 hours", events.delivery_ids[0].last_error)
        self.assertEqual(fresh.delivery_ids.state, "waiting")
        self.assertNotEqual(replayed.state, "dead", "somebody replayed it since")
        key = f"given_up:{endpoint.id}:unanswered"
        given_up = self.env["ops.exception"].search([("cause_key", "=", key)])
        self.assertEqual(given_up.occurrence_count, len(events))
