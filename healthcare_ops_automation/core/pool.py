"""Threads that send: deliveries go in, outcomes come out, neither waits for the other.

The threads hold no cursor, no environment and no lock of the database. They are daemons: a
server that is told to stop does not wait for a receiver, and what it had in hand is taken
over when its lease has run out.
"""

import logging
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from .sender import Outcome, Outgoing, Sender

_logger = logging.getLogger(__name__)

# Sending needs little: TLS, a lookup, and Python's own frames, which live on the heap.
STACK_BYTES = 512 * 1024
_STARTING = threading.Lock()


@dataclass(frozen=True)
class Claim:
    """A delivery in the hands of this process, until ``send_by`` on the monotonic clock:
    begun later, the attempt might still be under way when another process takes over.

    ``is_probe``: it tries whether a broken endpoint takes deliveries again.
    ``counted``: attempts made before that count towards the limit.
    """

    outgoing: Outgoing
    send_by: float
    is_probe: bool = False
    counted: int = 0


@dataclass(frozen=True)
class Finished:
    """A claim and what became of it; ``outcome`` is None when it was not sent."""

    claim: Claim
    outcome: Outcome | None


def _start_small(thread):
    """Start a thread with a small stack.

    By default each takes 8 MB of address space, which Odoo limits for a process (by
    ``limit_memory_hard``): a few hundred would leave room for nothing else.

    :raise RuntimeError: when the machine gives no more threads
    """
    with _STARTING:
        before = threading.stack_size(STACK_BYTES)
        try:
            thread.start()
        finally:
            threading.stack_size(before)


class SenderPool:
    """A bounded number of sending threads, started as they are needed.

    :param int size: requests at once
    """

    def __init__(self, size, sender=None):
        self.size = size
        self.in_hand = 0
        self._sender = sender or Sender()
        self._todo = queue.SimpleQueue()
        self._done = queue.SimpleQueue()
        self._threads = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        # After an error nobody is left to write down what would still become of them.
        self.withdraw()
        for _thread in self._threads:
            self._todo.put(None)
        self._sender.close()

    def submit(self, claims):
        """Have the claims sent; returns at once."""
        for claim in claims:
            self.in_hand += 1
            self._todo.put(claim)
        while len(self._threads) < min(self.size, self.in_hand):
            thread = threading.Thread(target=self._work, name="ops-deliver", daemon=True)
            try:
                _start_small(thread)
            except RuntimeError:
                # The machine gives no more threads. Those there are do it, or else collect().
                _logger.warning("Sending with %s threads: no more to be had", len(self._threads))
                break
            self._threads.append(thread)

    def collect(self, timeout, enough=1, patience=0.0):
        """What was finished since the last call.

        :param float timeout: seconds to wait for the first when there is none yet
        :param int enough: how many to wait for, for ``patience`` seconds after the first
        :return: a list of :class:`Finished`
        """
        finished = []
        with suppress(queue.Empty):
            if not self._threads:
                self._send_one(self._todo.get_nowait())
            finished.append(self._done.get(timeout=timeout))
            until = time.monotonic() + patience
            while len(finished) < self.in_hand:
                left = until - time.monotonic() if len(finished) < enough else 0
                finished.append(self._done.get(timeout=left) if left > 0 else self._done.get(False))
        self.in_hand -= len(finished)
        return finished

    def withdraw(self):
        """Take back what no thread has begun.

        :return: a list of :class:`Finished` without outcome
        """
        withdrawn = []
        with suppress(queue.Empty):
            while True:
                withdrawn.append(Finished(self._todo.get_nowait(), None))
        self.in_hand -= len(withdrawn)
        return withdrawn

    def _work(self):
        while claim := self._todo.get():
            self._send_one(claim)

    def _send_one(self, claim):
        late = time.monotonic() > claim.send_by
        outcome = None if late else self._sender.send(claim.outgoing)
        self._done.put(Finished(claim, outcome))
