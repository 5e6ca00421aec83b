from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .common import AuthorityCase


class TestDepartment(AuthorityCase):
    def test_the_site_must_belong_to_the_company(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        with self.assertRaisesRegex(ValidationError, "must belong to that company"):
            self.env["hr.department"].create(
                {"name": "Ward 2", "company_id": south.id, "ops_site_id": self.site.id}
            )
        with self.assertRaisesRegex(ValidationError, "must belong to that company"):
            self.env["hr.department"].create(
                {"name": "Shared", "company_id": False, "ops_site_id": self.site.id}
            )

    def test_a_site_does_not_leave_its_departments_behind(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        calendar = self.calendar.copy({"company_id": south.id})
        with self.assertRaisesRegex(ValidationError, "must belong to that company"):
            self.site.write({"company_id": south.id, "resource_calendar_id": calendar.id})

    def test_a_led_department_goes_up_to_the_one_above_its_manager(self):
        self.ward.manager_id = self.employ(self.head, self.ward)
        self.ward.manager_id.parent_id = False
        self.division.manager_id = self.employ(self.director, self.division)
        self.division.manager_id.parent_id = False
        self.assertEqual(self.ward.ops_goes_up_to_id, self.director)
        self.assertEqual(self.ward.ops_authority_state, "complete")
        self.assertEqual(self.division.ops_goes_up_to_id, self.site_manager)

    def test_a_vacant_seat_is_passed_over_and_said(self):
        self.division.manager_id = self.employ(self.director)
        self.assertEqual(self.ward.ops_goes_up_to_id, self.director)
        self.assertEqual(self.ward.ops_authority_state, "no_manager")

    def test_a_manager_without_user_is_said(self):
        self.ward.manager_id = self.env["hr.employee"].create(
            {"name": "No login", "company_id": self.company.id}
        )
        self.assertEqual(self.ward.ops_goes_up_to_id, self.site_manager)
        self.assertEqual(self.ward.ops_authority_state, "no_user")

    def test_a_line_that_ends_is_said_in_words(self):
        self.site.manager_id = False
        self.ward.manager_id = self.employ(self.head, self.ward)
        self.assertFalse(self.ward.ops_goes_up_to_id)
        self.assertEqual(self.ward.ops_authority_state, "no_one_above")
        labels = dict(self.ward._fields["ops_authority_state"]._description_selection(self.env))
        self.assertEqual(labels["no_one_above"], "No one above: set a manager")

    def test_the_filter_finds_the_lines_that_end(self):
        departments = self.env["hr.department"]
        ends = [("ops_authority_state", "=", "no_one_above")]
        ours = [("id", "in", (self.ward + self.division).ids)]
        self.assertFalse(departments.search(ends + ours))
        self.site.manager_id = False
        self.assertEqual(departments.search(ends + ours), self.ward + self.division)
        self.ward.manager_id = self.employ(self.head, self.ward)
        self.division.manager_id = self.employ(self.director, self.division)
        self.ward.manager_id.parent_id = False
        self.assertEqual(departments.search(ends + ours), self.division)

    def test_a_department_keeps_its_site(self):
        with claim_log("odoo.sql_db", "ERROR", "bad query"), self.assertRaises(IntegrityError):
            self.site.unlink()
