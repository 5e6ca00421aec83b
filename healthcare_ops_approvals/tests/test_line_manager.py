from odoo import Command

from .common import AuthorityCase


class TestLineManager(AuthorityCase):
    def test_the_own_manager_comes_first(self):
        head = self.employ(self.head)
        self.ward.manager_id = self.employ(self.director)
        self.employ(self.nurse, self.ward, manager=head)
        self.assertEqual(self.one_up(self.nurse), self.head)

    def test_without_own_manager_the_department_answers(self):
        self.employ(self.nurse, self.ward)
        self.ward.manager_id = self.employ(self.head)
        self.assertEqual(self.one_up(self.nurse), self.head)

    def test_a_department_without_manager_passes_it_up(self):
        self.employ(self.nurse, self.ward)
        self.division.manager_id = self.employ(self.director)
        self.assertEqual(self.one_up(self.nurse), self.director)

    def test_nobody_is_above_themself(self):
        head = self.employ(self.head, self.ward)
        self.ward.manager_id = head
        head.parent_id = False
        self.division.manager_id = self.employ(self.director)
        self.assertEqual(self.one_up(self.head), self.director)

    def test_without_departments_the_site_answers(self):
        self.employ(self.nurse)
        self.assertEqual(self.one_up(self.nurse), self.site_manager)

    def test_who_is_no_employee_goes_to_the_site(self):
        self.assertEqual(self.one_up(self.nurse), self.site_manager)

    def test_the_site_manager_has_nobody_above(self):
        self.assertFalse(self.one_up(self.site_manager))

    def test_an_archived_own_manager_is_passed_over(self):
        head = self.employ(self.head)
        self.employ(self.nurse, self.ward, manager=head)
        self.division.manager_id = self.employ(self.director)
        self.head.active = False
        self.assertEqual(self.one_up(self.nurse), self.director)

    def test_an_archived_department_manager_is_passed_over(self):
        self.employ(self.nurse, self.ward)
        head = self.employ(self.head)
        self.ward.manager_id = head
        self.division.manager_id = self.employ(self.director)
        self.env["hr.employee"].search([("user_id", "=", self.nurse.id)]).parent_id = False
        head.active = False
        self.assertEqual(self.one_up(self.nurse), self.director)

    def test_an_archived_site_manager_is_nobody(self):
        self.site_manager.active = False
        self.assertFalse(self.one_up(self.nurse))

    def test_a_manager_without_user_is_passed_over(self):
        self.employ(self.nurse, self.ward)
        self.ward.manager_id = self.env["hr.employee"].create(
            {"name": "No login", "company_id": self.company.id}
        )
        self.assertEqual(self.one_up(self.nurse), self.site_manager)

    def test_who_may_not_enter_the_company_is_not_asked(self):
        abroad = self.env["res.company"].create({"name": "Southside Clinics"})
        stranger = self.person("stranger", company=abroad)
        manager = self.employ(stranger, company=abroad)
        self.employ(self.nurse, manager=manager)
        self.assertEqual(self.one_up(self.nurse), self.site_manager)
        stranger.company_ids = [Command.link(self.company.id)]
        self.assertEqual(self.one_up(self.nurse), stranger)

    def test_who_works_at_another_site_only_is_not_asked(self):
        other = self.make_site("WEST")
        self.employ(self.nurse, manager=self.employ(self.head))
        self.head.ops_site_ids = other
        self.assertEqual(self.one_up(self.nurse), self.site_manager)
        self.site.parent_id = other
        self.assertEqual(self.one_up(self.nurse), self.head, "its parts belong to a site")

    def test_each_company_has_its_own_line(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        calendar = self.calendar.copy({"company_id": south.id})
        south_site = self.make_site("SOUTH", company_id=south.id, resource_calendar_id=calendar.id)
        for user in self.nurse + self.head + self.director:
            user.company_ids = [Command.link(south.id)]
        self.employ(self.nurse, manager=self.employ(self.head))
        self.employ(self.nurse, manager=self.employ(self.director, company=south), company=south)
        self.assertEqual(self.one_up(self.nurse), self.head)
        self.assertEqual(self.one_up(self.nurse, south_site), self.director)

    def test_without_a_site_the_own_company_is_meant(self):
        self.employ(self.nurse, manager=self.employ(self.head))
        self.assertEqual(self.one_up(self.nurse, self.env["ops.site"]), self.head)

    def test_nobody_asks_for_the_site_manager(self):
        self.assertEqual(self.one_up(self.env["res.users"]), self.site_manager)

    def test_a_circle_of_departments_ends(self):
        self.employ(self.nurse, self.ward)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hr_department SET parent_id = %s WHERE id = %s",
            (self.ward.id, self.division.id),
        )
        self.env.invalidate_all()
        self.assertEqual(self.one_up(self.nurse), self.site_manager)

    def test_two_who_manage_each_other_are_above_each_other(self):
        nurse = self.employ(self.nurse)
        head = self.employ(self.head, manager=nurse)
        nurse.parent_id = head
        self.assertEqual(self.one_up(self.nurse), self.head)
        self.assertEqual(self.one_up(self.head), self.nurse)

    def test_whoever_asks_gets_the_same_answer(self):
        self.employ(self.nurse, self.ward)
        self.ward.manager_id = self.employ(self.head)
        requester = self.in_role("requester")
        requester.ops_site_ids = self.make_site("WEST")
        sites = self.env["ops.site"].with_user(requester)
        answer = sites._ops_line_manager(self.nurse, sites.browse(self.site.id))
        self.assertEqual(answer, self.head)
        self.assertFalse(answer.env.su, "the answer carries the asker's rights, not more")
        self.assertEqual(answer.env.user, requester)
