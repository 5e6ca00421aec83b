import threading
import time
from unittest.mock import patch

from odoo.tests import BaseCase

from ..core import signing
from ..core.connection import RESPONSE_LIMIT
from ..core.network import Resolver, parse_networks
from ..core.sender import Outgoing, Sender, judge, parse_retry_after, send
from ..core.target import Target
from .log_claims import claim_log
from .receiver import receiver

SECRET = signing.new_secret()
DEAD_AND_ALIVE = ("127.0.0.2", "127.0.0.1")


class TestSender(BaseCase):
    def _send(self, url, networks="127.0.0.0/8", **changes):
        return send(self._outgoing(url, networks, **changes))

    def _outgoing(self, url, networks="127.0.0.0/8", **changes):
        target = Target(
            endpoint_id=1,
            url=url,
            networks=tuple(parse_networks(networks)),
            **{"secrets": (SECRET,), "connect_timeout": 0.5, "total_timeout": 1.0, **changes},
        )
        return Outgoing(1, 1, '{"text": "ä"}', "evt_1", target)

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

    def test_answer_keeps_no_address_of_the_receiver(self):
        said = (
            b'{"message": "POST orders-in/9f3a is not registered", "url": "/hook/orders-in/9f3a"}'
        )
        with receiver(lambda handler: handler.answer(404, said + b" sesame")) as server:
            url = server.url.partition("/hook")[0] + "/hook/orders-in/9f3a?token=sesame"
            outcome = self._send(url)
        self.assertNotIn("orders-in", outcome.response)
        self.assertNotIn("sesame", outcome.response)
        self.assertIn("is not registered", outcome.response)

    def test_connection_with_an_answer_to_come_is_not_used_again(self):
        def behave(handler):
            if len(handler.server.received) == 1:
                handler.connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            else:
                handler.answer(500)

        with receiver(behave) as server, Sender() as sender:
            sender.send(self._outgoing(server.url))
            self.assertEqual(sender._idle, {})

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

    def test_headers_of_the_endpoint_are_sent_and_cannot_smuggle_others(self):
        with receiver() as server:
            outcome = self._send(server.url, headers=(("X-Api-Key", "k1"),))
            smuggled = self._send(server.url, headers=(("X-Api-Key", "k1\r\nX-Other: 1"),))
        self.assertEqual(outcome.verdict, "delivered")
        self.assertEqual(smuggled.verdict, "retry")
        [(_path, headers, _body)] = server.received
        self.assertEqual(headers["x-api-key"], "k1")

    def test_credentials_that_the_receiver_echoes_are_not_kept(self):
        echo = receiver(lambda h: h.answer(200, str(dict(h.headers)).encode()))
        with echo as server:
            outcome = self._send(server.url, headers=(("Authorization", "Bearer abc123def"),))
        self.assertIn("Authorization", outcome.response)
        self.assertNotIn("abc123def", outcome.response)

    def test_every_secret_of_a_rotation_signs(self):
        other = signing.new_secret()
        with receiver() as server:
            self._send(server.url, secrets=(SECRET, other))
        [(_path, headers, body)] = server.received
        for secret in (SECRET, other):
            self.assertEqual(signing.verify([secret], headers, body, time.time()), "evt_1")

    def test_dead_address_does_not_keep_from_the_living_one(self):
        # The receiver listens on 127.0.0.1 only.
        resolver = Resolver(lambda *_a, **_k: [(0, 0, 0, "", (each, 0)) for each in DEAD_AND_ALIVE])
        with receiver() as server, Sender(resolver=resolver) as sender:
            url = server.url.replace("127.0.0.1", "receiver.test")
            outcome = sender.send(self._outgoing(url))
        self.assertEqual(outcome.verdict, "delivered", outcome.error)
        self.assertTrue(server.received[0][1]["host"].startswith("receiver.test:"))

    def test_name_service_that_hangs_ends_within_the_time_for_connecting(self):
        release = threading.Event()
        self.addCleanup(release.set)
        with Sender(resolver=Resolver(lambda *_a, **_k: release.wait(10))) as sender:
            outcome = sender.send(self._outgoing("http://receiver.test/", connect_timeout=0.2))
        self.assertEqual(outcome.error, "No connection within 0.2 s.")
        self.assertLess(outcome.duration_ms, 5000)


class TestKeptConnections(TestSender):
    """Everything above, and what is kept between two deliveries."""

    def setUp(self):
        super().setUp()
        self.sender = Sender()
        self.addCleanup(self.sender.close)

    def _send(self, url, networks="127.0.0.0/8", **changes):
        return self.sender.send(self._outgoing(url, networks, **changes))

    def _keep_alive(self, handler, close=False):
        handler.protocol_version = "HTTP/1.1"
        handler.answer(200, b"thanks")
        handler.close_connection = close
        self.connections.add(handler.client_address)

    def test_connection_is_used_again(self):
        self.connections = set()
        with receiver(self._keep_alive) as server:
            for _number in range(3):
                self.assertEqual(self._send(server.url).verdict, "delivered")
            self.sender.close()
        self.assertEqual((len(server.received), len(self.connections)), (3, 1))

    def test_connection_the_receiver_closed_meanwhile_is_replaced_in_the_same_attempt(self):
        self.connections = set()
        with receiver(lambda handler: self._keep_alive(handler, close=True)) as server:
            for _number in range(3):
                self.assertEqual(self._send(server.url).verdict, "delivered")
        self.assertEqual((len(server.received), len(self.connections)), (3, 3))

    def test_answer_too_long_to_read_does_not_leak_into_the_next(self):
        def behave(handler):
            handler.protocol_version = "HTTP/1.1"
            first = len(handler.server.received) == 1
            handler.answer(200, b"x" * 50_000 if first else b"second")

        with receiver(behave) as server:
            self._send(server.url)
            self.assertEqual(self._send(server.url).response, "second")

    def test_changed_endpoint_does_not_use_the_old_connection(self):
        self.connections = set()
        with receiver(self._keep_alive) as server:
            self._send(server.url)
            outcome = self._send(server.url, networks="10.0.0.0/8")
            self.sender.close()
        self.assertIn("not a public address", outcome.error)
        self.assertEqual(len(server.received), 1)
