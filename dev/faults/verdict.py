"""What follows from the evidence: the counts, and every promise that was broken.

Plain functions on plain values, so that tests can show that each breach is seen.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from .evidence import Evidence

SETTLED = {"delivered", "dead"}
EXAMPLES = 3


@dataclass(frozen=True)
class Count:
    """A line of the table. ``breach`` when any other number than 0 breaks a promise."""

    what: str
    value: int
    breach: bool = False
    examples: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        return self.breach and self.value != 0


def judge(evidence: Evidence) -> list[Count]:
    """Every count of the campaign's table."""
    facts = _Facts(evidence)
    return [
        *_figures(facts),
        *_emission(facts),
        *_deliveries(facts),
        *_receipts(facts),
        _breach("bad signatures in the sample verified", evidence.unverified),
    ]


class _Facts:
    """The evidence, indexed."""

    def __init__(self, evidence: Evidence):
        self.evidence = evidence
        self.by_mark = {event.mark: event for event in evidence.events}
        self.by_id = {event.id: event for event in evidence.events}
        self.uuids = {event.uuid for event in evidence.events}
        # Only deliveries of the writers' events count; anything else is not the campaign's.
        self.deliveries = [d for d in evidence.deliveries if d.event_id in self.by_id]
        self.received = {
            (endpoint_id, receipt.webhook_id)
            for endpoint_id, receipts in evidence.receipts.items()
            for receipt in receipts
            if receipt.webhook_id in self.uuids
        }
        self.answered = {
            (endpoint_id, receipt.webhook_id)
            for endpoint_id, receipts in evidence.receipts.items()
            for receipt in receipts
            if receipt.answered
        }

    def pair(self, delivery):
        return delivery.endpoint_id, self.by_id[delivery.event_id].uuid


def _breach(what, examples) -> Count:
    examples = list(examples)
    return Count(what, len(examples), True, tuple(map(str, examples[:EXAMPLES])))


def _figures(facts):
    evidence = facts.evidence
    dead = [d for d in facts.deliveries if d.state == "dead"]
    arrived = sum(
        receipt.webhook_id in facts.uuids
        for receipts in evidence.receipts.values()
        for receipt in receipts
    )
    attempts = sum(d.attempt_count for d in facts.deliveries)
    ours = {d.id for d in facts.deliveries}
    noted = sum(attempt.delivery_id in ours for attempt in evidence.attempts)
    return [
        Count("emitted (events committed)", len(evidence.events)),
        Count("to be delivered (event and endpoint)", len(facts.deliveries)),
        Count("received at least once", len(facts.received)),
        Count("dead-lettered", len(dead)),
        Count("- of them never received", sum(facts.pair(d) not in facts.received for d in dead)),
        Count("repeated receipts", arrived - len(facts.received)),
        Count("attempts counted", attempts),
        Count("- of them ended by a kill or a restart", attempts - noted),
        Count("transactions of unknown fate", len(evidence.unknown)),
        Count("signatures verified", evidence.verified),
    ]


def _emission(facts):
    """What the writers committed is what the database holds, whole transactions only."""
    evidence = facts.evidence
    uncertain = {mark for marks in evidence.unknown.values() for mark in marks}
    halves = [
        tx
        for tx, marks in evidence.unknown.items()
        if 0 < sum(mark in facts.by_mark for mark in marks) < len(marks)
    ]
    twice = [mark for mark, n in Counter(e.mark for e in evidence.events).items() if n > 1]
    return [
        _breach("committed without its event", evidence.committed - set(facts.by_mark)),
        _breach("events nobody committed", set(facts.by_mark) - evidence.committed - uncertain),
        _breach("transactions kept by halves", halves),
        _breach("events written twice", twice),
        _breach("events not sealed", [e.uuid for e in evidence.events if e.state != "sealed"]),
        _breach("events whose sequence is against their writer's order", _against_writer(facts)),
    ]


