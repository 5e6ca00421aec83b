"""Sends what is generated and counts the answers; in a process of its own, for hypothesis is not
to share one, and nothing of Odoo is needed here."""

import hypothesis
from hypothesis import given

from . import shapes, wire
from .facts import Facts
from .settings import thorough
from .tally import Tally

ANYTHING, BODIES, SCHEMA = "anything about a request", "any body, signed", "from OpenAPI"
STRATEGIES = {ANYTHING: shapes.shapes, BODIES: shapes.signed_shapes}
progress = None  # a number that the processes of a campaign share


class Sender:
    """Sends and counts; ``examples`` are the requests that broke a promise, as texts."""

    def __init__(self, facts: Facts):
        self.facts = facts
        self.tally = Tally(facts.secrets, facts.valid_secrets)
        self.examples = []

    def send(self, part, call) -> wire.Answer:
        """Send one request.

        :raises AssertionError: when its answer breaks a promise
        """
        answer = wire.send(self.facts.port, call)
        broken = self.tally.add(part, call, answer)
        if progress:
            with progress.get_lock():
                progress.value += 1
        if broken:
            sent = call.bytes()
            raise AssertionError(f"{'; '.join(broken)}\nsent {len(sent)} bytes: {sent[:1500]!r}")
        return answer

    def noting(self, play, *arguments):
        """Keep the smallest example of what breaks a promise; other parts go on."""
        try:
            play(*arguments)
        except Exception as error:
            self.examples.append("\n".join(_told(error)))

    def generate(self, part, number, seed):
        """Send ``number`` callbacks of a part, which follow from the seed."""
        if part == SCHEMA:
            from .schema import MODES, play  # imported late: it takes a second

            for mode in MODES:
                self.noting(play, self, part, mode, number // len(MODES), seed)
        else:
            examples = number // 2 if part == ANYTHING else number
            self.noting(self._generate, part, examples, seed)

    def _generate(self, part, number, seed):
        @hypothesis.seed(seed)
        @thorough(number)
        @given(shape=STRATEGIES[part])
        def each_keeps_every_promise(shape):
            for each in shapes.twins(shape) if part == ANYTHING else (shape,):
                self.send(part, shapes.request(each, self.facts))

        each_keeps_every_promise()


def run(facts, part, number, seed):
    """What a process of the pool does; return its tally and examples."""
    sender = Sender(facts)
    sender.generate(part, number, seed)
    return sender.tally, sender.examples


def share(shared):
    """For each process of the pool: the number in which all count."""
    global progress
    progress = shared


def _told(error):
    """An exception, those within it, and hypothesis's notes with the falsifying example."""
    yield f"{type(error).__name__}: {error}"
    yield from getattr(error, "__notes__", ())
    for each in getattr(error, "exceptions", ()):
        yield from _told(each)
