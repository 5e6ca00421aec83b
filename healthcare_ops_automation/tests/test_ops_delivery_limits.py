import threading
import time

from odoo.tests import tagged

from ..core.pool import Finished
from ..core.sender import Outcome
from .common import OpsCase
from .log_claims import claim_log
from .receiver import receiver


@tagged("post_install", "-at_install")
class TestOpsDeliveryLimits(OpsCase):
    """How much an endpoint gets at once, and what became of what was taken back."""

    def setUp(self):
        super().setUp()
        self.deliveries = self.env["ops.delivery"]
        self.env["ops.endpoint"].search([]).state = "disabled"
        calendar = self.site.resource_calendar_id.id
        self.sites = self.env["ops.site"].create(
            [
                {"name": f"Site {n}", "code": f"L{n}", "resource_calendar_id": calendar}
                for n in range(40)
            ]
        )

    def _events(self, sites=None):
        events = self._emit(sites or self.sites)
        self._commit()
        return events

    def _deliver(self, lane="critical"):
        with self._without_commits():
            self.deliveries._cron_deliver(lane)
        self.env.invalidate_all()

    def test_no_more_requests_at_once_than_the_endpoint_takes(self):
        lock, now, most = threading.Lock(), [0], [0]

        def behave(handler):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.02)
            with lock:
                now[0] -= 1
            handler.answer(200)

        with receiver(behave) as server:
            self._create_endpoint(url=server.url, concurrency_limit=3)
            events = self._events()
            self._deliver()
        self.assertEqual(set(events.delivery_ids.mapped("state")), {"delivered"})
        self.assertEqual(most[0], 3)

    def test_other_lanes_leave_room_for_the_critical_one(self):
        self._create_endpoint(concurrency_limit=8)
        self.type.lane = "bulk"
        self._events()
        self.assertEqual(len(self.deliveries._claim("bulk", 64)), 6)
        self.type.lane = "critical"
        self._events(self.site)
        self.assertEqual(len(self.deliveries._claim("critical", 64)), 1)

    def test_requests_of_another_run_count(self):
        self._create_endpoint(concurrency_limit=5)
        self._events()
        self.assertEqual(len(self.deliveries._claim("critical", 4)), 4)
        self.assertEqual(len(self.deliveries._claim("critical", 4)), 1)
        self.assertEqual(self.deliveries._claim("critical", 4), [])

    def test_endpoint_whose_settings_cannot_be_used_does_not_stop_the_others(self):
        spoilt, sound = self._create_endpoint(name="spoilt"), self._create_endpoint(name="sound")
        self._events(self.site)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_endpoint SET allowed_networks = 'none' WHERE id = %s", [spoilt.id]
        )
        with claim_log("odoo.addons.healthcare_ops_automation", "ERROR", "cannot be called"):
            claims = self.deliveries._claim("critical", 9)
        self.assertEqual([c.outgoing.target.endpoint_id for c in claims], [sound.id])

    def test_rate_of_the_endpoint_is_kept(self):
        self._create_endpoint(rate_limit=60)
        self._events()
        self.assertEqual(len(self.deliveries._claim("critical", 64)), 1)
        self.assertEqual(self.deliveries._claim("critical", 64), [])

    def test_what_was_not_begun_is_due_again_and_its_attempt_does_not_count(self):
        self._create_endpoint(max_attempts=1)
        delivery = self._events(self.site).delivery_ids
        [claim] = self.deliveries._claim("critical", 4)
        self.deliveries._settle([Finished(claim, None)], (5,))
        self.env.invalidate_all()
        self.assertEqual((delivery.state, delivery.uncounted), ("waiting", 1))
        self.env.cr.execute("UPDATE ops_delivery SET next_attempt_at = created_at")
        [claim] = self.deliveries._claim("critical", 4)
        self.assertEqual((claim.outgoing.attempt, claim.counted), (2, 1))

    def test_who_was_too_slow_changes_nothing_any_more(self):
        self._create_endpoint()
        delivery = self._events(self.site).delivery_ids
        [slow] = self.deliveries._claim("critical", 4)
        self.env.cr.execute(
            "UPDATE ops_delivery SET next_attempt_at = created_at, lease_until = created_at"
        )
        [quick] = self.deliveries._claim("critical", 4)
        delivered = Outcome("delivered", time.time(), 5, status=200)
        failed = Outcome("retry", time.time(), 5, status=500, error="late")
        self.deliveries._settle([Finished(quick, delivered)], (5,))
        self.deliveries._settle([Finished(slow, failed)], (5,))
        self.env.invalidate_all()
        self.assertEqual((delivery.state, delivery.attempt_count), ("delivered", 2))
        self.assertEqual(delivery.attempt_ids.mapped("outcome"), ["retry", "delivered"])

    def test_endpoint_disabled_while_it_is_sent_to_gets_no_further_attempt(self):
        endpoint = self._create_endpoint()
        delivery = self._events(self.site).delivery_ids
        [claim] = self.deliveries._claim("critical", 4)
        endpoint.action_disable()
        self.deliveries._settle([Finished(claim, Outcome("retry", time.time(), 5))], (5,))
        self.env.invalidate_all()
        self.assertEqual(delivery.state, "skipped")

    def test_held_deliveries_wait_and_nothing_is_lost(self):
        hold = "healthcare_ops_automation.hold_deliveries"
        with receiver() as server:
            self._create_endpoint(url=server.url)
            events = self._events()
            self.env["ir.config_parameter"].set_param(hold, "1")
            self.env.flush_all()
            self._deliver()
            self.assertEqual(server.received, [])
            self.env["ir.config_parameter"].set_param(hold, False)
            self.env.flush_all()
            self._deliver()
        self.assertEqual(set(events.delivery_ids.mapped("state")), {"delivered"})

    def test_many_deliveries_cost_as_many_queries_as_few(self):
        self._create_endpoint(concurrency_limit=64)
        self._queries_for(self.sites)  # warms the caches
        self.assertEqual(self._queries_for(self.sites), self._queries_for(self.sites[:2]))

    def _queries_for(self, sites):
        """Of one claim and one settlement."""
        self._events(sites)
        before = self.env.cr.sql_log_count
        claims = self.deliveries._claim("critical", 64)
        delivered = Outcome("delivered", time.time(), 5, status=200)
        self.deliveries._settle([Finished(claim, delivered) for claim in claims], (5,))
        self.assertEqual(len(claims), len(sites))
        return self.env.cr.sql_log_count - before
