import time
from unittest.mock import patch

from odoo.tests import BaseCase

from ..core import signing
from ..core.network import parse_networks
from ..core.sender import RESPONSE_LIMIT, Outgoing, judge, parse_retry_after, send
from ..core.target import Target
from .log_claims import claim_log
from .receiver import receiver

SECRET = signing.new_secret()


class TestSender(BaseCase):
    def _send(self, url, networks="127.0.0.0/8", **changes):
        target = Target(
            endpoint_id=1,
            url=url,
            secrets=(SECRET,),
            networks=tuple(parse_networks(networks)),
            **{"connect_timeout": 0.5, "total_timeout": 1.0, **changes},
        )
        return send(Outgoing(1, 1, '{"text": "ä"}', "evt_1", target))

    def test_receiver_can_verify_what_it_gets(self):
        with receiver() as server:
            outcome = self._send(server.url)
        [(path, headers, body)] = server.received
        self.assertEqual(outcome.verdict, "delivered")
        self.assertEqual((outcome.status, outcome.response), (200, "thanks"))
        self.assertEqual(path, "/hook?key=value")
        self.assertEqual(headers["content-type"], "application/cloudevents+json")
        self.assertEqual(headers["host"], f"127.0.0.1:{server.server_port}")
        self.assertEqual(body.decode(), '{"text": "ä"}')
        self.assertEqual(signing.verify([SECRET], headers, body, time.time()), "evt_1")

    def test_address_outside_the_allowed_networks_is_not_called(self):
        with receiver() as server:
            outcome = self._send(server.url, networks="")
        self.assertEqual(server.received, [])
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("not a public address", outcome.error)

    def test_redirect_is_not_followed(self):
        with receiver() as target:
            location = (("Location", target.url),)
            with receiver(lambda handler: handler.answer(307, b"", location)) as server:
                outcome = self._send(server.url)
        self.assertEqual(target.received, [])
        self.assertEqual((outcome.verdict, outcome.status), ("give_up", 307))

    def test_statuses_are_judged_as_final_or_retriable(self):
        expected = {
            200: "delivered",
            204: "delivered",
            302: "give_up",
            400: "give_up",
            401: "give_up",
            404: "give_up",
            408: "retry",
            410: "gone",
            425: "retry",
            429: "retry",
            500: "retry",
            503: "retry",
        }
        self.assertEqual({status: judge(status)[0] for status in expected}, expected)

    def test_hanging_receiver_ends_at_the_total_timeout(self):
        with receiver(lambda handler: time.sleep(1.2)) as server:
            outcome = self._send(server.url, total_timeout=0.4, connect_timeout=0.4)
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("within 0.4 s", outcome.error)
        self.assertLess(outcome.duration_ms, 1000)

    def test_dripping_receiver_ends_at_the_total_timeout(self):
        with receiver(lambda handler: handler.drip(3)) as server:
            outcome = self._send(server.url, total_timeout=0.5)
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("within 0.5 s", outcome.error)
        self.assertLess(outcome.duration_ms, 1500)

    def test_reset_and_refused_connections_are_retried_in_words(self):
        with receiver(lambda handler: handler.reset()) as server:
            outcome = self._send(server.url)
            url = server.url
        self.assertEqual((outcome.verdict, outcome.status), ("retry", 0))
        self.assertIn("broke", outcome.error)
        outcome = self._send(url)
        self.assertEqual(outcome.error, "The connection was refused.")

    def test_only_the_first_16_kilobytes_of_the_answer_are_kept(self):
        with receiver(lambda handler: handler.answer(500, b"\x00" + b"x" * 100_000)) as server:
            outcome = self._send(server.url)
        self.assertEqual(len(outcome.response), RESPONSE_LIMIT)
        self.assertNotIn("\x00", outcome.response)

    def test_retry_after_is_read_as_seconds_or_date(self):
        self.assertEqual(parse_retry_after("120", 0), 120)
        self.assertEqual(parse_retry_after("Thu, 01 Jan 1970 00:02:00 GMT", 60), 60)
        year = "Thu, 01 Jan 99999999999999999999 00:02:00 GMT"
        for text in (None, "", "soon", "-5", "²", year):
            self.assertIsNone(parse_retry_after(text, 0), text)

    def test_surprise_in_one_delivery_is_its_own_failure(self):
        with claim_log("odoo.addons.healthcare_ops_automation.core.sender", "ERROR", "failed"):
            outcome = self._send(url=5)
        self.assertEqual(outcome.verdict, "retry")
        self.assertIn("Sending failed", outcome.error)

    def test_proxy_settings_of_the_environment_are_not_used(self):
        with receiver() as server, patch.dict("os.environ", HTTP_PROXY="http://127.0.0.1:9"):
            self.assertEqual(self._send(server.url).verdict, "delivered")
