from odoo import api, fields, models
from odoo.exceptions import UserError


class OpsFallbackBanner(models.AbstractModel):
    """For pages that say when work is done by hand instead: the banner's text and its link.

    Everything is read with the reader's own rights: who may not see a fallback sees no banner.
    """

    _name = "ops.fallback.banner"
    _description = "Banner of Manual Fallbacks"

    fallback_text = fields.Text(compute="_compute_fallback_text", string="Manual fallback")

    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_fallback_text(self):
        fallbacks = self._origin._active_fallbacks()
        for record in self:
            active = fallbacks.get(record._origin.id)
            record.fallback_text = active and "\n".join(each._in_words() for each in active)

    def _active_fallbacks(self):
        """The fallbacks active for each of these, as a dict of ``ops.fallback`` by id."""
        fallbacks = self.env["ops.fallback"]
        if not self.ids or not fallbacks.has_access("read"):
            return {}
        found = fallbacks.search([("state", "=", "active"), *self._fallback_domain()])
        return self._sort_fallbacks(found)

    def _fallback_domain(self):
        """Hook: the fallbacks that concern any of these."""
        raise NotImplementedError

    def _sort_fallbacks(self, fallbacks):
        """Hook: the same as a dict by the id of the one concerned."""
        raise NotImplementedError

    def action_open_fallback(self):
        """Open the fallback that the banner tells of, or the list when there are several."""
        self.ensure_one()
        found = self._active_fallbacks().get(self.id)
        if not found:
            raise UserError(self.env._("No manual fallback is active here any more."))
        return found._get_records_action(name=self.env._("Manual fallback"))
