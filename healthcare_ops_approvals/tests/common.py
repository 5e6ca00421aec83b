from odoo import Command
from odoo.tests import TransactionCase, new_test_user, tagged

ROLES = ("requester", "user", "approver", "manager", "admin", "auditor")


@tagged("post_install", "-at_install")
class AuthorityCase(TransactionCase):
    """One company, one site, a ward below a division, and the people in them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Northside Clinics"})
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Northside hours", "company_id": cls.company.id, "tz": "Europe/Berlin"}
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.nurse = cls.person("nurse")
        cls.head = cls.person("head")
        cls.director = cls.person("director")
        cls.site_manager = cls.person("site_manager")
        cls.site = cls.make_site("NORTH", manager=cls.site_manager)
        cls.division = cls.env["hr.department"].create(
            {"name": "Care", "company_id": cls.company.id, "ops_site_id": cls.site.id}
        )
        cls.ward = cls.env["hr.department"].create(
            {
                "name": "Ward 1",
                "company_id": cls.company.id,
                "parent_id": cls.division.id,
                "ops_site_id": cls.site.id,
            }
        )

    @classmethod
    def person(cls, login, groups="base.group_user", company=None, **values):
        """A user allowed in one company."""
        company = company or cls.company
        return new_test_user(
            cls.env,
            f"authority_{login}",
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            **values,
        )

    @classmethod
    def in_role(cls, role, **values):
        """A user holding one operations role."""
        return cls.person(role, groups=f"healthcare_ops_automation.group_ops_{role}", **values)

    @classmethod
    def make_site(cls, code, manager=None, **values):
        return cls.env["ops.site"].create(
            {
                "name": code.title(),
                "code": code,
                "company_id": cls.company.id,
                "resource_calendar_id": cls.calendar.id,
                "manager_id": manager.id if manager else False,
                **values,
            }
        )

    @classmethod
    def employ(cls, user, department=None, manager=None, company=None):
        """The employee that ``user`` is; ``department`` and ``manager`` may be left out."""
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": (company or cls.company).id,
                "department_id": department.id if department else False,
                "parent_id": manager.id if manager else False,
            }
        )

    def one_up(self, user, site=None):
        return self.env["ops.site"]._ops_line_manager(user, self.site if site is None else site)
