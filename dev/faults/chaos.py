"""What goes wrong, and when: the receiver's moods, the kills, PostgreSQL's restarts."""

import random
import threading
import time

from dev import postgres

from .crew import NAMES
from .plan import FAULTS


class Moods(threading.Thread):
    """Tells the receiver to answer and to fail in turn, until it is calmed."""

    def __init__(self, plan, receiver):
        super().__init__(name="moods", daemon=True)
        self.plan = plan
        self.receiver = receiver
        self.mode = "ok"
        self.seen = {}  # seconds of each mode
        self.all_seen = threading.Event()
        self._calm = threading.Event()

    def run(self):
        rng = random.Random(self.plan.seed)
        faults = []
        while not self._calm.is_set():
            if not faults:  # each kind comes once before any comes again
                faults = rng.sample(FAULTS, len(FAULTS))
            self._be({"mode": "ok"}, rng.uniform(*self.plan.fine_for))
            if not self._calm.is_set():
                self._be(faults.pop(), rng.uniform(*self.plan.faulty_for))
            if not faults:
                self.all_seen.set()
        self._be({"mode": "ok"}, 0)

    def _be(self, change, seconds):
        self.receiver.control(**change)
        self.mode = change["mode"] if change["mode"] != "status" else str(change["status"])
        started = time.monotonic()
        self._calm.wait(seconds)
        elapsed = time.monotonic() - started
        self.seen[self.mode] = self.seen.get(self.mode, 0.0) + elapsed

    def calm(self):
        """From now on the receiver answers."""
        self._calm.set()
        self.join()


class Blows:
    """Kills and restarts, one at a time, spread over the campaign.

    :param in_hand: called with a server's name before it is killed; returns how many deliveries
        are being sent if that server is at it, else 0
    """

    def __init__(self, plan, crew, in_hand):
        self.plan = plan
        self.crew = crew
        self.in_hand = in_hand
        self.victims = []
        self.restarts = 0
        self.caught = []  # deliveries being sent at each kill
        self._next = time.monotonic() + plan.kill_every
        self._modes = ["fast", "immediate"]

    @property
    def kills(self) -> int:
        return len(self.victims)

    def done(self) -> bool:
        return self.kills >= self.plan.kills and self.restarts >= self.plan.pg_restarts

    def strike(self) -> None:
        """Do the next blow if its time has come."""
        self.crew.replace_dead()
        if self.done() or time.monotonic() < self._next:
            return
        due = (self.restarts + 1) * self.plan.kills / (self.plan.pg_restarts + 1)
        if self.restarts < self.plan.pg_restarts and self.kills >= due:
            postgres.restart(self._modes[self.restarts % len(self._modes)])
            self.restarts += 1
        else:
            victim, count = self._wait_for_prey()
            self.crew.kill(victim)
            self.victims.append(victim)
            self.caught.append(count)
        self._next = time.monotonic() + self.plan.kill_every

    def _wait_for_prey(self) -> tuple[str, int]:
        """Whom to kill, and how many deliveries are on their way then.

        The two take turns; but a kill is to meet a server that sends, so when the one whose turn
        it is has nothing to send for long, the other one will do.
        """
        turn = NAMES[self.kills % len(NAMES)]
        start = time.monotonic()
        while (waited := time.monotonic() - start) < self.plan.prey_within:
            candidates = NAMES if waited > self.plan.prey_within / 2 else (turn,)
            for name in candidates:
                if count := self.in_hand(name):
                    return name, count
            time.sleep(0.02)
        return turn, 0
