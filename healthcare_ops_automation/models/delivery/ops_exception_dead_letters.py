from odoo import api, fields, models
from odoo.tools import SQL

from ..exceptions.ops_exception import OPEN_STATES
from ..roles import NEED_GROUPS
from .failure_causes import FAILURE_CAUSES, advice

# What is shown of an answer here; the attempt has more of it.
ANSWER_SHOWN = 600


class OpsException(models.Model):
    """Exceptions about an endpoint, and among them those that tell of dead letters."""

    _inherit = "ops.exception"

    endpoint_id = fields.Many2one(
        "ops.endpoint", readonly=True, ondelete="set null", index="btree_not_null"
    )
    failure_cause = fields.Selection(FAILURE_CAUSES, string="Cause of failure", readonly=True)
    advice = fields.Char(compute="_compute_advice", string="What to do next")
    delivery_ids = fields.One2many("ops.delivery", "exception_id", string="Dead letters")
    dead_letter_count = fields.Integer(
        compute="_compute_dead_letter_count", help="Deliveries given up and not settled yet."
    )
    receiver_answer = fields.Text(
        compute="_compute_receiver_answer",
        string="What it answered last",
        groups=NEED_GROUPS,
        help="The start of it.",
    )

    @api.depends("failure_cause")
    @api.depends_context("lang")
    def _compute_advice(self):
        for exception in self:
            cause = exception.failure_cause
            exception.advice = cause and advice(self.env, cause)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_dead_letter_count(self):
        counts = dict(
            self.env["ops.delivery"]._read_group(
                [("exception_id", "in", self.ids), ("state", "=", "dead")],
                ["exception_id"],
                ["__count"],
            )
        )
        for exception in self:
            exception.dead_letter_count = counts.get(exception._origin, 0)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_receiver_answer(self):
        for exception in self:
            # With the reader's own rights: of the sites that are theirs, and for who may read it.
            last = exception.failure_cause and self.env["ops.delivery.attempt"].search(
                [
                    ("endpoint_id", "=", exception.endpoint_id.id),
                    ("delivery_id.exception_id", "=", exception._origin.id),
                    ("response", "!=", False),
                ],
                order="started_at desc",
                limit=1,
            )
            exception.receiver_answer = last and (last.response or "")[:ANSWER_SHOWN]

    @api.depends("endpoint_id.manual_instructions")
    def _compute_manual_procedure(self):
        return super()._compute_manual_procedure()

    def _manual_procedures(self):
        # sudo: who may read an exception may know what to do about it by hand
        own = self.endpoint_id.sudo().manual_instructions
        return [own, *super()._manual_procedures()]

    @api.model
    def _facts_about(self, record):
        facts = super()._facts_about(record)
        if record is not None and record._name == "ops.endpoint":
            facts["endpoint_id"] = record.id
        return facts

    @api.model
    def _close_cleared(self):
        """Close what tells of dead letters of which none is left, nor on its way again.

        Found by its state, so it does not matter who delivered, skipped or deleted the last.
        """
        self.flush_model()
        self.env["ops.delivery"].flush_model(["exception_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT x.id FROM ops_exception x
                    WHERE x.failure_cause IS NOT NULL AND x.state IN %s
                      AND NOT EXISTS (SELECT FROM ops_delivery d
                                       WHERE d.exception_id = x.id
                                         AND d.state NOT IN ('delivered', 'skipped'))""",
                OPEN_STATES,
            )
        )
        # sudo: nobody decides this, it follows from what became of the deliveries
        self.sudo().browse(row[0] for row in rows).write(
            {"state": "resolved", "resolution": self.env._("All were delivered or skipped.")}
        )

    # -- buttons --------------------------------------------------------------------------

    def action_open_dead_letters(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_delivery_action_dead"
        )
        return {
            **action,
            "domain": [("exception_id", "=", self.id)],
            "context": {"search_default_dead": 1},
        }

    def action_replay(self):
        """Open the dialog that sends the dead letters again."""
        return self.env["ops.delivery.override"]._open("replay", exception=self)

    def action_skip(self):
        """Open the dialog that gives the dead letters up for good."""
        return self.env["ops.delivery.override"]._open("skip", exception=self)
