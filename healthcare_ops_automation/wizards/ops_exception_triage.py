from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.exceptions.ops_exception import STATES
from ..models.exceptions.ops_exception_category import SEVERITIES

# More at once nobody looks at.
MOST = 500


class OpsExceptionTriage(models.TransientModel):
    """The dialog by which people decide about one or many exceptions.

    Each is decided by itself, in a savepoint and with the rights of the user: it is done wholly
    or not at all, and the answer of each says what was done or why not. What somebody else has
    changed since the dialog was opened is refused.
    """

    _name = "ops.exception.triage"
    _description = "Triage of Exceptions"

    purpose = fields.Selection(
        [
            ("triage", "Triage"),
            ("waiting", "Wait"),
            ("resolved", "Resolve"),
            ("accepted", "Accept as it is"),
            ("group", "Same cause"),
        ],
        required=True,
        readonly=True,
        default="triage",
    )
    line_ids = fields.One2many("ops.exception.triage.line", "triage_id", string="Exceptions")
    exception_ids = fields.Many2many("ops.exception", compute="_compute_exceptions")
    count = fields.Integer(compute="_compute_exceptions")
    company_id = fields.Many2one("res.company", compute="_compute_exceptions")
    category_id = fields.Many2one("ops.exception.category", compute="_compute_exceptions")
    is_decided = fields.Boolean(readonly=True)
    done_count = fields.Integer(compute="_compute_results", string="Done")
    refused_count = fields.Integer(compute="_compute_results", string="Refused")

    team_id = fields.Many2one(
        "ops.exception.team",
        domain="[('company_id', '=?', company_id)]",
        help="An owner who is not in the team gives it up; then somebody of the team takes it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        domain="[('share', '=', False)]",
    )
    severity = fields.Selection(SEVERITIES)
    state = fields.Selection(
        [each for each in STATES if each[0] != "new"],
        string="Status",
        help="Of several, only new ones become “Triaged”: what somebody works on, or what waits, "
        "stays as it is.",
    )
    due_at = fields.Datetime(string="Due")
    cause_id = fields.Many2one(
        "ops.exception.cause",
        domain="['|', ('category_ids', '=', False), ('category_ids', 'in', [category_id])]",
    )
    parent_id = fields.Many2one(
        "ops.exception",
        string="Same cause as",
        domain="[('is_open', '=', True), ('parent_id', '=', False),"
        " ('company_id', '=?', company_id)]",
        help="The main exception, which is worked on for all. The others are closed with it.",
    )
    waiting_reason = fields.Char(string="Waiting for")
    follow_up_date = fields.Date(string="Follow up on")
    resolution_id = fields.Many2one(
        "ops.exception.resolution",
        string="Resolution code",
        domain="['|', ('category_ids', '=', False), ('category_ids', 'in', [category_id])]",
    )
    resolution = fields.Text(string="In words")
    note = fields.Text(help="Posted as a message on each.")

    # -- opening ----------------------------------------------------------------------------

    @api.model
    def _open(self, exceptions, purpose):
        """The action that shows the dialog about ``exceptions``.

        :raise UserError: when there are too many, or one alone may not be worked on
        """
        if not exceptions:
            raise UserError(self.env._("Choose at least one exception."))
        if len(exceptions) > MOST:
            raise UserError(self.env._("Choose at most %s exceptions at once.", MOST))
        exceptions.check_access("read")
        if len(exceptions) == 1:
            exceptions._check_may_work()
        seen = exceptions._last_steps()
        values = {
            "purpose": purpose,
            "line_ids": [
                fields.Command.create({"exception_id": each.id, "seen_step": seen.get(each.id, 0)})
                for each in exceptions
            ],
        }
        if purpose in ("waiting", "resolved", "accepted"):
            values["state"] = purpose
        elif purpose == "triage" and any(each.state == "new" for each in exceptions):
            values["state"] = "triaged"
        if len(exceptions) == 1:
            values["cause_id"] = exceptions.cause_id.id
        if purpose == "group":
            # The one seen most often, then the oldest, is most likely the main one.
            free = exceptions.filtered(lambda each: each.is_open and not each.parent_id)
            free = free.sorted(lambda x: (-x.grouped_count, -x.occurrence_count, x.first_seen))
            values["parent_id"] = free[:1].id if len(exceptions) > 1 else False
        dialog = self.create(values)
        return dialog._shown()

    def _shown(self):
        titles = dict(self._fields["purpose"]._description_selection(self.env))
        title = self.env._("What was done") if self.is_decided else titles[self.purpose]
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    # A dialog shows the names of what it is about: only of what its user may see. Not as
    # constraints, which Odoo runs as superuser.

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        dialogs._check_readable()
        return dialogs

    def write(self, vals):
        result = super().write(vals)
        self._check_readable()
        return result

    def _check_readable(self):
        self.parent_id.check_access("read")
        self.team_id.check_access("read")

    @api.depends("line_ids")
    def _compute_exceptions(self):
        for dialog in self:
            exceptions = dialog.line_ids.exception_id
            dialog.exception_ids = exceptions
            dialog.count = len(exceptions)
            # Teams and codes are offered by these, where they are the same for all.
            company, category = exceptions.company_id, exceptions.category_id
            dialog.company_id = company if len(company) == 1 else False
            dialog.category_id = category if len(category) == 1 else False

    @api.depends("line_ids.is_done", "is_decided")
    def _compute_results(self):
        for dialog in self:
            dialog.done_count = len(dialog.line_ids.filtered("is_done"))
            dialog.refused_count = len(dialog.line_ids) - dialog.done_count

    # -- deciding ---------------------------------------------------------------------------

    def action_apply(self):
        """Decide about each; of one alone a refusal is raised, of many it is its answer.

        :raise UserError: when nothing was chosen, or about a single one
        """
        self.ensure_one()
        if self.is_decided:
            return self._shown()
        self._check_complete()
        if len(self.line_ids) == 1:
            self.line_ids._decide()
            return {"type": "ir.actions.act_window_close"}
        for line in self.line_ids:
            line._try_to_decide()
        self.is_decided = True
        return self._shown()

    def _check_complete(self):
        if self.purpose == "group" and not self.parent_id:
            raise UserError(self.env._("Same cause as: choose the main exception."))
        if self.state == "resolved" and not self.resolution_id:
            raise UserError(self.env._("Resolution code: choose what resolving came down to."))
        if self.state in ("resolved", "accepted") and not (self.resolution or "").strip():
            raise UserError(
                self.env._("In words: say how it was resolved, or why it is accepted as it is.")
            )
        if self.state == "waiting":
            if not (self.waiting_reason or "").strip():
                raise UserError(self.env._("Waiting for: say whom or what it waits for."))
            if not self.follow_up_date:
                raise UserError(self.env._("Follow up on: say when somebody asks again."))
        if not self._chosen() and not (self.note or "").strip():
            raise UserError(
                self.env._("Nothing was chosen: set at least one field, or write a note.")
            )

    def _chosen(self):
        """What was chosen, as values to write."""
        names = ["team_id", "user_id", "severity", "state", "due_at", "cause_id", "parent_id"]
        if self.state == "waiting":
            names += ["waiting_reason", "follow_up_date"]
        elif self.state == "resolved":
            names += ["resolution_id", "resolution"]
        elif self.state == "accepted":
            names += ["resolution"]
        values = {}
        for name in names:
            value = self[name]
            if value:
                values[name] = value.id if self._fields[name].relational else value
        return values

    def action_open_refused(self):
        """The list of those that were refused, to go on with."""
        refused = self.line_ids.filtered(lambda line: not line.is_done).exception_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_exception_action"
        )
        return {
            **action,
            "name": self.env._("Refused"),
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", refused.ids)],
            "context": {},
        }
