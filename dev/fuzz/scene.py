"""What the callbacks answer: an endpoint, events it was sent, and its secrets."""

from dev.load.database import BELOW_CRITICAL, Database, level_data
from dev.receiver import standard_webhooks

from .facts import Facts


class Scene:
    """Set up in a database, into whose rows it looks afterwards.

    :param str database: a copy of the suite's template that a server runs on
    """

    def __init__(self, database: str, port: int, events: int = 40):
        self.db = Database(database)
        self.endpoint_id = None
        self.failures_before = 0
        self.event_ids = []
        self.facts = self.db.run(lambda env: self._set_up(env, port, events))
        self.failures_before = self.failures_told()

    def _set_up(self, env, port, events):
        endpoint = self._endpoint(env, "Fuzzed")
        other = self._endpoint(env, "Another", event_patterns="supply.item.recovered")
        items = env["ops.supply.item"].search([], limit=events)
        emit = env["ops.event"].emit
        asked = emit(BELOW_CRITICAL, items, level_data)
        data = {
            name: value
            for name, value in level_data(items[0]).items()
            if name not in ("suggested_quantity", "preferred_vendors")
        }
        foreign = emit("supply.item.recovered", items[:1], data)
        env.cr.flush()  # seals
        # Nobody listens at the addresses: nothing is to be sent while the campaign lasts.
        env["ops.delivery"].search([("endpoint_id", "in", (endpoint | other).ids)]).write(
            {"state": "delivered"}
        )
        self.endpoint_id, self.event_ids = endpoint.id, asked.ids
        return Facts(
            port=port,
            token=endpoint.token,
            secret=endpoint.secret_in,
            previous_secret=endpoint.previous_secret_in,
            secret_out=endpoint.secret_out,
            other_secret=other.secret_in,
            events=tuple(asked.mapped("uuid")),
            foreign_event=foreign.uuid,
        )

    def _endpoint(self, env, name, **values):
        values = {
            "name": name,
            "url": "http://127.0.0.1:9/never",
            "event_patterns": BELOW_CRITICAL,
            "user_id": env.ref("healthcare_ops_demo.user_integration").id,
            "previous_secret_in": standard_webhooks.new_secret(),
            "previous_secret_in_until": "2100-01-01 00:00:00",
            "callback_rate_limit": 0,  # the campaign is about everything else
            **values,
        }
        endpoints = env["ops.endpoint"]
        return endpoints.create({n: v for n, v in values.items() if n in endpoints._fields})

    def callbacks(self) -> list[tuple[str, str]]:
        """Message id and body of each callback that was taken, whichever endpoint it came to."""
        return self._rows(
            "SELECT webhook_id, body FROM ops_callback"
            " WHERE endpoint_id = ANY(%s) OR event_id = ANY(%s)",
            [self.endpoint_id],
            self.event_ids,
        )

    def supplier_refs(self) -> list[str]:
        """The reference of each supplier's answer that was stored for the events."""
        rows = self._rows(
            "SELECT vendor_ref FROM ops_supply_answer WHERE event_id = ANY(%s)", self.event_ids
        )
        return [ref for (ref,) in rows]

    def failures_told(self) -> int:
        """How often exceptions tell that an automation failed."""
        [(count,)] = self._rows(
            """SELECT COALESCE(sum(e.occurrence_count), 0) FROM ops_exception e
                 JOIN ops_exception_category c ON c.id = e.category_id WHERE c.code = %s""",
            "automation_failed",
        )
        return count - self.failures_before

    def _rows(self, query, *arguments):
        with self.db.registry.cursor() as cr:
            cr.execute(query, arguments)
            return cr.fetchall()
