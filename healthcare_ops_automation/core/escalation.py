"""When the steps of an escalation are due: plain functions over a plan and what was done.

Moments are naive UTC datetimes, as Odoo stores them; durations are seconds.
"""

from dataclasses import dataclass, field
from datetime import datetime

START = "start"
PREVIOUS = "previous"
# Seconds until a step that failed is tried again; after the last of them it is given up.
RETRY_SECONDS = (300, 900)
MAX_TRIES = len(RETRY_SECONDS) + 1


@dataclass(frozen=True)
class Step:
    """One step as it was when the escalation started.

    ``delay`` seconds after ``after`` it is done for the first time, then ``times`` times more,
    every ``every`` seconds. What it does stands in ``settings``.
    """

    number: int
    name: str
    kind: str
    delay: int
    after: str = PREVIOUS
    every: int = 0
    times: int = 0
    condition: str = ""
    settings: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """A step was settled once: done, left out for a reason, or given up.

    ``is_last`` says that there is no use in repeating it.
    """

    number: int
    repetition: int
    at: datetime
    is_last: bool = False


@dataclass(frozen=True)
class Due:
    """What comes next: a step, for the how many-th time (0 is the first), and when."""

    at: datetime
    step: Step
    repetition: int


def next_due(steps, base, done, due):
    """What comes next in an escalation, or None when nothing does.

    Each step counts for itself, so that one which is repeated holds up none of those after it.
    "After the previous step" means after it was settled for the first time. What was late is not
    caught up in a rush: repetitions count from when the one before was really settled.

    :param steps: the plan's :class:`Step`, in their order
    :param datetime base: from when delays count
    :param done: :class:`Done`, in any order
    :param due: callable of (moment, seconds): that many seconds later, as the site works
    :return: :class:`Due`; of two at the same moment the one whose step comes first
    """
    settled = {}
    for each in done:
        settled.setdefault(each.number, []).append(each)
    for each in settled.values():
        each.sort(key=lambda one: one.repetition)
    candidates = []
    before = base
    for step in steps:
        mine = settled.get(step.number)
        if not mine:
            start = base if step.after == START else before
            if start is not None:
                candidates.append(Due(due(start, step.delay), step, 0))
        elif step.every and len(mine) <= step.times and not any(one.is_last for one in mine):
            candidates.append(Due(due(mine[-1].at, step.every), step, len(mine)))
        before = mine[0].at if mine else None
    return min(candidates, key=lambda one: (one.at, one.step.number), default=None)
