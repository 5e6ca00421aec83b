from odoo import api, fields, models
from odoo.tools import SQL

from ...core.service_level import OPEN_STATES

STANDINGS = [
    ("running", "Running"),
    ("at_risk", "At risk"),
    ("late", "Late"),
    ("paused", "Paused"),
]


class OpsSlaMixin(models.AbstractModel):
    """Columns for the lists of records that are under a service level.

    How to use: inherit it beside the model, and put ``sla_remaining`` and ``sla_due_at`` into
    its list, the latter for sorting. Times come from the earliest open clock that the reader
    may read; the due time itself is kept on the record by the engine, in one statement for
    all the records that moved, without a write of the record.
    """

    _name = "ops.sla.mixin"
    _description = "Record under a Service Level"

    sla_due_at = fields.Datetime(
        string="Service level due",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the next of its service levels is breached; empty while all are paused.",
    )
    sla_state = fields.Selection(STANDINGS, string="Service level", compute="_compute_sla")
    sla_remaining = fields.Char(string="Service level remaining", compute="_compute_sla")

    @api.depends("sla_due_at")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_sla(self):
        self.sla_state = self.sla_remaining = False
        Clocks = self.env["ops.sla.clock"]
        if not self.ids or not Clocks.has_access("read"):
            return
        clocks = Clocks.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("state", "in", OPEN_STATES),
            ],
            order="due_at, id",  # those without due time come last
        )
        first = {}
        for clock in clocks:
            first.setdefault(clock.res_id, clock)
        for record in self:
            if clock := first.get(record.id):
                record.sla_state = clock._standing()
                record.sla_remaining = clock.remaining

    @api.model
    def _take_over(self, rows):
        """Keep the due time of the records whose clocks were written."""
        by_model = {}
        for row in rows:
            by_model.setdefault(row.res_model, set()).add(row.res_id)
        for model, ids in by_model.items():
            records = self.env.get(model)
            if records is None or "sla_due_at" not in records._fields:
                continue
            records.flush_model(["sla_due_at"])
            self.env.cr.execute(
                SQL(
                    """UPDATE %(table)s AS r SET sla_due_at = next.due_at
                         FROM (SELECT wanted.id, min(c.due_at) AS due_at
                                 FROM unnest(%(ids)s) AS wanted (id)
                                 LEFT JOIN ops_sla_clock c
                                   ON c.res_model = %(model)s AND c.res_id = wanted.id
                                  AND c.state IN %(open)s
                                GROUP BY wanted.id) AS next
                        WHERE r.id = next.id AND r.sla_due_at IS DISTINCT FROM next.due_at""",
                    table=SQL.identifier(records._table),
                    ids=sorted(ids),
                    model=model,
                    open=OPEN_STATES,
                )
            )
            records.browse(ids).invalidate_recordset(
                ["sla_due_at", "sla_state", "sla_remaining"], flush=False
            )
