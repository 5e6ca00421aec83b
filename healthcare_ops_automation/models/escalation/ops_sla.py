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
            self._stop_escalations()
        elif transition in ("at_risk", "breached"):
            escalated.filtered(
                lambda clock: clock.target_id.escalate_on == transition
            )._start_escalations(transition)
        if transition == "breached":
            # Noticed so late that it was never told at risk: whoever was to be called then is
            # called now. Those who were called already are not called twice.
            early = escalated.filtered(lambda clock: clock.target_id.escalate_on == "at_risk")
            (early - early._once_escalated())._start_escalations(transition)
        return result

    def _once_escalated(self):
        """Those for which an escalation was started, whatever became of it."""
        runs = self.env["ops.escalation"].search(
            [
                ("res_model", "in", list(set(self.mapped("res_model")))),
                ("res_id", "in", self.mapped("res_id")),
                ("cause_key", "in", [_cause(clock.policy_id, clock.cycle) for clock in self]),
            ]
        )
        known = {(run.res_model, run.res_id, run.cause_key) for run in runs}
        return self.filtered(
            lambda c: (c.res_model, c.res_id, _cause(c.policy_id, c.cycle)) in known
        )

    def _start_escalations(self, transition):
        for (target, cycle), clocks in self.grouped(lambda c: (c.target_id, c.cycle)).items():
            named = {"policy": target.policy_id.name, "target": target.name}
            if transition == "breached":
                reason = self.env._("Breached: %(policy)s, %(target)s.", **named)
            else:
                reason = self.env._("At risk: %(policy)s, %(target)s.", **named)
            records = self.env[target.model_name].browse(clocks.mapped("res_id"))
            target.escalation_policy_id._start_guarded(
                records.exists(), reason, cause_key=_cause(target.policy_id, cycle)
            )

    def _stop_escalations(self):
        """End what the clocks started, whoever their targets would call by now."""
        for (model, policy, cycle), clocks in self.grouped(
            lambda c: (c.res_model, c.policy_id, c.cycle)
        ).items():
            if model in self.env:
                self.env["ops.escalation"]._stop(
                    self.env[model].browse(clocks.mapped("res_id")),
                    None,
                    self.env._("The clock was stopped."),
                    cause_key=_cause(policy, cycle),
                )


def _cause(policy, cycle):
    # Not by the target, which can be deleted while its clocks run.
    return f"sla:{policy.id}:{cycle}"
