import json
import random

from odoo.tests import tagged

from .common import OpsCase
from .receiver import receiver


@tagged("post_install", "-at_install")
class TestOpsDeliveryOrder(OpsCase):
    """Of one record only the first goes; those behind it are parked and released."""

    def setUp(self):
        super().setUp()
        self.deliveries = self.env["ops.delivery"]
        self.env["ops.endpoint"].search([]).state = "disabled"
        self._settings("storm_events", "0")  # hundreds of one record, within a moment

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

    def test_those_behind_are_parked_once_and_not_looked_at_again(self):
        self._create_endpoint()
        events = self._events(300)
        claims = self.deliveries._claim("critical", 64)
        self.assertEqual(len(claims), 1)
        self.env.invalidate_all()
        states = events.delivery_ids.sorted("sequence").mapped("state")
        self.assertEqual(states, ["sending"] + ["parked"] * 299)
        self.assertEqual(self.deliveries._claim("critical", 64), [])

    def test_parked_ones_do_not_keep_another_record_from_its_turn(self):
        self._create_endpoint()
        self._events(300)
        other = self._events(1, self.other_site)
        claims = self.deliveries._claim("critical", 64)
        self.assertIn(other.delivery_ids.id, [claim.outgoing.delivery_id for claim in claims])

    def test_each_of_a_record_is_released_by_the_one_before_it_in_order(self):
        with receiver() as server:
            self._create_endpoint(url=server.url)
            self._events(40)
            self._events(40, self.other_site)
            self._deliver()
        numbers = {"T-HARBOUR": [], "T-HILL": []}
        for _path, _headers, body in server.received:
            content = json.loads(body)
            numbers[content["site"]].append(content["data"]["number"])
        self.assertEqual(numbers, {"T-HARBOUR": list(range(40)), "T-HILL": list(range(40))})

    def test_order_holds_over_failures(self):
        rng = random.Random(5)
        with receiver(lambda h: h.answer(200 if rng.random() < 0.6 else 500)) as server:
            self._create_endpoint(url=server.url, max_attempts=20)
            self._settings("retry_schedule", ", ".join(["1"] * 19))
            events = self._events(12) + self._events(12, self.other_site)
            for _run in range(60):
                self.env.cr.execute(
                    "UPDATE ops_delivery SET next_attempt_at = now() AT TIME ZONE 'UTC'"
                    " WHERE state = 'retrying'"
                )
                self._deliver()
        self.assertEqual(set(events.delivery_ids.mapped("state")), {"delivered"})
        first = {}
        for _path, _headers, body in server.received:
            content = json.loads(body)
            first.setdefault((content["site"], content["data"]["number"]), len(first))
        for site in ("T-HARBOUR", "T-HILL"):
            self.assertEqual([number for where, number in first if where == site], list(range(12)))

    def _settings(self, name, value):
        self.env["ir.config_parameter"].set_param(f"healthcare_ops_automation.{name}", value)

    def test_given_up_one_lets_the_next_go(self):
        with receiver(lambda handler: handler.answer(500)) as server:
            self._create_endpoint(url=server.url, max_attempts=1)
            events = self._events(3)
            self._deliver()
        self.assertEqual(set(events.delivery_ids.mapped("state")), {"dead"})

    def test_sweeper_releases_what_waits_behind_nothing(self):
        self._create_endpoint()
        events = self._events(3)
        [claim] = self.deliveries._claim("critical", 9)
        self.env.cr.execute(
            "UPDATE ops_delivery SET state = 'dead' WHERE id = %s", [claim.outgoing.delivery_id]
        )
        with self._without_commits():
            self.deliveries._cron_sweep()
        self.env.invalidate_all()
        states = events.delivery_ids.sorted("sequence").mapped("state")
        self.assertEqual(states, ["dead", "waiting", "parked"])
