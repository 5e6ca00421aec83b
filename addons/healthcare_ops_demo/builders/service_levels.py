"""A service level for exceptions, with the clocks of those that were raised."""

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

# What people in clinics work on; what the engine reports about itself is not measured.
RECORDS = (
    "[('category_id.code', 'in', ['supply.no_preferred_vendor', 'demo.receipt_overdue',"
    " 'demo.cold_chain'])]"
)
# The clock of a late delivery runs by day and night: patients wait for what does not arrive.
TARGETS = (
    {
        "name": "Late deliveries",
        "domain": "[('category_id.code', '=', 'demo.receipt_overdue')]",
        "budget_hours": 96,
        "at_risk_percent": 50,
        "hours": "always",
    },
    {
        "name": "Critical ones",
        "domain": "[('severity', '=', 'critical')]",
        "budget_hours": 24,
        "hours": "always",
    },
    {"name": "All others", "domain": "[]", "budget_hours": 40, "hours": "site"},
)


def build_service_levels(demo):
    """Exceptions are resolved within a time that was agreed. Built after them: their clocks
    get the past they would have had, and nobody is told of it."""
    policy = demo.env["ops.sla.policy"].create(
        {
            "name": "Exceptions are resolved in time",
            "description": "Agreed between operations and the clinics. Waiting for somebody "
            "outside pauses the clock.",
            "model_id": demo.env["ir.model"]._get_id("ops.exception"),
            "company_id": False,
            "measure": "resolution",
            "domain": RECORDS,
            "stop_domain": "[('is_open', '=', False)]",
            "pause_domain": "[('state', '=', 'waiting')]",
            "target_ids": [
                Command.create({"sequence": 10 * number, **target})
                for number, target in enumerate(TARGETS, 1)
            ],
        }
    )
    demo.bind("sla_policy", ["exceptions"], policy)
    for exception in demo.env["ops.exception"].search([("category_id", "!=", False)]):
        _run_clock(policy, exception)
    _look_at_the_time(demo.env["ops.sla.clock"])


def _run_clock(policy, exception):
    """Let a clock run as the exception went: from its first occurrence to its end."""
    state, is_open = exception.state, exception.is_open
    _set_state(exception, "new", True)
    policy._follow(exception, now=exception.first_seen, silent=True)
    _set_state(exception, state, is_open)
    moment = exception.closed_at or exception.last_seen
    policy._follow(exception, now=max(moment, exception.first_seen), silent=True)


def _set_state(exception, state, is_open):
    # By SQL: in truth nothing happens to the exception.
    exception.env.flush_all()
    exception.env.cr.execute(
        SQL(
            "UPDATE ops_exception SET state = %s, is_open = %s WHERE id = %s",
            state,
            is_open,
            exception.id,
        )
    )
    exception.invalidate_recordset(["state", "is_open"], flush=False)


def _look_at_the_time(clocks):
    """What is at risk or breached by now has become so long ago."""
    now = fields.Datetime.now()
    rows = clocks._load(SQL("state = 'running'"))
    for row in rows:
        row.face.advance(now)
    clocks._store(rows)
