"""Tells what arrives, one readable line an event, and what is strange about it."""

import json
import time
from collections import OrderedDict

MAX_REMEMBERED = 100_000


def say(text):
    """Print one line for a person, with the local time."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Journal:
    """Counts the arrivals of each message, and follows the order within each subject.

    Not safe by itself: its owner locks.
    """

    def __init__(self):
        self._arrivals = OrderedDict()
        self._newest = OrderedDict()

    def line(self, webhook_id, body, verified, outcome):
        """The line about one arrival.

        :param bytes body: as received, trustworthy or not
        :param str verified: ``verified``, or why it is not
        :param str outcome: what the sender is told
        """
        event = _event(body)
        first = webhook_id not in self._arrivals
        count = _count(self._arrivals, webhook_id)
        parts = [
            str(event.get("type") or "(no event)"),
            str(event.get("subject") or "(no subject)"),
            f"sequence {event.get('sequence') or '?'}",
            webhook_id or "(no webhook-id)",
            verified,
        ]
        if count > 1:
            parts.append(f"repeated, arrival {count}")
        if first and verified == "verified":
            parts += self._out_of_order(event)
        return f"{'  '.join(parts)}  -> {outcome}"

    def _out_of_order(self, event):
        """What to say when a later event of the same subject was there first."""
        subject, sequence = event.get("subject"), str(event.get("sequence"))
        if not subject or not sequence.isdecimal():
            return []
        newest = self._newest.get(subject, 0)
        if int(sequence) < newest:
            return [f"OUT OF ORDER: {newest} was here before"]
        self._newest[subject] = int(sequence)
        if len(self._newest) > MAX_REMEMBERED:
            self._newest.popitem(last=False)
        return []


def _event(body):
    try:
        event = json.loads(body)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _count(arrivals, webhook_id):
    arrivals[webhook_id] = arrivals.get(webhook_id, 0) + 1
    if len(arrivals) > MAX_REMEMBERED:
        arrivals.popitem(last=False)
    return arrivals[webhook_id]
