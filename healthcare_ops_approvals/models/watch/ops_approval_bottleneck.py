from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

# Decisions of a quarter: enough to tell a habit from a bad week.
DAYS = 90
QUERY = """
SELECT min(seat.id) AS id,
       seat.user_id,
       stage.name AS stage,
       request.company_id,
       request.site_id,
       request.res_model,
       count(*) FILTER (WHERE seat.state = 'open') AS open_count,
       count(*) FILTER (
           WHERE seat.state = 'open' AND seat.due_at < %(now)s
       ) AS overdue_count,
       min(seat.opened_at) FILTER (WHERE seat.state = 'open') AS oldest_at,
       count(seat.decided_at) AS decided_count,
       count(*) FILTER (WHERE seat.decided_at > seat.due_at) AS late_count,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM seat.decided_at - seat.opened_at) / 3600
       ) FILTER (WHERE seat.decided_at IS NOT NULL) AS median_hours
  FROM (SELECT id, user_id, state, opened_at, due_at, request_id, request_stage_id,
               NULL::timestamp AS decided_at
          FROM ops_approval_assignment
         WHERE state = 'open'
         UNION ALL
        SELECT decided.id, decided.user_id, decided.state, decided.opened_at, decided.due_at,
               decided.request_id, decided.request_stage_id, decision.at
          FROM ops_approval_decision decision
          JOIN ops_approval_assignment decided ON decided.id = decision.assignment_id
         WHERE decision.at >= %(since)s
           AND decision.assignment_id > 0
       ) seat
  JOIN ops_approval_request_stage stage ON stage.id = seat.request_stage_id
  JOIN ops_approval_request request ON request.id = seat.request_id
 GROUP BY seat.user_id, stage.name, request.company_id, request.site_id, request.res_model
"""


class OpsApprovalBottleneck(models.Model):
    """Where approvals wait: what is with each approver in each stage, and how long deciding took.

    A view on the seats that are open and those decided within ninety days, grouped by person,
    stage, place and kind of document. Who reads it sees the companies and sites that they see
    requests of.
    """

    _name = "ops.approval.bottleneck"
    _description = "Bottleneck in Approvals"
    _auto = False
    _order = "overdue_count desc, open_count desc, id"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    stage = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    site_id = fields.Many2one("ops.site", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    model_label = fields.Char(string="Kind of document", compute="_compute_model_label")
    open_count = fields.Integer(string="Asked now", readonly=True)
    overdue_count = fields.Integer(string="Overdue", readonly=True)
    oldest_at = fields.Datetime(string="Oldest since", readonly=True)
    decided_count = fields.Integer(
        string="Decided", readonly=True, help="Within the last ninety days."
    )
    late_count = fields.Integer(
        string="Decided late", readonly=True, help="After the due time, within ninety days."
    )
    median_hours = fields.Float(
        string="Hours to decide (median)",
        readonly=True,
        aggregator=None,
        digits=(10, 1),
        help="From being asked to the decision, nights and weekends included; half of the "
        "decisions of the last ninety days took longer.",
    )

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        return SQL(QUERY, now=now, since=now - timedelta(days=DAYS))

    def _compute_model_label(self):
        for row in self:
            known = row.res_model in self.env
            row.model_label = self.env[row.res_model]._description if known else row.res_model

    def action_open_seats(self):
        """The seats that are open: what waits for this person in this stage."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_approvals.ops_approval_assignment_action"
        )
        domain = [
            ("user_id", "=", self.user_id.id),
            ("state", "=", "open"),
            ("request_stage_id.name", "=", self.stage),
            ("request_id.company_id", "=", self.company_id.id),
            ("request_id.site_id", "=", self.site_id.id),
            ("request_id.res_model", "=", self.res_model),
        ]
        name = self.env._("%(person)s: %(stage)s", person=self.user_id.name, stage=self.stage)
        return {**action, "name": name, "domain": domain, "context": {}}
