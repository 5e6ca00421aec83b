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
    state = fields.Selection([each for each in STATES if each[0] != "new"], string="Status")
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


class OpsExceptionTriageLine(models.TransientModel):
    """One exception in the dialog, and what became of it."""

    _name = "ops.exception.triage.line"
    _description = "Exception in a Triage"

    triage_id = fields.Many2one("ops.exception.triage", required=True, ondelete="cascade")
    exception_id = fields.Many2one(
        "ops.exception", required=True, readonly=True, ondelete="cascade"
    )
    seen_step = fields.Integer(readonly=True)
    is_done = fields.Boolean(string="Done", readonly=True)
    answer = fields.Char(readonly=True)
    result = fields.Selection([("done", "Done"), ("refused", "Refused")], compute="_compute_result")

    @api.depends("is_done", "triage_id.is_decided")
    def _compute_result(self):
        for line in self:
            result = "done" if line.is_done else "refused"
            line.result = line.triage_id.is_decided and result

    def _try_to_decide(self):
        """Decide, or keep why not; what was half done is taken back."""
        try:
            with self.env.cr.savepoint():
                answer = self._decide()
        except UserError as refusal:
            self.answer = str(refusal.args[0])
        else:
            self.write({"is_done": True, "answer": answer})

    def _decide(self):
        """Write what was chosen on the exception, with the user's own rights.

        :return: what was done, in words
        :raise UserError: why not
        """
        dialog, exception = self.triage_id, self.exception_id
        exception._check_may_work()
        self._check_unchanged()
        if not exception.is_open:
            raise exception._closed_error()  # sorting what is open must not reopen what is not
        values = {
            name: value
            for name, value in dialog._chosen().items()
            if value != self._present(name) and (name, value) != ("parent_id", exception.id)
        }
        if "team_id" in values and "user_id" not in values and exception.user_id:
            if exception.user_id not in dialog.team_id.member_ids:
                values["user_id"] = False
        if values:
            exception.write(values)
        if (dialog.note or "").strip():
            exception.message_post(body=dialog.note)
        self.env.flush_all()
        return self._done_in_words()

    def _present(self, name):
        value = self.exception_id[name]
        return value.id if self.exception_id._fields[name].relational else value

    def _check_unchanged(self):
        exception = self.exception_id
        last = exception._last_steps().get(exception.id, 0)
        if last == self.seen_step:
            return
        step = self.env["ops.exception.step"].browse(last)
        raise UserError(
            self.env._(
                "“%(exception)s” was changed meanwhile by %(who)s (%(what)s). Look at it again.",
                exception=exception.display_name,
                who=step.user_id.sudo().name or self.env._("the system"),  # sudo: the name
                what=exception._step_title(step),
            )
        )

    def _done_in_words(self):
        steps = self.exception_id.step_ids.filtered(lambda step: step.id > self.seen_step)
        steps = steps.filtered(lambda step: step.kind != "repeated")
        told = [self.exception_id._step_title(step) for step in steps]
        if (self.triage_id.note or "").strip():
            told.append(self.env._("Note written"))
        return " · ".join(told) or self.env._("Nothing to change: it was so already.")
