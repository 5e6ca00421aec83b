from odoo import api, fields, models

SITE_KINDS = [
    ("hospital", "Hospital"),
    ("clinic", "Clinic"),
    ("laboratory", "Laboratory"),
    ("imaging", "Imaging centre"),
    ("warehouse", "Warehouse"),
    ("office", "Office"),
]


class OpsSite(models.Model):
    """A facility: the place where work happens, in whose working hours it is measured."""

    _name = "ops.site"
    _description = "Site"
    _inherit = ["mail.thread"]
    _parent_store = True
    _order = "company_id, code"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True,
        tracking=True,
        help="Short code, unique in the company. Other systems receive it in events, "
        "so change it only together with them.",
    )
    kind = fields.Selection(SITE_KINDS, required=True, default="clinic")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        tracking=True,
        help="The legal entity that runs the site.",
    )
    parent_id = fields.Many2one(
        "ops.site",
        string="Part of",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="People assigned to a site also see the sites that are part of it.",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("ops.site", "parent_id", string="Sites within")
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        required=True,
        ondelete="restrict",
        check_company=True,
        default=lambda self: self.env.company.resource_calendar_id,
        tracking=True,
        help="Opening hours and holidays. Their time zone is the site's time zone.",
    )
    tz = fields.Selection(related="resource_calendar_id.tz", string="Time zone")
    manager_id = fields.Many2one(
        "res.users",
        string="Site manager",
        tracking=True,
        help="Owns what nobody else owns at this site, and is one level up in escalations "
        "unless departments say otherwise.",
    )
    partner_id = fields.Many2one("res.partner", string="Address", check_company=True)
    user_ids = fields.Many2many(
        "res.users",
        "ops_site_res_users_rel",
        "site_id",
        "user_id",
        string="People",
        help="People who work only at certain sites. Somebody assigned to no site at all "
        "sees every site of their companies.",
    )
    color = fields.Integer()

    _code_uniq = models.UniqueIndex(
        "(company_id, code)", "Another site of this company has this code. Choose another code."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for site in self:
            site.display_name = f"[{site.code}] {site.name}" if site.code else site.name

    def _ops_place(self):
        return [(site.company_id, site) for site in self]

    def _ops_line_manager(self, user, site):
        """Who stands one level above ``user`` at ``site``; empty when nobody does.

        The engine knows the managers of sites only: that of the site itself, or, when it
        is the user, is archived or there is none, of the site it is part of. Modules that
        know departments and reporting lines override this.
        """
        site = site.sudo()  # only the answer leaves, no other field
        while site:
            manager = site.manager_id
            if manager.active and manager != user:
                return manager.with_env(self.env)
            site = site.parent_id
        return self.env["res.users"]

    def _is_within(self, sites):
        """Whether this site is one of ``sites`` or part of one; no site is within none."""
        above = {int(each) for each in (self.parent_path or "").split("/") if each}
        return bool(above & set(sites.ids))

    @api.model_create_multi
    def create(self, vals_list):
        sites = super().create(vals_list)
        self._clear_scope_cache()
        return sites

    def write(self, vals):
        result = super().write(vals)
        self._clear_scope_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self._clear_scope_cache()
        return result

    def _clear_scope_cache(self):
        """Record rules read the user's sites and are cached per user: forget them all."""
        self.env.registry.clear_cache()
        self.env["res.users"].invalidate_model(["ops_scope_site_ids"])
