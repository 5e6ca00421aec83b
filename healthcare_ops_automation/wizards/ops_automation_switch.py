from odoo import api, fields, models
from odoo.exceptions import UserError

REASON_LENGTH = 500


class OpsAutomationSwitch(models.TransientModel):
    """The off switch of an automation: says beforehand what stops, and asks why."""

    _name = "ops.automation.switch"
    _description = "Switch an Automation Off or On"

    automation_id = fields.Many2one("ops.automation", required=True, readonly=True)
    decision = fields.Selection([("off", "Off"), ("on", "On")], required=True, readonly=True)
    subject = fields.Char(related="automation_id.subject")
    status = fields.Char(related="automation_id.state_text", string="Now")
    consequence = fields.Text(related="automation_id.consequence")
    also = fields.Text(compute="_compute_also", string="Stops with it")
    understood = fields.Boolean(string="I have read what stops, and it may")
    reason = fields.Char(
        help="Why, for whoever looks at it later. It is kept in the chatter and in the audit trail."
    )

    @api.depends("automation_id", "decision")
    def _compute_also(self):
        for dialog in self:
            others = dialog.decision == "off" and dialog.automation_id._shared_with()
            dialog.also = "\n".join(others or []) or False

    @api.model
    def _open(self, automation, decision):
        """The action that shows the dialog.

        :raise AccessError: for who may not switch it
        """
        automation.ensure_one()
        automation._check_may_switch()
        dialog = self.create({"automation_id": automation.id, "decision": decision})
        titles = {"off": self.env._("Switch off"), "on": self.env._("Switch on")}
        return {
            "type": "ir.actions.act_window",
            "name": f"{titles[decision]}: {automation.name}",
            "res_model": self._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_confirm(self):
        """Switch it.

        :raise AccessError: for who may not
        :raise UserError: without a reason, or without having read what stops
        """
        self.ensure_one()
        automation = self.automation_id
        automation._check_may_switch()
        reason = (self.reason or "").strip()[:REASON_LENGTH]
        if not reason:
            raise UserError(self.env._("Reason: say why, for whoever looks at it later."))
        if self.decision == "on":
            automation._switch_on(reason)
        elif (self.consequence or self.also) and not self.understood:
            raise UserError(
                self.env._("“%s”: read what stops, and tick that it may.", automation.name)
            )
        else:
            automation._switch_off(reason)
        return {"type": "ir.actions.act_window_close"}
