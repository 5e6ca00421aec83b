from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from .ops_exception_category import SEVERITIES

OPEN_STATES = ("new", "triaged", "in_work", "waiting")
STATES = [
    ("new", "New"),
    ("triaged", "Triaged"),
    ("in_work", "In work"),
    ("waiting", "Waiting"),
    ("resolved", "Resolved"),
    ("accepted", "Accepted"),
]


class OpsException(models.Model):
    """What a machine could not finish: an owner, a due time, a reason, a resolution.

    How it works: :meth:`_raise_exception` opens one exception per open cause and counts
    repeats on it (``ops_exception_raise``). People change who owns it, its state and its
    resolution (``_flow``, ``_owner``); the facts (source, reason, count) stay as they were
    raised. What happened is kept in narrow rows (``_history``, ``_timeline``).
    """

    _name = "ops.exception"
    _description = "Operations Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "is_open desc, due_at, id desc"

    name = fields.Char(string="Title", required=True, readonly=True)
    category_id = fields.Many2one(
        "ops.exception.category", required=True, index=True, ondelete="restrict", readonly=True
    )
    severity = fields.Selection(SEVERITIES, required=True, default="medium", tracking=True)
    state = fields.Selection(
        STATES,
        string="Status",
        required=True,
        default="new",
        tracking=True,
        group_expand="_expand_states",
        index=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True, string="Open")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", tracking=True, index=True)
    res_model = fields.Char(string="Source model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source record", model_field="res_model", readonly=True
    )
    res_name = fields.Char(string="Concerns", readonly=True)
    event_id = fields.Many2one(
        "ops.event", ondelete="set null", readonly=True, index="btree_not_null"
    )
    reason = fields.Text(required=True, readonly=True, help="What happened, in words.")
    external_url = fields.Char(
        string="Where it happened",
        readonly=True,
        help="The place in another system, such as the run of a workflow that failed.",
    )
    cause_key = fields.Char(
        string="Cause key",
        readonly=True,
        help="The same cause counts on one open exception instead of opening more.",
    )
    occurrence_count = fields.Integer(string="Occurrences", default=1, readonly=True)
    first_seen = fields.Datetime(
        string="First seen", required=True, readonly=True, default=fields.Datetime.now
    )
    last_seen = fields.Datetime(
        string="Last seen", required=True, readonly=True, default=fields.Datetime.now
    )
    due_at = fields.Datetime(string="Due", tracking=True, index=True)
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue", search="_search_is_overdue", string="Overdue"
    )
    resolution = fields.Text(
        tracking=True, help="How it was resolved, or why it is accepted as it is."
    )
    closed_at = fields.Datetime(string="Closed", readonly=True)
    manual_procedure = fields.Html(
        compute="_compute_manual_procedure",
        string="By hand meanwhile",
        help="What people do while the automation cannot.",
    )

    _open_cause_uniq = models.UniqueIndex(
        "(company_id, category_id, cause_key) WHERE cause_key IS NOT NULL"
        " AND state IN ('new', 'triaged', 'in_work', 'waiting')",
        "An exception with this cause is open already.",
    )

    def _expand_states(self, states, _domain):
        """The board has a column for each open status, and for others that have records."""
        return [code for code, _label in STATES if code in OPEN_STATES or code in states]

    @api.depends("state")
    def _compute_is_open(self):
        for exception in self:
            exception.is_open = exception.state in OPEN_STATES

    @api.depends("due_at", "is_open")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for exception in self:
            exception.is_overdue = bool(
                exception.is_open and exception.due_at and exception.due_at < now
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = [("is_open", "=", True), ("due_at", "<", fields.Datetime.now())]
        return overdue if True in value else ["!", "&", *overdue]

    # -- by hand --------------------------------------------------------------------------

    @api.depends("category_id.manual_procedure")
    def _compute_manual_procedure(self):
        for exception in self:
            parts = [part for part in exception._manual_procedures() if not is_html_empty(part)]
            exception.manual_procedure = Markup("").join(parts) or False

    def _manual_procedures(self):
        """Hook: instructions for doing it by hand, the most specific first, as HTML."""
        self.ensure_one()
        # sudo: who may read an exception may know what to do about it
        return [self.category_id.sudo().manual_procedure]

    # -- source ---------------------------------------------------------------------------

    def action_open_source(self):
        """Open the record the exception is about, if it still exists and may be read."""
        self.ensure_one()
        if self.res_model not in self.env:
            raise UserError(self.env._("The source of this exception is not installed any more."))
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.res_name))
        record.check_access("read")
        return record._get_records_action()
