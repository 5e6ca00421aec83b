"""The clock of a service level: what moves it, and what it counts.

Plain Python over moments (naive UTC) and seconds. Which hours count is asked of an object with
``elapsed(start, end)`` and ``due(start, seconds)``: see :mod:`.working_time`.
"""

from dataclasses import dataclass, field
from datetime import datetime

RUNNING, PAUSED, MET, BREACHED, CANCELLED = "running", "paused", "met", "breached", "cancelled"
# A clock in one of these states still waits for what it measures.
OPEN_STATES = (RUNNING, PAUSED)

# What happens to a clock, in the order in which one change may cause them.
STARTED, RESUMED, AT_RISK = "started", "resumed", "at_risk"
TRANSITIONS = (STARTED, RESUMED, AT_RISK, BREACHED, PAUSED, "stopped")


@dataclass(frozen=True)
class Matches:
    """Which conditions of a policy a record meets at a moment."""

    concerned: bool
    start: bool = False
    stop: bool = False
    pause: bool = False
    cancel: bool = False

    def may_start(self, by_hand=False):
        """Whether a clock begins where none is open.

        :param bool by_hand: somebody asked for it, so the condition of the start is not
        """
        wanted = self.concerned and (self.start or by_hand)
        return wanted and not (self.stop or self.cancel)

    def move(self, state):
        """What an open clock in ``state`` has to do: ``stop``, ``cancel``, ``pause``,
        ``resume``, or None.

        What stops a clock often also ends that the policy is concerned ("not done"): that is
        no reason to call off what was reached.
        """
        if self.cancel:
            return "cancel"
        if self.stop:
            return "stop"
        if not self.concerned:
            return "cancel"
        if self.pause != (state == PAUSED):
            return "pause" if self.pause else "resume"
        return None


@dataclass
class ClockFace:
    """What one clock counts. Each method returns the transitions it causes, in order.

    ``used`` are the seconds counted up to ``counted_at``; while the clock runs, those since
    then come on top. ``due_at`` is when the budget will be used up; a paused clock has none,
    unless it is breached already. None, too, when the calendar has no such hours.
    """

    budget: int
    warn: int  # seconds used from which the clock is at risk
    hours: object = field(repr=False)
    state: str = RUNNING
    used: int = 0
    counted_at: datetime | None = None
    due_at: datetime | None = None
    at_risk_at: datetime | None = None
    is_at_risk: bool = False
    breached_at: datetime | None = None
    paused_since: datetime | None = None
    stopped_at: datetime | None = None

    def start(self, now):
        """Begin to count."""
        self.state, self.used = RUNNING, 0
        self._aim(now)
        return [STARTED]

    def advance(self, now):
        """Notice what has become true by itself: at risk, or breached."""
        if self.state != RUNNING:
            return []
        if self.breached_at is None and self.due_at and self.due_at < now:
            self.breached_at, self.is_at_risk = self.due_at, True
            return [BREACHED]
        if not self.is_at_risk and self.at_risk_at and self.at_risk_at <= now:
            self.is_at_risk = True
            return [AT_RISK]
        return []

    def pause(self, now):
        """Count no further."""
        told = self.advance(now)
        self._count(now)
        self.state, self.paused_since = PAUSED, now
        self.at_risk_at = None
        if self.breached_at is None:
            self.due_at = None
        return [*told, PAUSED]

    def resume(self, now):
        """Count on; what is left of the budget begins now."""
        self.state, self.paused_since = RUNNING, None
        self._aim(now)
        return [RESUMED]

    def stop(self, now):
        """What was waited for has happened: in time, or too late."""
        told = self.advance(now)
        self._count(now)
        self.state = MET if self.breached_at is None else BREACHED
        self.stopped_at = now
        return [*told, "stopped"]

    def cancel(self, now):
        """It is waited for no more; neither met nor breached."""
        self._count(now)
        self.state, self.stopped_at = CANCELLED, now
        return ["stopped"]

    def settle(self, now):
        """Put down what was used by the hours known now, before they change."""
        told = self.advance(now)
        self._count(now)
        return told

    def rehour(self, now, hours):
        """Other hours count from now on: what was used stays, what is left is due anew."""
        told = self.advance(now)
        self._count(now)
        self.hours = hours
        if self.state == RUNNING:
            self._aim(now)
        return told

    def reaim(self):
        """The hours to come have changed, those up to ``counted_at`` have not."""
        if self.state == RUNNING:
            self._aim(self.counted_at)

    def left(self, now):
        """Seconds left of the budget, by the hours that count; negative when overdrawn."""
        used = self.used
        if self.state == RUNNING:
            used += self.hours.elapsed(self.counted_at, now)
        return self.budget - used

    def _count(self, now):
        if self.state == RUNNING:
            self.used += self.hours.elapsed(self.counted_at, now)
            self.counted_at = max(self.counted_at, now)

    def _aim(self, now):
        self.counted_at = now
        if self.breached_at is None:
            self.due_at = self.hours.due(now, self.budget - self.used)
        self.at_risk_at = None
        if not self.is_at_risk:
            self.at_risk_at = self.hours.due(now, self.warn - self.used)
