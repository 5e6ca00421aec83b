"""What the three witnesses say: writers' journals, database, receivers' journals."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dev.load.database import Database

# (transaction, event type, record id): what tells one event from another, without its id.
Mark = tuple[str, str, int]

SUBJECT = re.compile(r"[\w.]+/(\d+)")


@dataclass(frozen=True)
class Event:
    id: int
    uuid: str
    mark: Mark
    sequence: int
    state: str


@dataclass(frozen=True)
class Delivery:
    id: int
    event_id: int
    endpoint_id: int
    state: str
    attempt_count: int
    error: str
    told: bool  # in an exception, when it was given up


@dataclass(frozen=True)
class Attempt:
    delivery_id: int
    number: int
    outcome: str


@dataclass(frozen=True)
class Receipt:
    """One request that arrived in full; ``answered`` with 2xx."""

    webhook_id: str
    answered: bool
    mode: str
    mark: Mark
    sequence: int


@dataclass
class Evidence:
    """Everything the verdict is drawn from.

    ``receipts`` are in the order of arrival, by endpoint id; ``subscribed`` tells the event types
    that an endpoint receives.
    """

    committed: set[Mark] = field(default_factory=set)
    rolled_back: set[Mark] = field(default_factory=set)
    unknown: dict[str, set[Mark]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    receipts: dict[int, list[Receipt]] = field(default_factory=dict)
    subscribed: dict[int, set[str]] = field(default_factory=dict)
    verified: int = 0
    unverified: list[str] = field(default_factory=list)


def writers(evidence: Evidence, journals: Iterable[Path]) -> None:
    """Add what the writers wrote down."""
    for journal in journals:
        for line in journal.read_text(encoding="utf-8").splitlines():
            noted = json.loads(line)
            marks = {(noted["tx"], event_type, record) for event_type, record in noted["events"]}
            if noted["fate"] == "committed":
                evidence.committed |= marks
            elif noted["fate"] == "unknown":
                evidence.unknown[noted["tx"]] = marks
            else:
                evidence.rolled_back |= marks


def database(evidence: Evidence, db: Database) -> None:
    """Add the events of the writers, and all deliveries of the endpoints and their attempts."""
    endpoint_ids = list(evidence.subscribed)
    with db.transaction() as env:
        env.cr.execute(
            """SELECT id, uuid, correlation_id, type_code, res_id, sequence, state
                 FROM ops_event WHERE correlation_id ~ '^w\\d+-'"""
        )
        evidence.events = [
            Event(row[0], row[1], (row[2], row[3], row[4]), int(row[5] or 0), row[6])
            for row in env.cr.fetchall()
        ]
        env.cr.execute(
            """SELECT id, event_id, endpoint_id, state, attempt_count, COALESCE(last_error, ''),
                      COALESCE(reported, FALSE)
                 FROM ops_delivery WHERE endpoint_id = ANY(%s)""",
            [endpoint_ids],
        )
        evidence.deliveries = [Delivery(*row) for row in env.cr.fetchall()]
        env.cr.execute(
            """SELECT a.delivery_id, a.number, a.outcome
                 FROM ops_delivery_attempt a JOIN ops_delivery d ON d.id = a.delivery_id
                WHERE d.endpoint_id = ANY(%s)""",
            [endpoint_ids],
        )
        evidence.attempts = [Attempt(*row) for row in env.cr.fetchall()]


def receiver(evidence: Evidence, endpoint_id: int, journal: Path, state: dict) -> None:
    """Add what a receiver wrote down; ``state`` is its answer to a control request."""
    evidence.receipts[endpoint_id] = list(_receipts(journal))
    evidence.verified += state["verified"]
    evidence.unverified += state["unverified"]


def _receipts(journal: Path) -> Iterator[Receipt]:
    with journal.open(encoding="utf-8") as lines:
        for line in lines:
            _number, mode, webhook_id, body = line.rstrip("\n").split("\t", 3)
            event = json.loads(body)
            record = int(SUBJECT.fullmatch(event["subject"])[1])
            mark = (event["correlationid"], event["type"], record)
            yield Receipt(webhook_id, mode == "ok", mode, mark, int(event["sequence"]))
