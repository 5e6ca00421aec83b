import threading
import time
from unittest.mock import patch

from odoo.tests import BaseCase

from ..core.pool import Claim, SenderPool
from ..core.sender import Outcome, Outgoing
from ..core.target import Target
from .log_claims import claim_log

TARGET = Target(1, "http://127.0.0.1:9", ())


def _claims(count, **values):
    values = {"send_by": time.monotonic() + 60, **values}
    return [Claim(Outgoing(n, 1, "{}", f"evt_{n}", TARGET), **values) for n in range(count)]


class _Sender:
    """Counts how many send at once; each waits for the gate."""

    def __init__(self, gate=None):
        self.gate = gate
        self.now = self.most = self.count = 0
        self.closed = False
        self._lock = threading.Lock()

    def send(self, outgoing):
        with self._lock:
            self.now += 1
            self.count += 1
            self.most = max(self.most, self.now)
        if self.gate:
            self.gate.wait(10)
        with self._lock:
            self.now -= 1
        return Outcome("delivered", 0.0, 1, status=200)

    def close(self):
        self.closed = True


class TestSenderPool(BaseCase):
    def _collect_all(self, pool):
        finished = []
        end = time.monotonic() + 10
        while pool.in_hand and time.monotonic() < end:
            finished += pool.collect(1)
        return finished

    def test_everything_submitted_comes_back_once(self):
        with SenderPool(4, _Sender()) as pool:
            pool.submit(_claims(100))
            finished = self._collect_all(pool)
        self.assertEqual(
            sorted(each.claim.outgoing.delivery_id for each in finished), list(range(100))
        )
        self.assertEqual(pool.in_hand, 0)

    def test_no_more_than_its_size_are_sent_at_once(self):
        gate = threading.Event()
        sender = _Sender(gate)
        with SenderPool(3, sender) as pool:
            pool.submit(_claims(9))
            self.assertEqual(pool.collect(0.3), [])
            self.assertEqual(sender.now, 3)
            gate.set()
            self._collect_all(pool)
        self.assertEqual(sender.most, 3)

    def test_what_was_not_begun_can_be_withdrawn(self):
        gate = threading.Event()
        sender = _Sender(gate)
        with SenderPool(2, sender) as pool:
            pool.submit(_claims(5))
            end = time.monotonic() + 10
            while sender.now < 2 and time.monotonic() < end:
                time.sleep(0.01)
            withdrawn = pool.withdraw()
            self.assertEqual([each.outcome for each in withdrawn], [None] * 3)
            self.assertEqual(pool.in_hand, 2)
            gate.set()
            self.assertEqual(len(self._collect_all(pool)), 2)

    def test_what_waited_longer_than_its_lease_allows_is_not_sent(self):
        sender = _Sender()
        with SenderPool(1, sender) as pool:
            pool.submit(_claims(1, send_by=time.monotonic() - 1))
            [late] = self._collect_all(pool)
        self.assertIsNone(late.outcome)
        self.assertEqual(sender.most, 0)

    def test_what_was_not_begun_is_not_sent_when_the_run_breaks_off(self):
        gate = threading.Event()
        sender = _Sender(gate)
        with self.assertRaises(OSError), SenderPool(2, sender) as pool:
            pool.submit(_claims(9))
            end = time.monotonic() + 10
            while sender.now < 2 and time.monotonic() < end:
                time.sleep(0.01)
            raise OSError("the database is gone")
        gate.set()
        for thread in pool._threads:
            thread.join(5)
        self.assertEqual(sender.count, 2)

    def test_outcomes_are_gathered_for_a_moment(self):
        with SenderPool(4, _Sender()) as pool:
            pool.submit(_claims(20))
            self.assertEqual(len(pool.collect(5, enough=20, patience=5)), 20)

    def test_machine_without_threads_left_delivers_all_the_same(self):
        started = []

        def start(thread):
            if len(started) == self.available:
                raise RuntimeError("can't start new thread")
            started.append(thread)
            begin(thread)

        begin = threading.Thread.start
        for self.available in (0, 2):
            started.clear()
            with (
                patch.object(threading.Thread, "start", start),
                claim_log("odoo.addons.healthcare_ops_automation", "WARNING", "no more to be had"),
                SenderPool(8, _Sender()) as pool,
            ):
                pool.submit(_claims(20))
                self.assertEqual(len(self._collect_all(pool)), 20)

    def test_threads_end_with_the_pool(self):
        sender = _Sender()
        with SenderPool(2, sender) as pool:
            pool.submit(_claims(2))
            self._collect_all(pool)
        for thread in pool._threads:
            thread.join(5)
            self.assertFalse(thread.is_alive())
        self.assertTrue(sender.closed)
