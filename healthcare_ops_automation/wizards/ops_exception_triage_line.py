from odoo import api, fields, models
from odoo.exceptions import UserError


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

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_readable()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self._check_readable()
        return result

    def _check_readable(self):
        self.exception_id.check_access("read")

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
        if len(dialog.line_ids) > 1 and exception.state != "new":
            if values.get("state") == "triaged":
                del values["state"]  # sorting many takes nothing out of anybody's hands
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
