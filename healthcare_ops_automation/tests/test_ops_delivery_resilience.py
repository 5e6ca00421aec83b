from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..core import circuit
from ..core.pool import Finished
from ..core.sender import Outcome
from .common import OpsCase
from .receiver import receiver


@tagged("post_install", "-at_install")
class TestOpsDeliveryResilience(OpsCase):
    """What goes wrong between two steps loses nothing, holds nobody up and ends."""

    def setUp(self):
        super().setUp()
        self.deliveries = self.env["ops.delivery"]
        self.env["ops.endpoint"].search([]).state = "disabled"

    def _events(self, count, record=None):
        events = self.events
        for number in range(count):
            events += self._emit(record or self.site, number=number)
            self._commit()
        return events

    def _deliver(self, lane="critical"):
        with self._without_commits():
            self.deliveries._cron_deliver(lane)
        self.env.invalidate_all()

    def _states(self, events):
        self.env.invalidate_all()
        return events.delivery_ids.sorted("sequence").mapped("state")

    def _leases_run_out(self):
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery
                      SET lease_until = now() AT TIME ZONE 'UTC' - interval '1 s',
                          next_attempt_at = now() AT TIME ZONE 'UTC' - interval '1 s'
                    WHERE state = 'sending'"""
            )
        )

    def _triggers(self, lane):
        cron = self.env.ref(f"healthcare_ops_automation.cron_deliver_{lane}")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def test_step_that_met_a_deadlock_is_run_again(self):
        model = type(self.deliveries)
        answers = [psycopg2.errors.DeadlockDetected(), psycopg2.errors.LockNotAvailable(), "done"]

        def step():
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        with self._without_commits(), patch.object(model, "_roll_back", lambda self: None):
            self.assertEqual(self.deliveries._despite_conflicts(step), "done")

    def test_delivery_whose_process_always_dies_ends_as_a_dead_letter(self):
        endpoint = self._create_endpoint(max_attempts=2)
        events = self._events(2)
        for _attempt in range(2):
            self.assertEqual(len(self.deliveries._claim("critical", 9)), 1)
            self._leases_run_out()
        [claim] = self.deliveries._claim("critical", 9)
        self.assertEqual(self._states(events), ["dead", "sending"])
        first, second = events.delivery_ids.sorted("sequence")
        self.assertEqual(claim.outgoing.delivery_id, second.id)
        self.assertEqual(first.attempt_count, 2)
        self.assertTrue(first.last_error)
        self._leases_run_out()
        with self._without_commits():
            self.deliveries._report()
        key = f"given_up:{endpoint.id}:worn_out"
        told = self.env["ops.exception"].search([("cause_key", "=", key)])
        self.assertEqual(told.occurrence_count, 1)

    def test_every_endpoint_gets_its_turn_however_few_threads_there_are(self):
        endpoints = [self._create_endpoint(name=f"Receiver {n}") for n in range(4)]
        calendar = self.site.resource_calendar_id.id
        sites = self.env["ops.site"].create(
            [
                {"name": f"Site {n}", "code": f"R{n}", "resource_calendar_id": calendar}
                for n in range(60)
            ]
        )
        self._emit(sites)
        self._commit()
        served = set()
        for _round in range(60):
            claims = self.deliveries._claim("critical", 1)
            served |= {claim.outgoing.target.endpoint_id for claim in claims}
            done = [Finished(claim, Outcome("delivered", 0.0, 1, status=200)) for claim in claims]
            self.deliveries._settle(done, (5,))
        self.assertEqual(served, {endpoint.id for endpoint in endpoints})

    def test_break_that_a_broken_receiver_asks_for_is_kept(self):
        later = (("Retry-After", "600"),)
        calendar = self.site.resource_calendar_id.id
        sites = self.env["ops.site"].create(
            [
                {"name": f"Site {n}", "code": f"B{n}", "resource_calendar_id": calendar}
                for n in range(circuit.FAILURES_TO_OPEN)
            ]
        )
        with receiver(lambda handler: handler.answer(503, b"", later)) as server:
            endpoint = self._create_endpoint(url=server.url)
            self._emit(sites)
            self._commit()
            self._deliver()
            self.assertEqual(endpoint.state, "broken")
            count = len(server.received)
            health = self.env["ops.endpoint.health"]._of([endpoint.id])[endpoint.id]
            health.probe_at = fields.Datetime.now() - timedelta(minutes=1)
            self._events(1)
            self._deliver()
            self.assertEqual(len(server.received), count)
        self.assertGreater(
            self.deliveries._seconds_to_next("critical"), 500, "and no run waits for it"
        )

    def test_retry_that_is_known_is_triggered_once(self):
        with receiver(lambda handler: handler.answer(503)) as server:
            self._create_endpoint(url=server.url)
            self._events(1)
            self._deliver()
            self.env.cr.execute(
                "UPDATE ops_delivery SET next_attempt_at = next_attempt_at"
                " + interval '60.123456 s' WHERE state = 'retrying'"
            )
            before = self._triggers("critical")
            for _run in range(3):
                self._deliver()
        self.assertEqual(self._triggers("critical"), before + 1)

    def test_lane_is_woken_for_what_waited_behind_another_lane(self):
        with receiver() as server:
            self._create_endpoint(url=server.url)
            events = self._events(2)
            first, second = events.delivery_ids.sorted("sequence")
            first.lane = "bulk"
            self.env.flush_all()
            self.assertEqual(self.deliveries._claim("critical", 9), [])
            self.assertEqual(self._states(events), ["waiting", "parked"])
            self.env["ir.cron.trigger"].search([]).unlink()
            self._deliver("bulk")
            self.assertEqual(self._states(events), ["delivered", "waiting"])
        self.assertEqual(self._triggers("critical"), 1)

    def test_endpoint_that_works_again_wakes_every_lane(self):
        endpoint = self._create_endpoint(state="broken")
        self.env["ir.cron.trigger"].search([]).unlink()
        endpoint._recover()
        for lane in ("critical", "standard", "bulk"):
            self.assertEqual(self._triggers(lane), 1)

    def test_broken_endpoint_that_may_not_be_probed_gives_nothing_up(self):
        for held in ({"test_mode": True}, {"url": False}):
            endpoint = self._create_endpoint()
            event = self._events(1)
            endpoint.write({"state": "broken", **held})
            health = self.env["ops.endpoint.health"]._of([endpoint.id])[endpoint.id]
            health.opened_at = fields.Datetime.now() - timedelta(hours=80)
            event.delivery_ids.created_at = fields.Datetime.now() - timedelta(hours=75)
            self.env.flush_all()
            with self._without_commits():
                self.deliveries._cron_sweep()
            self.assertEqual(self._states(event), ["waiting"])
            endpoint.state = "disabled"

    def test_copy_of_a_database_has_nothing_left_to_send(self):
        self._create_endpoint()
        events = self._events(3)
        self.deliveries._claim("critical", 9)
        self.assertEqual(self._states(events), ["sending", "parked", "parked"])
        script = Path(__file__).parents[1] / "data" / "neutralize.sql"
        self.env.cr.execute(script.read_text())
        self.assertEqual(set(self._states(events)), {"skipped"})

    def test_content_of_what_waits_its_turn_is_not_pruned(self):
        self._create_endpoint()
        self.type.retention_days = 30
        events = self._events(2)
        self.deliveries._claim("critical", 9)
        self.assertEqual(self._states(events), ["sending", "parked"])
        self.env.cr.execute("UPDATE ops_event SET sealed_at = sealed_at - interval '31 days'")
        self.events.sudo()._gc_content()
        self.env.invalidate_all()
        self.assertTrue(events[1].body)

    def test_subscription_known_for_too_long_does_not_fail_the_business(self):
        endpoint = self._create_endpoint()
        kept = self._create_endpoint(name="kept")
        known = self.env["ops.endpoint"]._subscriptions()
        endpoint.unlink()
        self.env.flush_all()
        model = type(self.env["ops.endpoint"])
        with patch.object(model, "_subscriptions", lambda self: known):
            event = self._events(1)
        self.assertEqual(event.delivery_ids.endpoint_id, kept)
