"""When an alert fires and when it clears, without the ORM.

An alert fires when its figure has been beyond the threshold for a while, and clears when it has
been back beyond another one, the clear threshold, for a while: between the two nothing changes.
What is not known neither fires nor clears, and no time is counted across it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

PENDING, FIRING, CLEARED = "pending", "firing", "cleared"
# How bad a figure is.
FINE, BEYOND, FAR_BEYOND = 0, 1, 2


@dataclass(frozen=True)
class Limits:
    """What a rule says.

    :param above: beyond is above the threshold; otherwise below
    :param clear: the figure is back when it has reached this one: not above it (below it)
    :param critical: the second threshold, from which it is worse; None: there is none
    :param hold: for how long it must be beyond the threshold before the alert fires
    :param clear_hold: for how long it must be back before the alert clears
    :param quiet: for how long an alert that has cleared does not fire again
    """

    above: bool
    threshold: float
    clear: float
    critical: float | None = None
    hold: timedelta = timedelta()
    clear_hold: timedelta = timedelta()
    quiet: timedelta = timedelta()

    def band(self, value):
        """How bad a value is.

        >>> limits = Limits(above=True, threshold=10, clear=5, critical=50)
        >>> [limits.band(value) for value in (10, 11, 51)]
        [0, 1, 2]
        >>> Limits(above=False, threshold=0.9, clear=0.95).band(0.8)
        1
        """
        if self.critical is not None and self._beyond(value, self.critical):
            return FAR_BEYOND
        return BEYOND if self._beyond(value, self.threshold) else FINE

    def is_back(self, value):
        return not self._beyond(value, self.clear)

    def worse(self, one, other):
        """The worse of two values.

        >>> Limits(above=False, threshold=0.9, clear=0.95).worse(0.8, 0.7)
        0.7
        """
        return max(one, other) if self.above else min(one, other)

    def _beyond(self, value, limit):
        return value > limit if self.above else value < limit


@dataclass(frozen=True)
class Standing:
    """Where an alert stands.

    :param state: ``pending``, ``firing``, ``cleared``; None: there is no alert
    :param since: since when the figure is beyond the threshold, as far as is known
    :param back_since: of a firing one, since when the figure is back
    :param unknown_since: since when nobody knows the figure
    """

    state: str | None = None
    since: datetime | None = None
    back_since: datetime | None = None
    cleared_at: datetime | None = None
    unknown_since: datetime | None = None


def following(limits, standing, value, now):
    """Where an alert stands after a look.

    :param value: the figure; None where it is not known
    :return: :class:`Standing`; equal to the one before when nothing changes

    >>> limits = Limits(above=True, threshold=10, clear=5, hold=timedelta(minutes=5))
    >>> at = datetime(2026, 1, 1)
    >>> first = following(limits, Standing(), 11, at)
    >>> first.state, following(limits, first, 12, at + timedelta(minutes=5)).state
    ('pending', 'firing')
    >>> following(limits, first, None, at + timedelta(minutes=5)).state
    'pending'
    """
    if value is None:
        return replace(standing, unknown_since=standing.unknown_since or now)
    if standing.unknown_since:
        # Nobody knows what it was meanwhile, so whatever was being waited for begins again.
        since = now if standing.state == PENDING else standing.since
        standing = replace(standing, since=since, back_since=None, unknown_since=None)
    beyond = limits.band(value) > FINE
    if standing.state == FIRING:
        return _of_firing(limits, standing, value, beyond, now)
    if not beyond:
        # One that has never fired leaves nothing behind.
        state = CLEARED if standing.cleared_at else None
        return replace(standing, state=state, since=None)
    since = standing.since if standing.state == PENDING else now
    is_quiet = standing.cleared_at and now - standing.cleared_at < limits.quiet
    fires = now - since >= limits.hold and not is_quiet
    return replace(standing, state=FIRING if fires else PENDING, since=since, back_since=None)


def _of_firing(limits, standing, value, beyond, now):
    if beyond or not limits.is_back(value):
        return replace(standing, back_since=None)
    back_since = standing.back_since or now
    if now - back_since < limits.clear_hold:
        return replace(standing, back_since=back_since)
    return replace(standing, state=CLEARED, since=None, back_since=None, cleared_at=now)
