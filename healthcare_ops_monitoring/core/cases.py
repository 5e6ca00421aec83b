"""How the events about a record become the cases of a process: plain Python over plain rows.

A milestone's role says what its event does to a case:

* no case yet: whatever comes first opens one, the first round;
* ``start`` while a case is open, and ``rework`` at any time, are rework: a flag on the step, a
  count on the case;
* ``end`` closes the case; its first one says when;
* after the end, ``start`` opens the next round, ``rework`` opens the same case again, and
  whatever else comes is a step of the closed case, which stays closed.

Moments are naive UTC datetimes in whole seconds, durations whole seconds.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

START, STEP, END, REWORK = ROLES = ("start", "step", "end", "rework")
AUTOMATION, MIXED, PERSON = TOUCHES = ("automation", "mixed", "person")


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as far as cases need it. ``occurred_at`` may have fractions; ``at`` has none.

    ``place`` is whatever belongs to the place and the name of its record; it is handed through.
    """

    id: int
    occurred_at: datetime
    sequence: int
    milestone: int
    role: str
    automated: bool
    place: tuple = ()
    actor: int | None = None

    @property
    def order(self):
        """By what the events of a record are ordered: when it happened, then when committed."""
        return self.occurred_at, self.sequence, self.id

    @property
    def at(self):
        return self.occurred_at.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds on the clock and in working hours, and the fingerprint of these hours."""

    wall: int
    working: int
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One event within its case. Of a case's first step all durations are 0."""

    happening: Happening
    previous_milestone: int | None
    rework: bool
    since_previous: Times
    since_start: Times


@dataclass(slots=True)
class Case:
    """One round of a record through a process, and the steps that were added to it."""

    round: int
    opened_at: datetime
    last_at: datetime
    last_milestone: int
    place: tuple = ()
    closed_at: datetime | None = None
    end_milestone: int | None = None
    step_count: int = 0
    rework_count: int = 0
    reopened_count: int = 0
    touch: str | None = None
    wall_seconds: int = 0
    working_seconds: int = 0
    calendar: str | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def is_open(self):
        return self.closed_at is None


def fold(happenings, measure, last=None):
    """Fold the events of one record into cases.

    :param happenings: of one record in one process, in any order
    :param measure: ``measure(happening, start, end) -> Times``: by the hours of the place where
        the event happened
    :param Case last: the record's latest case so far, none of whose steps comes after the first
        of the events; it is not changed
    :return: the cases that were touched, in the order of their rounds, each with the steps added
    """
    case = last and replace(last, steps=[])
    touched = []
    for happening in sorted(happenings, key=lambda each: each.order):
        if case is None or (not case.is_open and happening.role == START):
            case = _opened(happening, case.round + 1 if case else 1)
        if not touched or touched[-1] is not case:
            touched.append(case)
        _add(case, happening, measure)
    return touched


def follows(happenings, last_order):
    """Whether all the events come after the last known one, so that they can be appended."""
    return all(each.order > last_order for each in happenings)


def touch_of(before, automated):
    """Who worked on a case, with one more step.

    >>> touch_of(None, True), touch_of("automation", False), touch_of("mixed", True)
    ('automation', 'mixed', 'mixed')
    """
    now = AUTOMATION if automated else PERSON
    return now if before in (None, now) else MIXED


def _opened(happening, round_):
    return Case(
        round=round_,
        opened_at=happening.at,
        last_at=happening.at,
        last_milestone=happening.milestone,
    )


def _add(case, happening, measure):
    """Add one event to its case, which becomes what the event makes of it."""
    first = not case.step_count
    rework = happening.role == REWORK or (happening.role == START and case.is_open and not first)
    since_start = measure(happening, case.opened_at, happening.at)
    case.steps.append(
        Step(
            happening=happening,
            previous_milestone=None if first else case.last_milestone,
            rework=rework,
            since_previous=measure(happening, case.last_at, happening.at),
            since_start=since_start,
        )
    )
    case.step_count += 1
    case.rework_count += rework
    case.touch = touch_of(case.touch, happening.automated)
    case.place = happening.place
    case.last_at, case.last_milestone = happening.at, happening.milestone
    if happening.role == REWORK and not case.is_open:
        case.reopened_count += 1
        case.closed_at = case.end_milestone = None
        case.wall_seconds = case.working_seconds = 0
    if case.is_open:
        case.calendar = since_start.calendar
    if happening.role == END and case.is_open:
        case.closed_at, case.end_milestone = happening.at, happening.milestone
        case.wall_seconds, case.working_seconds = since_start.wall, since_start.working
