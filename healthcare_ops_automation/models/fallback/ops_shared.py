from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class OpsShared(models.AbstractModel):
    """An entry of the register or a runbook: somebody answers for it, and its company may be
    empty. What every company shares is changed only by who works for all of them.

    The code's uniqueness is the model's own.
    """

    _name = "ops.shared"
    _description = "Shared Between Companies"
    _inherit = ["mail.thread"]

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
        index=True,
    )
    company_id = fields.Many2one("res.company", index=True, tracking=True)

    @api.constrains("owner_id")
    def _check_owner(self):
        if not self.env.registry.ready:
            return  # a module brings its entries also where their first owner is archived
        for record in self:
            if not record.owner_id.active:
                raise ValidationError(
                    self.env._(
                        "Owner: %s is archived. Choose somebody who works here.",
                        record.owner_id.name,
                    )
                )

    def _why_out_of_reach(self):
        """Why the user may not change these, in words; None when they may."""
        if self.env.su or all(record.company_id for record in self):
            return None
        # sudo: counts the companies the user may not see
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        if companies - self.env.user.company_ids:
            return self.env._(
                "Company: without one this is shared by every company. Choose one of yours, or "
                "ask somebody who works for all of them."
            )
        return None

    def _check_reach(self):
        """Whether the user may change these.

        :raise AccessError: for what is shared with companies the user does not work for
        """
        problem = self._why_out_of_reach()
        if problem:
            raise AccessError(problem)
