from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OpsSlaTarget(models.Model):
    """A target may say who is called when its time runs out."""

    _inherit = "ops.sla.target"

    escalation_policy_id = fields.Many2one(
        "ops.escalation.policy",
        ondelete="restrict",
        domain="[('model_id.model', '=', model_name)]",
        help="Starts for a record whose clock comes that far, and ends with the clock.",
    )
    escalate_on = fields.Selection(
        [("at_risk", "Once it is at risk"), ("breached", "Once it is breached")],
        string="Escalate",
        required=True,
        default="breached",
    )

    @api.constrains("escalation_policy_id", "policy_id")
    def _check_escalation_policy(self):
        for target in self:
            policy = target.escalation_policy_id
            if policy and policy.model_name != target.model_name:
                raise ValidationError(
                    self.env._(
                        "Escalation policy: “%(policy)s” is about other records than “%(target)s”. "
                        "Choose one about the same.",
                        policy=policy.name,
                        target=target.name,
                    )
                )


class OpsSlaClock(models.Model):
    """Escalations begin and end with clocks."""

    _inherit = "ops.sla.clock"

    def _on_transition(self, transition):
        result = super()._on_transition(transition)
        escalated = self.filtered("target_id.escalation_policy_id")
        if transition == "stopped":
            escalated._stop_escalations()
        elif transition in ("at_risk", "breached"):
            escalated.filtered(
                lambda clock: clock.target_id.escalate_on == transition
            )._start_escalations(transition)
        return result

    def _start_escalations(self, transition):
        for (target, cycle), clocks in self.grouped(lambda c: (c.target_id, c.cycle)).items():
            named = {"policy": target.policy_id.name, "target": target.name}
            if transition == "breached":
                reason = self.env._("Breached: %(policy)s, %(target)s.", **named)
            else:
                reason = self.env._("At risk: %(policy)s, %(target)s.", **named)
            records = self.env[target.model_name].browse(clocks.mapped("res_id"))
            target.escalation_policy_id._start_guarded(
                records.exists(), reason, cause_key=_cause(target, cycle)
            )

    def _stop_escalations(self):
        for (target, cycle), clocks in self.grouped(lambda c: (c.target_id, c.cycle)).items():
            self.env["ops.escalation"]._stop(
                self.env[target.model_name].browse(clocks.mapped("res_id")),
                target.escalation_policy_id,
                self.env._("The clock was stopped."),
                cause_key=_cause(target, cycle),
            )


def _cause(target, cycle):
    return f"sla:{target.id}:{cycle}"
