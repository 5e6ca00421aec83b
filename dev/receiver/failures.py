"""The ways in which the receiver can be told to fail, and when each takes its turn."""

import itertools
import random
import re
import time
from dataclasses import dataclass

HELP = """\
none            works: 202, and a callback when suppliers are asked
refuse          500, as status:500
status:NNN      that status, 300 to 599; status:NNN:SECONDS adds Retry-After
                (429 and 503 have one of 2 s anyway, 3xx a Location)
slow:MS         works, and answers after that many milliseconds
hang:SECONDS    the same in seconds: longer than a sender waits
drip            an answer that never ends, a byte at a time
reset           cuts the connection
closed:SECONDS  nobody listens for that long: connections are refused; then none
no-answer       accepts, never calls back
badsig          calls back with a wrong signature
percent:N:MODE  N of 100 events meet that mode, the others none
cycle:MODE,MODE*N,...           each mode in turn, for one event or for N
flap:SECONDS:MODE,MODE,...      each mode in turn, for that long"""

PLAIN = {"none", "drip", "reset", "no-answer", "badsig"}
RETRY_AFTER = {429: 2, 503: 2}
REPEATED = re.compile(r"(?P<mode>.+?)(?:\*(?P<count>\d{1,4}))?")


@dataclass(frozen=True)
class Failure:
    """What happens to one event. ``number`` is a status or seconds, as ``name`` has it."""

    name: str
    number: float | None = None
    retry_after: int | None = None

    def __str__(self):
        if self.name == "none":
            return "none"
        return self.name if self.number is None else f"{self.name} {self.number:g}"


NONE = Failure("none")


def parse_failure(text):
    """The :class:`Failure` that a text such as ``status:429:30`` names.

    :raises ValueError: an unknown mode, or a missing or wrong number
    """
    name, *numbers = text.strip().split(":")
    if name == "refuse" and not numbers:
        return Failure("status", 500)
    if name == "status" and 1 <= len(numbers) <= 2 and all(map(str.isdecimal, numbers)):
        status = int(numbers[0])
        if 300 <= status <= 599:
            after = int(numbers[1]) if len(numbers) == 2 else RETRY_AFTER.get(status)
            return Failure("status", status, after)
    if name in ("slow", "hang", "closed") and len(numbers) == 1:
        seconds = float(numbers[0]) / (1000 if name == "slow" else 1)
        if 0 <= seconds <= 600:
            return Failure("closed" if name == "closed" else "hang", seconds)
    if name in PLAIN and not numbers:
        return Failure(name)
    raise ValueError(f"unknown fail mode {text!r}, or a wrong number in it; there are\n{HELP}")


class Plan:
    """Which failure each arriving event meets. Not safe by itself: its owner locks.

    :param list failures: taken in turn, one an event
    :param float share: of the events that take part; the others meet none
    :param float period: seconds that each failure lasts, instead of one event
    """

    def __init__(self, failures, share=1.0, period=None, clock=time.monotonic):
        self._failures = failures
        self._turns = itertools.cycle(failures)
        self._share = share
        self._period = period
        self._clock = clock
        self._began = clock()

    def next(self):
        """Return the failure of the event that arrives now."""
        if self._period:
            turn = int((self._clock() - self._began) / self._period)
            return self._failures[turn % len(self._failures)]
        if self._share < 1 and random.random() >= self._share:
            return NONE
        return next(self._turns)

    @property
    def at_once(self):
        """The failure that does not wait for an event: closing, when nothing else is planned."""
        [first, *others] = self._failures
        only = not others and self._share == 1 and not self._period
        return first if only and first.name == "closed" else None


def parse_plan(text):
    """The :class:`Plan` that a mode names.

    :raises ValueError: as :func:`parse_failure`
    """
    name, _colon, rest = text.partition(":")
    if name == "percent":
        number, _colon, mode = rest.partition(":")
        if not (number.isdecimal() and 1 <= int(number) <= 99):
            raise ValueError("percent:N:MODE wants a whole number from 1 to 99")
        return Plan([parse_failure(mode)], share=int(number) / 100)
    if name == "cycle":
        return Plan([failure for mode in rest.split(",") for failure in _repeated(mode)])
    if name == "flap":
        number, _colon, modes = rest.partition(":")
        period = float(number or "nan")
        if not 0.01 <= period <= 600:
            raise ValueError("flap:SECONDS:MODE,MODE wants a number from 0.01 to 600")
        return Plan([parse_failure(mode) for mode in modes.split(",")], period=period)
    return Plan([parse_failure(text)])


def _repeated(text):
    match = REPEATED.fullmatch(text.strip())
    count = int(match["count"] or 1) if match else 0
    if not count:
        raise ValueError(f"cycle:MODE,MODE*N wants modes: {text!r}")
    return [parse_failure(match["mode"])] * count