def _against_writer(facts):
    """Of one writer and one record, later transactions have higher sequences."""
    last = {}
    for event in sorted(facts.evidence.events, key=lambda event: event.mark[0]):
        writer, _dash, rest = event.mark[0].partition("-")
        transaction = int(rest.partition("-")[0])
        key = writer, event.mark[2]
        known_transaction, known_sequence = last.get(key, (0, 0))
        if transaction > known_transaction and event.sequence < known_sequence:
            yield event.mark
        last[key] = transaction, max(known_sequence, event.sequence)


def _deliveries(facts):
    """One a pair, settled, with a reason when given up, and with attempts that add up."""
    evidence = facts.evidence
    wanted = Counter(
        (event.id, endpoint_id)
        for event in evidence.events
        for endpoint_id, types in evidence.subscribed.items()
        if event.mark[1] in types
    )
    made = Counter((d.event_id, d.endpoint_id) for d in facts.deliveries)
    dead = [d for d in facts.deliveries if d.state == "dead"]
    lost = [
        facts.pair(d)
        for d in facts.deliveries
        if d.state != "dead" and facts.pair(d) not in facts.received
    ]
    believed = [
        facts.pair(d)
        for d in facts.deliveries
        if d.state == "delivered" and facts.pair(d) not in facts.answered
    ]
    unsettled = [
        f"{d.state}: {facts.pair(d)}, {d.attempt_count} attempts, {d.error}"
        for d in facts.deliveries
        if d.state not in SETTLED
    ]
    return [
        _breach("lost (neither received nor dead-lettered)", lost),
        _breach("pairs without exactly one delivery", set((wanted - made) + (made - wanted))),
        _breach("in an unknown or unfinished state", unsettled),
        _breach("delivered, though nobody answered 2xx", believed),
        _breach("dead-lettered without a reason", [facts.pair(d) for d in dead if not d.error]),
        _breach(
            "dead-lettered without telling anybody", [facts.pair(d) for d in dead if not d.told]
        ),
        _breach("attempts that do not add up", _wrong_attempts(facts)),
    ]


def _wrong_attempts(facts):
    """Numbers are from 1 to the count, each once; what was delivered ended with a success."""
    numbers = defaultdict(dict)
    for attempt in facts.evidence.attempts:
        known = numbers[attempt.delivery_id]
        if attempt.number in known:
            yield f"{attempt.delivery_id}: attempt {attempt.number} twice"
        known[attempt.number] = attempt.outcome
    for delivery in facts.deliveries:
        known = numbers[delivery.id]
        if any(not 1 <= number <= delivery.attempt_count for number in known):
            yield f"{delivery.id}: {sorted(known)} of {delivery.attempt_count}"
        successes = [number for number, outcome in known.items() if outcome == "delivered"]
        if delivery.state == "delivered" and successes != [max(known, default=0)]:
            yield f"{delivery.id}: delivered, by the attempts {known}"


def _receipts(facts):
    """One webhook-id a pair, nothing rolled back, and first receipts in order per record."""
    evidence = facts.evidence
    ids = defaultdict(set)
    phantoms, strangers, disordered = [], [], []
    for endpoint_id, receipts in evidence.receipts.items():
        seen, latest = set(), {}
        for receipt in receipts:
            event = facts.by_mark.get(receipt.mark)
            if event is None and receipt.mark[0].startswith("w"):
                phantoms.append(receipt.mark)
            if event is None:
                continue
            ids[endpoint_id, receipt.mark].add(receipt.webhook_id)
            if receipt.webhook_id != event.uuid or receipt.sequence != event.sequence:
                strangers.append((receipt.webhook_id, event.uuid))
            if receipt.webhook_id in seen:
                continue
            seen.add(receipt.webhook_id)
            record = receipt.mark[2]
            if receipt.sequence < latest.get(record, 0):
                disordered.append((endpoint_id, receipt.mark, receipt.sequence, latest[record]))
            latest[record] = max(receipt.sequence, latest.get(record, 0))
    return [
        _breach("out of order (first receipts of a record)", disordered),
        _breach("received, but not committed", phantoms),
        _breach("more than one webhook-id of an event and endpoint",
                [pair for pair, known in ids.items() if len(known) > 1]),
        _breach("webhook-id or sequence other than the event's", strangers),
    ]  # fmt: skip
