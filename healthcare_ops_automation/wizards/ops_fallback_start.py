from odoo import api, fields, models
from odoo.exceptions import UserError

from .ops_automation_switch import REASON_LENGTH


class OpsFallbackStart(models.TransientModel):
    """Begin working by hand: why, who looks after it, until when."""

    _name = "ops.fallback.start"
    _description = "Start a Manual Fallback"

    automation_id = fields.Many2one("ops.automation", readonly=True)
    endpoint_id = fields.Many2one("ops.endpoint", readonly=True)
    name = fields.Char(compute="_compute_subject")
    consequence = fields.Text(compute="_compute_subject", string="When it is off")
    also = fields.Text(compute="_compute_subject", string="Stops with it")
    runbook_id = fields.Many2one("ops.runbook", help="How it is done by hand, with its form.")
    reason = fields.Char(help="Why people work by hand. Shown on every page concerned.")
    user_id = fields.Many2one(
        "res.users",
        string="Looked after by",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Sees to it that the work is done by hand, that it ends, and that the list is "
        "worked off.",
    )
    expected_end = fields.Datetime(string="Expected until")
    site_id = fields.Many2one(
        "ops.site",
        help="Where the work is done by hand; printed on the form. Empty: everywhere.",
    )
    understood = fields.Boolean(string="I have read what stops, and it may")

    @api.depends("automation_id", "endpoint_id")
    def _compute_subject(self):
        for dialog in self:
            dialog.name = dialog._subject().name
            automation = dialog._automation()
            dialog.consequence = automation.consequence
            others = automation and automation._shared_with()
            dialog.also = "\n".join(others or []) or False

    def _subject(self):
        return self.endpoint_id or self.automation_id

    def _automation(self):
        """The entry of the register that stops, also when the endpoint's own page asks."""
        return self.automation_id or self.endpoint_id.automation_ids[:1]

    @api.model
    def _open(self, subject):
        """The action that shows the dialog for an automation or an endpoint.

        :raise AccessError: for who may not operate it
        """
        subject.ensure_one()
        self._check_may_operate(subject)
        field = "endpoint_id" if subject._name == "ops.endpoint" else "automation_id"
        dialog = self.create({field: subject.id, "runbook_id": subject.runbook_id.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Work by hand: %s", subject.name),
            "res_model": self._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _check_may_operate(self, subject):
        if subject._name == "ops.endpoint":
            subject._check_may_operate()
        else:
            subject._check_may_switch()

    def action_confirm(self):
        """Start it and show it.

        :raise AccessError: for who may not
        :raise UserError: without a reason, with an end in the past, or when one is active
        """
        self.ensure_one()
        subject = self._subject()
        subject.ensure_one()
        self._check_may_operate(subject)
        reason = (self.reason or "").strip()[:REASON_LENGTH]
        if not reason:
            raise UserError(self.env._("Reason: say why, it is shown on every page concerned."))
        if self.expected_end and self.expected_end <= fields.Datetime.now():
            raise UserError(self.env._("Expected until: give a time that is still to come."))
        if (self.consequence or self.also) and not self.understood:
            raise UserError(
                self.env._("“%s”: read what stops, and tick that it may.", subject.name)
            )
        fallback = self.env["ops.fallback"]._start(
            subject, reason, self.user_id, self.expected_end, self.runbook_id, self.site_id
        )
        return fallback._get_records_action(name=self.env._("Manual fallback"))
