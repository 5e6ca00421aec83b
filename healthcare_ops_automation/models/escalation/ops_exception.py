from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OpsExceptionCategory(models.Model):
    """Exceptions of a category can be escalated as soon as they are opened: failures, too, such
    as events that could not be delivered, become exceptions."""

    _inherit = "ops.exception.category"

    escalation_policy_id = fields.Many2one(
        "ops.escalation.policy",
        ondelete="restrict",
        domain="[('model_id.model', '=', 'ops.exception')]",
        help="Starts when an exception of this category is opened. Choose a policy about "
        "exceptions.",
    )

    @api.constrains("escalation_policy_id")
    def _check_escalation_policy(self):
        for category in self:
            policy = category.escalation_policy_id
            if policy and policy.model_name != "ops.exception":
                raise ValidationError(
                    self.env._(
                        "Escalation policy: “%s” is about other records. Choose a policy about "
                        "exceptions.",
                        policy.name,
                    )
                )


class OpsException(models.Model):
    """An exception that is opened starts the escalation of its category."""

    _inherit = "ops.exception"

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        opened = exceptions.filtered("is_open")
        for category, of_category in opened.grouped("category_id").items():
            # sudo: whoever's work opens an exception need not see policies
            policy = category.sudo().escalation_policy_id
            if policy:
                policy._start_guarded(of_category, self.env._("The exception was opened."))
        return exceptions
