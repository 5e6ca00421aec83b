"""Every count of the campaign's table: what was answered, held against what is stored."""

import json
from collections import Counter

from dev import logcheck
from dev.faults.verdict import Count

from . import tally as answers

EXAMPLES = 3
FAILURE = "automation.failed"


def judge(tally, callbacks, effects, parallel, log_lines, log_text, examples=()):
    """The counts.

    :param tally: :class:`dev.fuzz.tally.Tally`
    :param callbacks: (message id, body) of each stored callback
    :param effects: the reference in each stored answer of a supplier, and ``FAILURE`` for each time
        an exception tells that an automation failed
    :param parallel: message ids that many sent at once, each with one supplier of that reference
    :param log_lines: unexpected lines of the server's log
    :param str log_text: the whole log
    :param examples: what hypothesis or schemathesis found wrong, by whichever check
    :return: list of :class:`dev.faults.verdict.Count`
    """
    stored = Counter(message_id for message_id, _body in callbacks)
    effects = Counter(effect.strip() for effect in effects)
    expected = sum((Counter(_effects(body)) for _id, body in callbacks), Counter())
    differing = {
        message_id: sorted(found) for message_id, found in tally.accepted.items() if len(found) > 1
    }
    return [
        Count("sent", sum(tally.sent.values())),
        *(Count(f"- {part}", number) for part, number in sorted(tally.sent.items())),
        *(Count(f"answered {status}", tally.statuses[status]) for status in sorted(tally.statuses)),
        Count("validly signed", tally.signed),
        Count("ids accepted", len(tally.accepted)),
        Count("callbacks stored", len(callbacks)),
        Count("suppliers' answers stored", effects.total() - effects[FAILURE]),
        Count("failures told", effects[FAILURE]),
        *(_breach(promise, tally.breaches[promise]) for promise in answers.PROMISES),
        Count("smallest examples of what breaks a promise", len(examples), True),
        _breach("stored, but never accepted", set(stored) - set(tally.accepted)),
        _breach("accepted, but not stored", set(tally.accepted) - set(stored)),
        _breach("ids stored more than once", [i for i, n in stored.items() if n > 1]),
        _breach("ids with different answers", differing.items()),
        _breach("effects missing", (expected - effects).elements()),
        _breach("effects without a callback", (effects - expected).elements()),
        _breach(
            "ids sent at once without exactly one effect",
            [f"{ref}: {effects[ref]}" for ref in parallel if effects[ref] != 1],
        ),
        _breach("unexpected lines in the log", log_lines),
        _breach(
            "secrets in the log",
            [
                f"…{secret[-4:]}"
                for secret in tally.secrets
                if secret.removeprefix("whsec_") in log_text
            ],
        ),
    ]


def _breach(what, examples) -> Count:
    examples = list(examples)
    shown = tuple(str(example)[:600] for example in examples[:EXAMPLES])
    return Count(what, len(examples), True, shown)


def _effects(body):
    """What a stored body is to have effected. The references of suppliers are without the blanks
    around them; what pydantic takes for a blank, Python does, too."""
    callback = json.loads(body)
    if callback["type"] == FAILURE:
        return [FAILURE]
    return [supplier["ref"].strip() for supplier in callback["data"]["suppliers"]]


def unexpected(log, conflict) -> list[str]:
    """Lines of level WARNING and above, and tracebacks."""
    lines = logcheck.check_log(log, conflict)
    with log.open(encoding="utf-8", errors="replace") as text:
        lines += [line.strip() for line in text if line.startswith("Traceback (most recent")]
    return lines
