"""A writer: business transactions with events, one after the other, in a process of its own.

``python3 -m dev.faults.writer DATABASE NUMBER EVENTS RATE POISON SEED JOURNAL RECORD…``: emits
about EVENTS events on the records, at most RATE a second, and notes each transaction's fate in the
journal: a JSON object a line with ``tx`` (the events' correlation id), ``events`` (pairs of event
type and record id) and ``fate``: ``committed``, ``rolled back``, or ``unknown`` when the database
went away during the COMMIT.

A tenth of the events have a transaction of their own, the others come up to forty in one. Some
transactions emit both types on the same records, or the same event twice (which is one), some are
rolled back as a whole or to a savepoint. The correlation ids of the share POISON of the
transactions end with ``-poison``: the receiver refuses those for good.
"""

import contextlib
import json
import random
import sys
import time

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo import SUPERUSER_ID, api

from dev.load.database import BELOW_CRITICAL, RECOVERED, Database, level_data

BATCH = (5, 40)
SINGLE_SHARE = 0.1  # of the events
ROLLBACK_SHARE = 0.02  # of the transactions
SAVEPOINT_SHARE = 0.05
REPEAT_SHARE = 0.1
RECONNECT_SECONDS = 0.5


class Writer:
    """Emits and keeps the journal."""

    def __init__(self, database, number, poison, seed, journal, records):
        self.database = database
        self.number = number
        self.poison = poison
        self.rng = random.Random(seed * 1000 + number)
        self.journal = journal
        self.records = records
        self.transactions = 0

    def run(self, wanted, rate):
        """Emit until about ``wanted`` events are committed."""
        started, committed, single = time.monotonic(), 0, 0
        while committed < wanted:
            size = self.rng.randint(*BATCH)
            if single <= SINGLE_SHARE * committed:
                size = 1
            done = self._transaction(min(size, wanted - committed))
            committed += done
            single += done if size == 1 else 0
            early = committed / rate - (time.monotonic() - started)
            if early > 0:
                time.sleep(early)

    def _transaction(self, size):
        """One transaction with ``size`` events; return how many were committed."""
        self.transactions += 1
        tx = f"w{self.number}-{self.transactions:06d}"
        if self.rng.random() < self.poison:
            tx += "-poison"
        give_up = self.rng.random() < ROLLBACK_SHARE
        events, fate, kept = [], "rolled back", 0
        try:
            with contextlib.closing(self.database.registry.cursor()) as cr:
                events = self._emit(api.Environment(cr, SUPERUSER_ID, {}), tx, size)
                cr.flush()  # seals
                if not give_up:
                    fate = "unknown"
                    cr.commit()
                    fate = "committed"
        except TransactionRollbackError:
            fate = "rolled back"
        except psycopg2.Error as error:
            # A connection that the restart has cut is told as any class, but without a code.
            if error.pgcode and not isinstance(error, psycopg2.OperationalError):
                raise
            print(f"{tx}: {fate}: {' '.join(str(error).split())[:100]}", flush=True)
            kept = self._ask_for(tx)
        self.journal.write(json.dumps({"tx": tx, "events": events, "fate": fate}) + "\n")
        self.journal.flush()
        return len(events) if fate == "committed" else kept

    def _emit(self, env, tx, size):
        """Emit ``size`` events; return the (type, record id) of each that the commit will keep."""
        emit = env["ops.event"].emit
        both = size > 1 and self.rng.random() < 0.2
        ids = self.rng.sample(self.records, min(len(self.records), size // 2 if both else size))
        items = env["ops.supply.item"].browse(ids)
        types = [BELOW_CRITICAL, RECOVERED]
        if not both:
            types = [self.rng.choices(types, (4, 1))[0]]
        undone = None
        if self.rng.random() < SAVEPOINT_SHARE:
            undone = self.rng.randrange(len(types))
        for number, event_type in enumerate(types):
            if number == undone:
                self._undo(env, tx)
            emit(event_type, items, _data(event_type), correlation_id=tx)
        if self.rng.random() < REPEAT_SHARE:
            emit(types[0], items[:1], _data(types[0]), correlation_id=tx)
        return [(event_type, item_id) for event_type in types for item_id in ids]

    def _undo(self, env, tx):
        """Emit within a savepoint that is rolled back: these must never be heard of."""
        items = env["ops.supply.item"].browse(self.rng.sample(self.records, 3))
        with contextlib.suppress(_Undone), env.cr.savepoint():
            env["ops.event"].emit(BELOW_CRITICAL, items, level_data, correlation_id=f"{tx}-undone")
            raise _Undone

    def _ask_for(self, tx):
        """Wait for the database; return how many events of a transaction it has kept.

        That decides only how many are still to be emitted: the journal says what the writer knows.
        """
        while True:
            time.sleep(RECONNECT_SECONDS)
            with contextlib.suppress(psycopg2.Error):
                with contextlib.closing(self.database.registry.cursor()) as cr:
                    cr.execute("SELECT count(*) FROM ops_event WHERE correlation_id = %s", [tx])
                    return cr.fetchone()[0]


class _Undone(Exception):
    """Rolls back to a savepoint."""


def _data(event_type):
    if event_type == BELOW_CRITICAL:
        return level_data
    return lambda item: {
        name: value
        for name, value in level_data(item).items()
        if name not in ("suggested_quantity", "preferred_vendors")
    }


def main() -> int:
    name, number, events, rate, poison, seed, journal, *records = sys.argv[1:]
    database, records = Database(name), [int(record) for record in records]
    with open(journal, "a", encoding="utf-8") as stream:
        writer = Writer(database, int(number), float(poison), int(seed), stream, records)
        writer.run(int(events), int(rate))
    return 0


if __name__ == "__main__":
    sys.exit(main())
