from odoo import models
from odoo.exceptions import AccessError


class OpsShared(models.AbstractModel):
    """For models whose company may be empty: what every company shares is changed only by who
    works for all of them."""

    _name = "ops.shared"
    _description = "Shared Between Companies"

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
