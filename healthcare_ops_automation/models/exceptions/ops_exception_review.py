from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from .ops_exception_flow import MANAGER

GROUPS = [
    ("new", "New"),
    ("overdue", "Overdue"),
    ("follow_up", "To be followed up"),
    ("repeating", "Repeating"),
    ("old", "Old"),
]
STATES = [
    ("planned", "To be held"),
    ("open", "Being held"),
    ("held", "Held"),
    ("missed", "Not held"),
]


class OpsExceptionReview(models.Model):
    """The daily look at the exceptions of a company or of some of its sites: who held it, what
    was looked at, what was decided, with what outcome.

    People only read reviews; they are held through the methods of the page, which check the
    role and write. A held review is a record of what was done: nothing changes it.
    """

    _name = "ops.exception.review"
    _description = "Exception Review"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name", string="Review")
    date = fields.Date(string="Day", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    site_ids = fields.Many2many(
        "ops.site",
        "ops_exception_review_site_rel",
        "review_id",
        "site_id",
        string="Sites",
        readonly=True,
        help="Empty: the whole company.",
    )
    scope_key = fields.Char(required=True, readonly=True)
    state = fields.Selection(STATES, string="Status", required=True, readonly=True, index=True)
    responsible_id = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="set null",
        help="Who was asked to hold it.",
    )
    user_id = fields.Many2one(
        "res.users", string="Held by", readonly=True, index=True, ondelete="restrict"
    )
    participant_ids = fields.Many2many(
        "res.users",
        "ops_exception_review_participant_rel",
        "review_id",
        "user_id",
        string="Participants",
        readonly=True,
    )
    since = fields.Datetime(
        readonly=True, help="Beginning of the review before: later ones are new."
    )
    started_at = fields.Datetime(string="Started", readonly=True)
    finished_at = fields.Datetime(string="Finished", readonly=True)
    minutes = fields.Integer(compute="_compute_minutes")
    outcome = fields.Text(readonly=True, help="What came out of it, in words.")
    line_ids = fields.One2many(
        "ops.exception.review.line", "review_id", string="Looked at", readonly=True
    )
    line_count = fields.Integer(compute="_compute_counts", string="Exceptions")
    decided_count = fields.Integer(compute="_compute_counts", string="Looked at so far")
    changed_count = fields.Integer(
        compute="_compute_counts", string="Acted on", help="With another decision than to keep."
    )
    new_count = fields.Integer(compute="_compute_counts", string="New")
    overdue_count = fields.Integer(compute="_compute_counts", string="Overdue")

    _open_uniq = models.UniqueIndex(
        "(company_id, date, scope_key) WHERE state IN ('planned', 'open')",
        "This review is being held already.",
    )

    @api.depends("date", "site_ids", "company_id")
    @api.depends_context("lang")
    def _compute_name(self):
        for review in self:
            # sudo: the codes of its sites, which name the review also to who sees only one
            sites = ", ".join(review.sudo().site_ids.mapped("code"))
            review.name = self.env._(
                "%(day)s, %(place)s",
                day=format_date(self.env, review.date),
                place=sites or review.company_id.name,
            )

    @api.depends("name")
    def _compute_display_name(self):
        for review in self:
            review.display_name = review.name

    @api.depends("started_at", "finished_at")
    def _compute_minutes(self):
        for review in self:
            took = review.finished_at and review.finished_at - review.started_at
            review.minutes = round(took.total_seconds() / 60) if took else 0

    @api.depends("line_ids.decision", "line_ids.group")
    def _compute_counts(self):
        rows = self.env["ops.exception.review.line"]._read_group(
            [("review_id", "in", self.ids)], ["review_id", "group", "decision"], ["__count"]
        )
        for review in self:
            own = [row[1:] for row in rows if row[0] == review._origin]
            review.line_count = sum(row[2] for row in own)
            review.decided_count = sum(row[2] for row in own if row[1])
            review.changed_count = sum(
                row[2] for row in own if row[1] and row[1] not in ("keep", "later")
            )
            review.new_count = sum(row[2] for row in own if row[0] == "new")
            review.overdue_count = sum(row[2] for row in own if row[0] == "overdue")

    # -- what cannot be changed -------------------------------------------------------------

    def write(self, vals):
        # Reminders come and go; what was held stays.
        mixins = ("mail.thread", "mail.activity.mixin")
        reminding = {name for mixin in mixins for name in self.env[mixin]._fields}
        if vals.keys() - reminding:
            self._check_not_held()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_held(self):
        self._check_not_held()

    def _check_not_held(self):
        held = self.filtered(lambda review: review.state == "held")[:1]
        if held:
            raise UserError(
                self.env._(
                    "The review “%s” was held: it cannot be changed any more.", held.display_name
                )
            )

    def _check_may_hold(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only operations managers hold the daily exception review.")
            )
        self.check_access("read")

    def action_open_page(self):
        """Hold it, go on with it, or look at how it was held."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "healthcare_ops_automation.exception_review",
            "name": self.env._("Daily exception review"),
            "params": {"review_id": self.id},
        }
