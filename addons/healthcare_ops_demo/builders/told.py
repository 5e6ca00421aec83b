"""What the building itself told, told again as it would have been then.

Orders, exceptions and approval requests of the past say what happens to them as events, and these
carry the moment of the building. Each is replaced by the same event as imported history: at its
own time, by whoever did it, sealed and delivered to nobody.
"""

import json

from odoo.tools import SQL

# For each type: when it happened, and who did it (nobody: an automation). In the order in which
# one record tells them.
TELLERS = {
    "purchase.order.created": lambda order: (order.create_date, order.user_id),
    "purchase.order.confirmed": lambda order: (order.date_approve, order.user_id),
    "purchase.order.received": lambda order: (
        max(order.picking_ids.filtered("date_done").mapped("date_done"), default=None),
        order.picking_type_id.warehouse_id.ops_site_id.manager_id,
    ),
    "exception.raised": lambda exception: (exception.first_seen, None),
    "exception.assigned": lambda exception: (
        exception.triaged_at or exception.taken_at,
        exception.user_id or exception.team_id.responsible_id,
    ),
    "exception.resolved": lambda exception: (
        exception.closed_at,
        exception.user_id or exception.team_id.responsible_id,
    ),
    "approval.request.submitted": lambda request: (request.submitted_at, request.requester_id),
}


def tell_again(demo):
    """Give the events of this building their past."""
    events = demo.env["ops.event"]
    told = _told_now(events).grouped("type_code")
    for type_code, teller in TELLERS.items():
        rows, replaced = [], events
        for event in told.get(type_code, events):
            record = demo.env[event.res_model].browse(event.res_id)
            moment, actor = teller(record)
            if not moment or moment >= event.occurred_at:
                continue  # it did happen just now
            data = json.loads(event.data or event.body)
            rows.append(
                {
                    "record": record,
                    "data": data.get("data", data),
                    "occurred_at": moment,
                    "actor": actor,
                }
            )
            replaced += event
        replaced.unlink()
        events._import_settled(type_code, rows)


def _told_now(events):
    """The live events of this transaction about the network."""
    events.env.flush_all()
    rows = events.env.execute_query(
        SQL(
            """SELECT id FROM ops_event
                WHERE type_code = ANY(%s) AND origin = 'live'
                  AND txid = pg_current_xact_id()::text::int8 ORDER BY id""",
            list(TELLERS),
        )
    )
    return events.browse(event_id for (event_id,) in rows)
