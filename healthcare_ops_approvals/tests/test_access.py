from odoo.exceptions import AccessError
from odoo.tests import Form

from .common import ROLES, AuthorityCase


class TestAccess(AuthorityCase):
    def test_roles_read_lines_and_change_none(self):
        self.ward.manager_id = self.employ(self.head, self.ward)
        for role in ROLES:
            with self.subTest(role=role):
                ward = self.ward.with_user(self.in_role(role))
                [values] = ward.read(["ops_site_id", "ops_goes_up_to_id", "ops_authority_state"])
                self.assertEqual(values["ops_goes_up_to_id"][0], self.site_manager.id)
                self.assertEqual(values["ops_authority_state"], "complete")
                with self.assertRaises(AccessError):
                    ward.ops_site_id = False
                with self.assertRaises(AccessError):
                    ward.create({"name": "Ward 2"})
                with self.assertRaises(AccessError):
                    ward.unlink()

    def test_an_hr_officer_sets_the_site_in_the_form(self):
        officer = self.person("officer", groups="hr.group_hr_user")
        officer.group_ids += self.env.ref("healthcare_ops_automation.group_ops_requester")
        west = self.make_site("WEST")
        with Form(self.ward.with_user(officer), "hr.view_department_form") as form:
            form.ops_site_id = west
        self.assertEqual(self.ward.ops_site_id, west)

    def test_the_integration_user_sees_no_department(self):
        robot = self.in_role("integration")
        with self.assertRaises(AccessError):
            self.ward.with_user(robot).read(["ops_site_id"])

    def test_departments_of_another_company_stay_hidden(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        manager = self.in_role("manager", company=south)
        departments = self.env["hr.department"].with_user(manager)
        self.assertNotIn(self.ward, departments.search([]))
        with self.assertRaises(AccessError):
            self.ward.with_user(manager).read(["ops_goes_up_to_id"])

    def test_the_list_is_for_managers_administrators_and_auditors(self):
        menu = self.env.ref("healthcare_ops_approvals.menu_authority")
        for role in ROLES:
            with self.subTest(role=role):
                visible = self.env["ir.ui.menu"].with_user(self.in_role(role))._visible_menu_ids()
                self.assertEqual(menu.id in visible, role in ("manager", "admin", "auditor"))
