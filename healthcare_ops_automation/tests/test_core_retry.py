import random

from odoo.tests import BaseCase

from ..core.retry import DEFAULT_SCHEDULE, delay_after, parse_schedule


class _Middle:
    """A source of jitter that adds none."""

    def uniform(self, low, high):
        return (low + high) / 2


class TestRetry(BaseCase):
    def test_delays_follow_the_schedule(self):
        delays = [delay_after(n, (5, 300, 1800), rng=_Middle()) for n in (1, 2, 3)]
        self.assertEqual(delays, [5, 300, 1800])

    def test_gives_up_after_the_last_delay(self):
        self.assertIsNone(delay_after(4, (5, 300, 1800)))

    def test_jitter_stays_within_a_fifth(self):
        rng = random.Random(19)
        delays = [delay_after(1, (100,), rng=rng) for _ in range(500)]
        self.assertTrue(all(80 <= delay <= 120 for delay in delays))
        self.assertGreater(max(delays) - min(delays), 30)

    def test_retry_after_is_honoured_when_longer_and_capped(self):
        self.assertEqual(delay_after(1, (5,), retry_after=60, rng=_Middle()), 60)
        self.assertEqual(delay_after(1, (100,), retry_after=60, rng=_Middle()), 100)
        self.assertEqual(delay_after(1, (5,), retry_after=10**9, rng=_Middle()), 3600)

    def test_schedule_is_read_from_text(self):
        self.assertEqual(parse_schedule("5, 300,1800"), (5, 300, 1800))
        self.assertEqual(parse_schedule(", ".join(map(str, DEFAULT_SCHEDULE))), DEFAULT_SCHEDULE)

    def test_schedule_that_makes_no_sense_is_refused(self):
        for text in ("", ",", "5, soon", "0", "-1", "604801", "1.5"):
            with self.assertRaises(ValueError, msg=text):
                parse_schedule(text)
