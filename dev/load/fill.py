"""Rows in bulk: events and their deliveries as sealing leaves them, written by SQL.

The rows are copies of one real event, its delivery and attempt, so that whatever columns the
models have are filled as the engine fills them. Batches keep transactions and memory small.
"""

from odoo import fields
from odoo.tools import SQL

from dev import postgres

from .database import BELOW_CRITICAL, level_data

BATCH = 10_000
FIRST_RECORD = 1_000_000  # of the ids that filled-in events name; no such record exists


class Template:
    """One real event with a delivery and an attempt, to be copied.

    :param database: :class:`~dev.load.database.Database` in which an endpoint subscribes to the
        event and no server runs
    """

    def __init__(self, database):
        self.database = database
        self._next_record = FIRST_RECORD
        with database.transaction() as env:
            item = env["ops.supply.item"].search([], limit=1)
            event = env["ops.event"].emit(BELOW_CRITICAL, item, level_data(item))
            env.cr.flush()
            self.event_id = event.id
            self.size = len(event.body.encode())
            delivery = env["ops.delivery"].search([("event_id", "=", event.id)], limit=1)
            self.delivery_id = delivery.id
            self.attempt_id = self._attempt(delivery).id
            # Flushed first: the template itself is history, not work for the dispatcher.
            env.flush_all()
            env.cr.execute(
                "UPDATE ops_delivery SET state = 'delivered', attempt_count = 1,"
                " delivered_at = created_at WHERE event_id = %s",
                [event.id],
            )
            self.columns = {table: _columns(env.cr, table) for table in _TABLES}

    def _attempt(self, delivery):
        return delivery.env["ops.delivery.attempt"].create(
            {
                "delivery_id": delivery.id,
                "number": 1,
                "started_at": fields.Datetime.now(),
                "duration_ms": 94,
                "http_status": 200,
                "outcome": "delivered",
                "response": "{}",
            }
        )

    def waiting(self, count: int, endpoint_ids: list[int], lane: str = "bulk") -> None:
        """Add ``count`` events of as many records, each waiting for each of the endpoints."""
        self._fill(count, endpoint_ids, lane, settled=False)

    def settled(self, count: int, endpoint_ids: list[int], lane: str = "bulk") -> None:
        """Add ``count`` events that each of the endpoints has received, with their attempts."""
        self._fill(count, endpoint_ids, lane, settled=True)

    def _fill(self, count, endpoint_ids, lane, settled):
        while count > 0:
            size = min(count, BATCH)
            with self.database.transaction() as env:
                env.cr.execute(self._statement(size, endpoint_ids, lane, settled))
            self._next_record += size
            count -= size

    def _statement(self, size, endpoint_ids, lane, settled):
        event = {
            "uuid": SQL("n.uuid"),
            "res_id": SQL("n.record"),
            "record_key": SQL("'ops.supply.item,' || n.record"),
            "sequence": SQL("n.sequence"),
            "lane": SQL("%s", lane),
            "body": SQL("n.body"),
            "body_sha256": SQL("encode(sha256(convert_to(n.body, 'UTF8')), 'hex')"),
            "correlation_id": SQL("n.uuid"),
            "txid": SQL("NULL"),
        }
        delivery = {
            "event_id": SQL("e.id"),
            "endpoint_id": SQL("endpoint.id"),
            "record_key": SQL("e.record_key"),
            "sequence": SQL("e.sequence"),
            "lane": SQL("%s", lane),
            "state": SQL("%s", "delivered" if settled else "waiting"),
            "attempt_count": SQL("%s", int(settled)),
            "delivered_at": SQL("t.created_at" if settled else "NULL"),
            "next_attempt_at": SQL("NULL" if settled else "t.created_at"),
        }
        attempt = {"delivery_id": SQL("d.id"), "endpoint_id": SQL("d.endpoint_id")}
        deliveries = SQL(
            "%s RETURNING id, endpoint_id",
            self._insert(
                "ops_delivery",
                delivery,
                SQL(
                    "ops_delivery t, e CROSS JOIN unnest(%s) AS endpoint (id) WHERE t.id = %s",
                    endpoint_ids,
                    self.delivery_id,
                ),
            ),
        )
        attempts = SQL("SELECT 1")
        if settled:
            source = SQL("ops_delivery_attempt t, d WHERE t.id = %s", self.attempt_id)
            attempts = self._insert("ops_delivery_attempt", attempt, source)
        return SQL(
            """WITH n AS MATERIALIZED (
                   SELECT %(first)s + made.number AS record, made.uuid, made.sequence,
                          replace(t.body, t.uuid, made.uuid) AS body
                     FROM ops_event t,
                          (SELECT number, nextval('ops_event_sequence') AS sequence,
                                  'evt_' || replace(gen_random_uuid()::text, '-', '') AS uuid
                             FROM generate_series(0, %(last)s) AS number) AS made
                    WHERE t.id = %(event)s),
               e AS (%(events)s RETURNING id, record_key, sequence),
               d AS (%(deliveries)s)
               %(attempts)s""",
            first=self._next_record,
            last=size - 1,
            event=self.event_id,
            events=self._insert(
                "ops_event", event, SQL("ops_event t, n WHERE t.id = %s", self.event_id)
            ),
            deliveries=deliveries,
            attempts=attempts,
        )

    def _insert(self, table, changed, source):
        """INSERT copies of the template ``t``, with other values for the columns ``changed``."""
        columns = self.columns[table]
        return SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s",
            SQL.identifier(table),
            SQL(", ").join(SQL.identifier(name) for name in columns),
            SQL(", ").join(changed.get(name) or SQL.identifier("t", name) for name in columns),
            source,
        )


_TABLES = ("ops_event", "ops_delivery", "ops_delivery_attempt")


def _columns(cr, table):
    cr.execute(
        """SELECT attname FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
              AND attname <> 'id' AND attgenerated = ''""",
        [table],
    )
    return [name for (name,) in cr.fetchall()]


def vacuum(name: str) -> None:
    """As autovacuum leaves the tables: statistics up to date, the visibility map set."""
    for table in _TABLES:
        postgres.psql(f"VACUUM (ANALYZE) {table}", name)
