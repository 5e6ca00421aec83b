from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    ops_site_ids = fields.Many2many(
        "ops.site",
        "ops_site_res_users_rel",
        "user_id",
        "site_id",
        string="Sites",
        context={"active_test": False},  # archiving a site must not widen anybody's reach
        help="The sites this person works at, each with the sites that are part of it. "
        "Empty: every site of the person's companies.",
    )
    ops_scope_site_ids = fields.Many2many(
        "ops.site",
        compute="_compute_ops_scope_site_ids",
        context={"active_test": False},
        string="Sites in reach",
        help="The person's sites and all sites that are part of them.",
    )

    @api.depends("ops_site_ids")
    def _compute_ops_scope_site_ids(self):
        Site = self.env["ops.site"].with_context(active_test=False)
        for user in self:
            # sudo: this answers a record rule, so it must not itself be filtered by one
            own = user.sudo().ops_site_ids
            user.ops_scope_site_ids = Site.sudo().search([("id", "child_of", own.ids)])

    def _get_invalidation_fields(self):
        # Record rules on sites are cached per user: see the rules in security/.
        return super()._get_invalidation_fields() | {"ops_site_ids"}
