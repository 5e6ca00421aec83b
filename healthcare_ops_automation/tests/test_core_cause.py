from odoo.tests import BaseCase

from ..core import cause
from ..core.cause import CAUSES, cause_of
from ..core.network import parse_networks
from ..core.sender import Outcome, Outgoing, send
from ..core.signing import new_secret
from ..core.target import Target
from ..models.delivery.failure_causes import _ADVICE, _STORIES, FAILURE_CAUSES
from .receiver import receiver


class TestCause(BaseCase):
    def _answered(self, status):
        return cause_of(Outcome("retry", 0.0, 1, status=status))

    def _sent(self, url, networks="127.0.0.0/8"):
        target = Target(
            endpoint_id=1,
            url=url,
            secrets=(new_secret(),),
            networks=tuple(parse_networks(networks)),
            connect_timeout=0.3,
            total_timeout=0.5,
        )
        return cause_of(send(Outgoing(1, 1, "{}", "evt_1", target)))

    def test_what_the_receiver_answered_says_the_cause(self):
        for status, expected in {
            200: None,
            204: None,
            301: cause.REDIRECTED,
            400: cause.REJECTED,
            401: cause.REFUSED_AUTH,
            403: cause.REFUSED_AUTH,
            404: cause.NOT_FOUND,
            408: cause.TIMEOUT,
            410: cause.GONE,
            422: cause.REJECTED,
            429: cause.OVERLOADED,
            500: cause.SERVER_ERROR,
            502: cause.SERVER_ERROR,
            503: cause.OVERLOADED,
            504: cause.TIMEOUT,
            600: cause.OTHER,
        }.items():
            self.assertEqual(self._answered(status), expected, status)

    def test_what_was_not_answered_says_the_cause(self):
        with receiver() as server:
            self.assertIsNone(self._sent(server.url))
            self.assertEqual(self._sent(server.url, networks=""), cause.ADDRESS)
            self.assertEqual(self._sent(server.url.replace("http:", "https:")), cause.TLS)
        self.assertEqual(self._sent(server.url), cause.CONNECTION, "nobody listens any more")
        with receiver(lambda handler: handler.drip(1)) as server:
            self.assertEqual(self._sent(server.url), cause.TIMEOUT)
        with receiver(lambda handler: handler.reset()) as server:
            self.assertEqual(self._sent(server.url), cause.CONNECTION)

    def test_each_cause_has_its_words(self):
        self.assertEqual(tuple(code for code, _label in FAILURE_CAUSES), CAUSES)
        self.assertEqual(set(_STORIES), set(CAUSES))
        self.assertEqual(set(_ADVICE), set(CAUSES))
