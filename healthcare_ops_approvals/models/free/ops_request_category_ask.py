from odoo import models
from odoo.exceptions import AccessError, UserError


class OpsRequestCategory(models.Model):
    """Asking for something of this kind."""

    _inherit = "ops.request.category"

    def action_ask(self):
        """Open an empty request of this kind.

        :raise UserError: when the user may not file one, or nobody approves these so far
        """
        self.ensure_one()
        self._check_may_ask(self.env.company)
        # sudo: whether it is open does not depend on who may read policies
        if self.sudo().standing != "open":
            raise UserError(self._closed_in_words())
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "ops.request",
            "views": [(False, "form")],
            "context": {"default_category_id": self.id},
        }

    def _check_may_ask(self, company, site=None):
        """Refuse a kind of request to who may not file it there.

        :param company: the one the request is for
        :param site: the one it is about; may be empty
        :raise UserError: naming the kind and why
        """
        self.ensure_one()
        try:
            self.check_access("read")
        except AccessError as error:
            raise UserError(
                self.env._(
                    "Kind of request: “%s” is not for you to ask for.",
                    self.sudo().name,  # sudo: named in the refusal
                )
            ) from error
        category = self.sudo()  # sudo: the user may file it; where, is compared
        if not category.active:
            raise UserError(
                self.env._("Kind of request: “%s” cannot be asked for any more.", category.name)
            )
        if category.company_id and category.company_id not in company.sudo().parent_ids:
            raise UserError(
                self.env._(
                    "Kind of request: “%(category)s” is for %(company)s only.",
                    category=category.name,
                    company=category.company_id.name,
                )
            )
        if site and category.site_ids and not site.sudo()._is_within(category.site_ids):
            raise UserError(
                self.env._(
                    "Site: “%(category)s” can be asked for at %(sites)s only.",
                    category=category.name,
                    sites=", ".join(category.site_ids.mapped("display_name")),
                )
            )

    def _closed_in_words(self):
        """Why nothing of this kind can be submitted, and who can change that."""
        return self.env._(
            "Nobody approves requests of the kind “%s” yet. An operations administrator can change "
            "that: the approval policy about requests needs a row for it, and has to be published.",
            self.name,
        )
