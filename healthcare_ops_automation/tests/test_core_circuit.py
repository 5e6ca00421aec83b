import random

from odoo.tests import BaseCase

from ..core import circuit
from ..core.sender import Outcome


def _outcome(verdict, status=0, retry_after=None):
    return Outcome(verdict, 0.0, 1, status=status, retry_after=retry_after)


class TestCircuit(BaseCase):
    def test_only_what_speaks_against_the_endpoint_is_a_failure(self):
        self.assertTrue(circuit.is_failure(_outcome("retry")))
        self.assertTrue(circuit.is_failure(_outcome("retry", 503)))
        self.assertFalse(circuit.is_failure(_outcome("retry", 429)), "it is alive, and busy")
        self.assertFalse(circuit.is_failure(_outcome("give_up", 404)), "it refused one event")
        self.assertFalse(circuit.is_failure(_outcome("delivered", 200)))

    def test_each_failed_probe_doubles_the_time_up_to_ten_minutes(self):
        rng = random.Random(1)
        for trips, planned in ((1, 15), (2, 30), (3, 60), (7, 600), (1000, 600)):
            for _try in range(20):
                delay = circuit.probe_delay(trips, rng)
                self.assertTrue(planned * 0.8 <= delay <= planned * 1.2, (trips, delay))

    def test_receiver_is_left_alone_as_long_as_it_asks_for_an_hour_at_most(self):
        self.assertEqual(circuit.hold_seconds(_outcome("retry", 429, 30)), 30)
        self.assertEqual(circuit.hold_seconds(_outcome("retry", 503, 99999)), 3600)
        self.assertEqual(circuit.hold_seconds(_outcome("retry", 429)), 0)
        self.assertEqual(circuit.hold_seconds(_outcome("retry", 500, 30)), 0)


class TestPace(BaseCase):
    def _sent(self, per_minute, seconds, wanted=1000, step=0.01):
        """How many go in each of the seconds when as many as possible are wanted."""
        theoretical, counts = 0.0, [0] * seconds
        for tick in range(int(seconds / step)):
            now = 1_000_000 + tick * step
            count, theoretical = circuit.admitted(theoretical, now, per_minute, wanted)
            counts[int(tick * step)] += count
        return counts

    def test_rate_is_kept_after_a_burst_of_one_second_at_most(self):
        counts = self._sent(600, 6)
        self.assertLessEqual(counts[0], 21)
        self.assertLessEqual(sum(counts), 6 * 10 + 11)
        self.assertGreaterEqual(sum(counts), 6 * 10 - 1)

    def test_slow_rate_lets_one_go_at_a_time(self):
        self.assertEqual(sum(self._sent(60, 5)), 5)
        self.assertEqual(sum(self._sent(30, 6)), 3)

    def test_no_rate_is_no_limit(self):
        self.assertEqual(circuit.admitted(0.0, 5.0, 0, 77)[0], 77)

    def test_what_is_not_wanted_is_not_used_up(self):
        count, theoretical = circuit.admitted(0.0, 100.0, 600, 2)
        self.assertEqual(count, 2)
        self.assertEqual(circuit.admitted(theoretical, 100.0, 600, 100)[0], 8)
