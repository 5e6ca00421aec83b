from odoo import api, fields, models
from odoo.exceptions import ValidationError

AUTHORITY_COMPLETE = "complete"
AUTHORITY_NO_ONE_ABOVE = "no_one_above"
AUTHORITY_NO_MANAGER = "no_manager"
AUTHORITY_NO_USER = "no_user"


class HrDepartment(models.Model):
    """A department as a step in the line of authority of its site.

    Departments stay Odoo's: whoever may edit them in Employees may set the site, and no
    record rule hides them by site, because a department's full name is built from the
    names of those above it.
    """

    _inherit = "hr.department"

    ops_site_id = fields.Many2one(
        "ops.site",
        string="Site",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The facility the department works at. Approvals and escalations that find "
        "nobody in the departments go to the manager of this site.",
    )
    ops_goes_up_to_id = fields.Many2one(
        "res.users",
        string="Goes up to",
        compute="_compute_ops_authority",
        compute_sudo=True,
        help="Who is asked when a matter goes one level above the department's manager.",
    )
    ops_authority_state = fields.Selection(
        [
            (AUTHORITY_NO_ONE_ABOVE, "No one above: set a manager"),
            (AUTHORITY_NO_MANAGER, "No manager: skipped on the way up"),
            (AUTHORITY_NO_USER, "Manager has no user: skipped on the way up"),
            (AUTHORITY_COMPLETE, "Complete"),
        ],
        string="Line of authority",
        compute="_compute_ops_authority",
        compute_sudo=True,
        search="_search_ops_authority_state",
        help="Whether a matter of this department finds a manager, and somebody above.",
    )

    @api.constrains("ops_site_id", "company_id")
    def _check_ops_site_company(self):
        for department in self:
            site = department.ops_site_id
            if site and site.company_id != department.company_id:
                raise ValidationError(
                    self.env._(
                        "Site: “%(site)s” belongs to %(company)s. The department "
                        "“%(department)s” must belong to that company too.",
                        site=site.display_name,
                        company=site.company_id.display_name,
                        department=department.display_name,
                    )
                )

    @api.depends(
        "company_id",
        "manager_id.active",
        "manager_id.parent_id.user_id.active",
        "manager_id.user_id.active",
        "ops_site_id.manager_id.active",
        "parent_id.manager_id.user_id.active",
    )
    def _compute_ops_authority(self):
        Site = self.env["ops.site"]
        for department in self:
            site = department.ops_site_id
            manager = department._ops_manager()
            if manager:
                above = Site._ops_line_manager(manager, site)
            else:
                # A vacant seat: the departments above, then whoever the site names.
                seats = department.parent_id._ops_managers()
                seats = seats.filtered(lambda user, site=site: Site._ops_can_act(user, site))
                above = seats[:1] or Site._ops_line_manager(manager, site)
            department.ops_goes_up_to_id = above
            if not above:
                state = AUTHORITY_NO_ONE_ABOVE
            elif manager:
                state = AUTHORITY_COMPLETE
            elif department.manager_id.active:
                state = AUTHORITY_NO_USER
            else:
                state = AUTHORITY_NO_MANAGER
            department.ops_authority_state = state

    def _search_ops_authority_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Departments are counted in hundreds, and the answer depends on several models.
        departments = self.search([])  # pylint: disable=no-search-all
        found = departments.filtered(lambda department: department.ops_authority_state in value)
        return [("id", "in", found.ids)]

    def _ops_manager(self):
        """The active user behind the department's active manager, or none."""
        return self.manager_id.filtered("active").user_id.filtered("active")

    def _ops_managers(self):
        """The managers' users from this department upwards, nearest first.

        A department met twice ends the climb: Odoo refuses circles, yet an import in SQL
        may leave one, and an escalation must not hang on it.
        """
        managers = self.env["res.users"]
        department = self
        seen = set()
        while department and department.id not in seen:
            seen.add(department.id)
            managers += department._ops_manager()
            department = department.parent_id
        return managers
