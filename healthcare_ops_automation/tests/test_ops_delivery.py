import json
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..core import signing
from .common import OpsCase
from .log_claims import claim_log
from .receiver import receiver


@tagged("post_install", "-at_install")
class TestOpsDelivery(OpsCase):
    def setUp(self):
        super().setUp()
        self.deliveries = self.env["ops.delivery"]

    def _deliver(self, lane="critical"):
        with self._without_commits():
            self.deliveries._cron_deliver(lane)
        self.env.invalidate_all()

    def _make_due(self):
        """Let the time until the next attempt pass."""
        self.env.cr.execute(
            SQL("UPDATE ops_delivery SET next_attempt_at = now() AT TIME ZONE 'UTC'")
        )

    def _events(self, count, records=None):
        events = self.events
        for number in range(count):
            events += self._emit(records, number=number)
            self._commit()
        return events

    def test_event_arrives_signed_with_the_exact_bytes(self):
        with receiver() as server:
            endpoint = self._create_endpoint(url=server.url)
            event = self._events(1)
            self._deliver()
        [(_path, headers, body)] = server.received
        self.assertEqual(body.decode(), event.body)
        message_id = signing.verify([endpoint.secret_out], headers, body, time.time())
        self.assertEqual(message_id, event.uuid)
        delivery = event.delivery_ids
        self.assertEqual((delivery.state, delivery.attempt_count), ("delivered", 1))
        self.assertTrue(delivery.delivered_at)
        attempt = delivery.attempt_ids
        self.assertEqual(
            (attempt.number, attempt.http_status, attempt.outcome, attempt.response),
            (1, 200, "delivered", "thanks"),
        )

    def test_operations_user_may_know_where_a_delivery_goes(self):
        self._create_endpoint(name="Suppliers")
        delivery = self._events(1).delivery_ids.with_user(self._create_user("user"))
        self.assertTrue(delivery.display_name.endswith("→ Suppliers"))

    def test_lane_delivers_only_its_own(self):
        with receiver() as server:
            self._create_endpoint(url=server.url)
            event = self._events(1)
            self._deliver("bulk")
        self.assertEqual(event.delivery_ids.state, "waiting")

    def test_failure_is_retried_later_and_then_succeeds(self):
        answers = [500, 200]
        with receiver(lambda handler: handler.answer(answers.pop(0))) as server:
            self._create_endpoint(url=server.url)
            delivery = self._events(1).delivery_ids
            self._deliver()
            self.assertEqual((delivery.state, delivery.last_status), ("retrying", 500))
            self.assertGreater(delivery.next_attempt_at, fields.Datetime.now())
            self._deliver()
            self.assertEqual(delivery.attempt_count, 1, "nothing is sent before it is due")
            self._make_due()
            self._deliver()
        self.assertEqual((delivery.state, delivery.attempt_count), ("delivered", 2))
        self.assertEqual(delivery.attempt_ids.mapped("outcome"), ["retry", "delivered"])
        self.assertEqual(
            {headers["webhook-id"] for _p, headers, _b in server.received}, {delivery.event_id.uuid}
        )

    def test_retry_after_is_honoured(self):
        later = (("Retry-After", "600"),)
        with receiver(lambda handler: handler.answer(429, b"", later)) as server:
            self._create_endpoint(url=server.url)
            delivery = self._events(1).delivery_ids
            self._deliver()
        wait = delivery.next_attempt_at - fields.Datetime.now()
        self.assertGreater(wait, timedelta(seconds=590))
        self.assertLess(wait, timedelta(seconds=610))

    def test_next_run_is_triggered_for_the_retry(self):
        with receiver(lambda handler: handler.answer(503)) as server:
            self._create_endpoint(url=server.url)
            delivery = self._events(1).delivery_ids
            self._deliver()
        cron = self.env.ref("healthcare_ops_automation.cron_deliver_critical")
        due = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).mapped("call_at")
        self.assertIn(delivery.next_attempt_at, due)

    def test_refused_for_good_is_given_up_with_an_exception(self):
        with receiver(lambda handler: handler.answer(404, b"no such hook")) as server:
            endpoint = self._create_endpoint(url=server.url)
            events = self._events(1) + self._events(1, self.other_site)
            self._deliver()
            self.assertEqual(set(events.delivery_ids.mapped("state")), {"retrying"})
            for _attempt in range(2):
                self._make_due()
                self._deliver()
        self.assertEqual(events.delivery_ids.mapped("state"), ["dead", "dead"])
        self.assertEqual(events.delivery_ids.mapped("attempt_count"), [3, 3])
        exception = self.env["ops.exception"].search(
            [("cause_key", "=", f"given_up:{endpoint.id}:not_found")]
        )
        self.assertEqual(exception.occurrence_count, 2)
        self.assertIn("404", exception.reason)
        self.assertEqual(exception.endpoint_id, endpoint)

    def test_given_up_after_the_last_attempt(self):
        with receiver(lambda handler: handler.answer(500)) as server:
            self._create_endpoint(url=server.url, max_attempts=2)
            delivery = self._events(1).delivery_ids
            for _attempt in range(2):
                self._make_due()
                self._deliver()
        self.assertEqual((delivery.state, delivery.attempt_count), ("dead", 2))

    def test_receiver_that_is_gone_disables_its_endpoint(self):
        with receiver(lambda handler: handler.answer(410)) as server:
            endpoint = self._create_endpoint(url=server.url)
            delivery = self._events(1).delivery_ids
            self._deliver()
        self.assertEqual((endpoint.state, delivery.state), ("disabled", "dead"))

    def test_events_of_one_record_arrive_in_order_and_only_that_record_waits(self):
        broken = []

        def behave(handler):
            body = json.loads(handler.server.received[-1][2])
            number, site = body["data"]["number"], body["site"]
            fails = site == "T-HARBOUR" and number == 0 and not broken
            if fails:
                broken.append(True)
            handler.answer(500 if fails else 200)

        with receiver(behave) as server:
            self._create_endpoint(url=server.url)
            self._events(3)
            self._events(1, self.other_site)
            self._deliver()
            arrived = [json.loads(body)["site"] for _p, _h, body in server.received]
            self.assertEqual(sorted(arrived), ["T-HARBOUR", "T-HILL"])
            self._make_due()
            self._deliver()
        bodies = [json.loads(body) for _p, _h, body in server.received]
        numbers = [b["data"]["number"] for b in bodies if b["site"] == "T-HARBOUR"]
        self.assertEqual(numbers, [0, 0, 1, 2])

    def test_paused_endpoint_holds_and_loses_nothing(self):
        with receiver() as server:
            endpoint = self._create_endpoint(url=server.url)
            endpoint.action_pause()
            events = self._events(2)
            self._deliver()
            self.assertEqual(server.received, [])
            endpoint.action_activate()
            self._deliver()
        self.assertEqual(set(events.delivery_ids.mapped("state")), {"delivered"})

    def test_process_that_died_has_used_its_attempt_up_and_another_takes_over(self):
        with receiver() as server:
            self._create_endpoint(url=server.url)
            delivery = self._events(1).delivery_ids
            self.assertEqual(len(self.deliveries._claim("critical", 32)), 1)
            delivery.invalidate_recordset()
            self.assertEqual((delivery.state, delivery.attempt_count), ("sending", 1))
            self._deliver()
            self.assertEqual(server.received, [], "the lease still runs")
            self.env.cr.execute(
                SQL(
                    "UPDATE ops_delivery SET lease_until = created_at - interval '1s',"
                    " next_attempt_at = created_at - interval '1s'"
                )
            )
            self._deliver()
        self.assertEqual((delivery.state, delivery.attempt_count), ("delivered", 2))

    def test_endpoint_that_hangs_leaves_the_others_their_share(self):
        hanging = self._create_endpoint(name="hanging")
        sites = self.env["ops.site"].create(
            [
                {
                    "name": f"Site {n}",
                    "code": f"H{n}",
                    "resource_calendar_id": self.site.resource_calendar_id.id,
                }
                for n in range(60)
            ]
        )
        self._emit(sites)
        self._commit()
        healthy = self._create_endpoint(name="healthy")
        event = self._events(1)
        claims = self.deliveries._claim("critical", 32)
        self.assertIn(healthy.id, {claim.outgoing.target.endpoint_id for claim in claims})
        self.assertLess(len([c for c in claims if c.outgoing.target.endpoint_id == hanging.id]), 32)
        delivery = event.delivery_ids.filtered(lambda each: each.endpoint_id == healthy)
        delivery.invalidate_recordset()
        self.assertEqual(delivery.state, "sending")

    def test_endpoint_whose_url_is_cleared_holds_its_deliveries(self):
        endpoint = self._create_endpoint()
        event = self._events(1)
        endpoint.url = False
        self.assertEqual(self.deliveries._claim("critical", 32), [])
        self.assertEqual(event.delivery_ids.state, "waiting")

    def test_what_could_not_be_told_is_told_by_the_next_run(self):
        raising = patch.object(
            self.registry["ops.exception"], "_raise_exception", side_effect=ValueError("trouble")
        )
        roll_back = patch.object(self.registry["ops.delivery"], "_roll_back", lambda self: None)
        with receiver(lambda handler: handler.answer(410)) as server:
            endpoint = self._create_endpoint(url=server.url)
            self._events(1)
            with (
                raising,
                roll_back,
                claim_log("odoo.addons.healthcare_ops_automation", "ERROR", "step of ops.delivery"),
            ):
                self._deliver()
            told = [("cause_key", "=", f"given_up:{endpoint.id}:gone")]
            self.assertFalse(self.env["ops.exception"].search(told))
            self._deliver()
            self._deliver()
        self.assertEqual(self.env["ops.exception"].search(told).occurrence_count, 1)

    def test_trouble_with_exceptions_does_not_send_again(self):
        raising = patch.object(
            self.registry["ops.delivery"], "_report_given_up", side_effect=ValueError("trouble")
        )
        roll_back = patch.object(self.registry["ops.delivery"], "_roll_back", lambda self: None)
        with receiver() as server:
            self._create_endpoint(url=server.url)
            delivery = self._events(1).delivery_ids
            with (
                raising,
                roll_back,
                claim_log("odoo.addons.healthcare_ops_automation", "ERROR", "step of ops.delivery"),
            ):
                self._deliver()
            self._deliver()
        self.assertEqual(len(server.received), 1)
        self.assertEqual(delivery.state, "delivered")

    def test_schedule_that_somebody_broke_by_hand_does_not_stop_the_lane(self):
        self.env["ir.config_parameter"].set_param(
            "healthcare_ops_automation.retry_schedule", "5;300"
        )
        with receiver() as server:
            self._create_endpoint(url=server.url)
            delivery = self._events(1).delivery_ids
            with claim_log("odoo.addons.healthcare_ops_automation", "WARNING", "default is used"):
                self._deliver()
        self.assertEqual(delivery.state, "delivered")

    def test_neutralized_database_sends_nothing(self):
        with receiver() as server:
            self._create_endpoint(url=server.url)
            self._events(1)
            self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
            self._deliver()
        self.assertEqual(server.received, [])
