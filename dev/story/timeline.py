"""What the story prints, and how it waits."""

import time

DEADLINE_SECONDS = 60
POLL_SECONDS = 0.05
LABEL_WIDTH = 20


class StoryFailed(Exception):
    """A step did not happen: what was waited for, and what was seen instead."""


class Timeline:
    """Prints a line a step, with the seconds since the stock move was committed."""

    def __init__(self):
        self._start = None

    def title(self, text):
        """What the lines below are about."""
        print(f"\n{text}", flush=True)

    def fact(self, label, text):
        """Something that was so before the move."""
        print(f"            {label:<{LABEL_WIDTH}} {text}", flush=True)

    def start(self):
        """Count from here."""
        self._start = time.monotonic()

    def step(self, label, text):
        """Something that has just been seen."""
        elapsed = time.monotonic() - self._start
        print(f"  {elapsed:6.2f} s  {label:<{LABEL_WIDTH}} {text}", flush=True)

    def wait_for(self, what, look, state=lambda: ""):
        """Return the first truthy result of ``look``.

        :param look: called without arguments until the deadline
        :param state: describes what there is instead, for the failure
        :raises StoryFailed: 60 seconds after the move at the latest
        """
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() - self._start > DEADLINE_SECONDS:
                raise StoryFailed(
                    f"{what}: not within {DEADLINE_SECONDS} s of the move. {state()}".strip()
                )
            time.sleep(POLL_SECONDS)


def number(value):
    """Print 40.0 as 40 and 2.5 as 2.5."""
    return f"{value:g}"


def shortened(text, length=96):
    """Return ``text`` on one line and not longer than ``length``."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
