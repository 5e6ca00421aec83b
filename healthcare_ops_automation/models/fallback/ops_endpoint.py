from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class OpsEndpoint(models.Model):
    """What people do by hand while an endpoint takes nothing."""

    _name = "ops.endpoint"
    _inherit = ["ops.endpoint", "ops.fallback.banner"]

    runbook_id = fields.Many2one(
        "ops.runbook",
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
        help="How people pass on by hand what this endpoint takes otherwise. Shown on each "
        "exception about it.",
    )
    automation_ids = fields.One2many("ops.automation", "endpoint_id", string="In the register")

    def _fallback_domain(self):
        return [("endpoint_id", "in", self.ids)]

    def _sort_fallbacks(self, fallbacks):
        return {each.id: found for each, found in fallbacks.grouped("endpoint_id").items()}

    def _open_fallbacks(self):
        """The active fallbacks of these, for the engine's own use."""
        # sudo: whether there is one; ending it takes the user's own rights
        domain = [("state", "=", "active"), ("endpoint_id", "in", self.ids)]
        return self.env["ops.fallback"].sudo().search(domain)

    def action_activate(self):
        """A manual fallback is ended rather than passed by: else its list would be forgotten."""
        fallback = self._open_fallbacks()[:1]
        if fallback and len(self) == 1:
            return fallback.with_env(self.env).action_end()
        if fallback:
            raise UserError(
                self.env._(
                    "A manual fallback is active for “%s”: end the fallback instead.",
                    fallback.endpoint_id.name,
                )
            )
        return super().action_activate()

    def action_start_fallback(self):
        """Open the dialog that begins working by hand."""
        return self.env["ops.fallback.start"]._open(self)

    @api.constrains("runbook_id", "company_id")
    def _check_runbook_company(self):
        for endpoint in self:
            company = endpoint.runbook_id.company_id
            if company and company != endpoint.company_id:
                raise ValidationError(
                    self.env._("Runbook: “%s” is of another company.", endpoint.runbook_id.name)
                )

    def write(self, vals):
        if vals.get("state") == "disabled" or vals.get("active") is False:
            # What is held is skipped now; people who work by hand still have to know of it.
            for fallback in self._open_fallbacks():
                fallback._take_stock()
        result = super().write(vals)
        if "company_id" in vals:
            # sudo: the register's entry follows the endpoint, whoever was allowed to change it
            self.sudo().automation_ids.write({"company_id": vals["company_id"]})
        return result
