from odoo import api, fields, models


class OpsSite(models.Model):
    """Who is one level up, as the departments and reporting lines of ``hr`` say.

    Escalations and approvals ask this one question, whatever their subject. The answer
    is a user who can act on what is put before them: active, allowed in the company,
    and with the site in reach. Whoever cannot is passed over, not asked in vain.
    """

    _inherit = "ops.site"

    department_ids = fields.One2many("hr.department", "ops_site_id", string="Departments")

    @api.constrains("company_id")
    def _check_company_of_departments(self):
        # sudo: departments of the company that the site leaves may be out of reach
        self.sudo().department_ids._check_ops_site_company()

    def _ops_line_manager(self, user, site):
        """Who stands one level above ``user`` at ``site``; empty when nobody does.

        In this order: the manager of the user's employee in the site's company, the
        managers of the employee's department and of the departments above it, the
        answer of the engine (the site's manager). Without a site the user's own company
        is meant.

        :param user: the ``res.users`` to start from; may be empty
        :param site: the ``ops.site`` the matter belongs to; may be empty
        :return: one ``res.users`` or none
        """
        employee = self._ops_employee(user, site)
        candidates = employee.parent_id.user_id + employee.department_id._ops_managers()
        # sudo like the candidates, so that the same person compares and reads alike
        for candidate in candidates.sudo() + super()._ops_line_manager(user, site).sudo():
            if candidate != user and self._ops_can_act(candidate, site):
                return self.env["res.users"].browse(candidate.id)
        return self.env["res.users"]

    def _ops_employee(self, user, site):
        """The employee that ``user`` is in the company of ``site``, in sudo, or none."""
        company = site.sudo().company_id or user.sudo().company_id
        # sudo: employees are readable to HR officers alone, and whoever submits or
        # escalates is seldom one. Nothing of the employee leaves but the manager's user.
        employees = self.env["hr.employee"].sudo().with_context(active_test=True)
        if not user or not company:
            return employees
        return employees.search(
            [("user_id", "=", user.id), ("company_id", "=", company.id)], limit=1
        )

    def _ops_can_act(self, user, site):
        """Whether ``user`` (in sudo) is a person who can open matters of ``site``."""
        if not user.active or user.share:
            return False
        if not site:
            return True
        # sudo: the site only answers which company and which sites it belongs to
        site = site.sudo()
        if site.company_id not in user.company_ids:
            return False
        assigned = user.ops_site_ids.ids
        return not assigned or any(int(up) in assigned for up in site.parent_path.split("/")[:-1])
