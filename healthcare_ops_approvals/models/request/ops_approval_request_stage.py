from odoo import fields, models

MODES = [("any", "One of them"), ("all", "All of them"), ("n_of_m", "A number of them")]
STATES = [
    ("waiting", "Not yet"),
    ("open", "Open"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("superseded", "Superseded"),
]


class OpsApprovalRequestStage(models.Model):
    """A stage of a request as it was planned for one version of the content."""

    _name = "ops.approval.request.stage"
    _description = "Stage of an Approval Request"
    _inherit = ["ops.approval.kept"]
    _order = "request_id, version desc, step, id"
    _log_access = False

    request_id = fields.Many2one(
        "ops.approval.request", required=True, index=True, ondelete="cascade", readonly=True
    )
    version = fields.Integer(required=True, readonly=True, help="Of the content.")
    step = fields.Integer(readonly=True, help="Stages of the same step are open side by side.")
    name = fields.Char(required=True, readonly=True)
    who = fields.Char(string="Who is asked", readonly=True)
    mode = fields.Selection(MODES, required=True, readonly=True)
    quorum = fields.Integer(readonly=True, string="Approvals needed")
    distinct = fields.Boolean(
        readonly=True, help="Nobody who decides in another stage decides in this one."
    )
    excluded = fields.Json(readonly=True, help="Who is not asked, and why.")
    due_hours = fields.Float(readonly=True, help="Working hours of the site; 0: none.")
    policy_stage_id = fields.Integer(string="Stage of the policy (ID)", readonly=True)
    escalation_policy_id = fields.Integer(string="Escalation policy (ID)", readonly=True)
    escalates_from_due = fields.Boolean(
        readonly=True, help="The delays of the escalation count from when the stage is due."
    )
    ask_pauses = fields.Boolean(
        string="Questions pause the clock", readonly=True, help="Until they are answered."
    )
    state = fields.Selection(STATES, string="Status", required=True, readonly=True)
    opened_at = fields.Datetime(string="Open since", readonly=True)
    due_at = fields.Datetime(string="Due", readonly=True)
    paused_at = fields.Datetime(
        string="Clock paused since", readonly=True, help="While a question waits for its answer."
    )
    paused_due_at = fields.Datetime(
        string="Due when paused", readonly=True, help="What the answer moves by the time waited."
    )
    closed_at = fields.Datetime(string="Decided", readonly=True)
    assignment_ids = fields.One2many("ops.approval.assignment", "request_stage_id", string="Seats")
