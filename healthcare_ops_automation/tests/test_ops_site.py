from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import OpsCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsSite(OpsCase):
    def setUp(self):
        super().setUp()
        self.ward = self._create_site("Ward", "T-WARD", parent_id=self.site.id)
        self.user = self._create_user("user")
        self.sites = self.env["ops.site"].with_user(self.user)

    def _seen(self):
        codes = self.sites.search([("code", "=like", "T-%")]).mapped("code")
        return set(codes)

    def test_time_zone_is_that_of_the_working_hours(self):
        self.site.resource_calendar_id.tz = "Europe/Lisbon"
        self.assertEqual(self.site.tz, "Europe/Lisbon")

    def test_user_without_sites_sees_every_site_of_the_company(self):
        self.assertEqual(self._seen(), {"T-HARBOUR", "T-HILL", "T-WARD"})

    def test_user_sees_own_site_and_what_is_part_of_it(self):
        self.user.ops_site_ids = self.site
        self.assertEqual(self._seen(), {"T-HARBOUR", "T-WARD"})
        self.user.ops_site_ids = self.ward
        self.assertEqual(self._seen(), {"T-WARD"})

    def test_reassignment_counts_at_once_from_either_side(self):
        """Rules on a user's field are cached per user: the cache must not outlive it."""
        self.user.ops_site_ids = self.site
        self.assertIn("T-HARBOUR", self._seen())
        self.user.ops_site_ids = self.other_site
        self.assertEqual(self._seen(), {"T-HILL"})
        self.other_site.user_ids -= self.user
        self.ward.user_ids += self.user
        self.assertEqual(self._seen(), {"T-WARD"})

    def test_moving_a_site_counts_at_once(self):
        self.user.ops_site_ids = self.other_site
        self.assertNotIn("T-WARD", self._seen())
        self.ward.parent_id = self.other_site
        self.assertEqual(self._seen(), {"T-HILL", "T-WARD"})

    def test_archiving_a_site_widens_nobodys_reach(self):
        self.user.ops_site_ids = self.site
        self.site.active = False
        found = self.sites.with_context(active_test=False).search([("code", "=like", "T-%")])
        self.assertEqual(set(found.mapped("code")), {"T-HARBOUR", "T-WARD"})

    def test_user_administrator_opens_users_who_have_sites(self):
        self.user.ops_site_ids = self.site
        admin = new_test_user(self.env, "t_erp", groups="base.group_user,base.group_erp_manager")
        self.assertEqual(self.user.with_user(admin).ops_site_ids, self.site)

    def test_records_follow_the_sites_of_the_user(self):
        events = self._emit(self.site | self.other_site | self.ward)
        self._commit()
        seen = self.env["ops.event"].with_user(self.user)
        self.assertEqual(seen.search([("id", "in", events.ids)]), events)
        self.user.ops_site_ids = self.site
        self.assertEqual(seen.search([("id", "in", events.ids)]).site_id, self.site | self.ward)
        self.user.ops_site_ids = self.other_site
        with self.assertRaises(AccessError):
            events.filtered(lambda e: e.site_id == self.site).with_user(self.user).read(["uuid"])

    def test_other_companies_are_out_of_sight_and_in_sight_when_allowed(self):
        self.assertNotIn("T-ABROAD", self._seen())
        self.user.company_ids |= self.other_company
        self.sites = self.sites.with_context(
            allowed_company_ids=(self.company | self.other_company).ids
        )
        self.assertIn("T-ABROAD", self._seen())

    def test_code_is_unique_in_its_company_only(self):
        self._create_site("Namesake", "T-HARBOUR", self.other_company)
        with (
            claim_log("odoo.sql_db", "ERROR", "ops_site_code_uniq"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._create_site("Twin", "T-HARBOUR")

    def test_site_cannot_be_part_of_itself_or_of_another_company(self):
        with self.assertRaisesRegex(UserError, "Recursion"), self.env.cr.savepoint():
            self.site.parent_id = self.ward
        with self.assertRaises(UserError):
            self.site.parent_id = self.foreign_site

    def test_line_manager_is_the_sites_manager_but_never_oneself(self):
        manager = self._create_user("manager")
        self.site.manager_id = manager
        self.assertEqual(self.sites._ops_line_manager(self.user, self.site), manager)
        self.assertFalse(self.sites._ops_line_manager(manager, self.site))
        manager.active = False
        self.assertFalse(self.sites._ops_line_manager(self.user, self.site))

    def test_line_manager_of_a_sites_manager_is_that_of_the_site_above(self):
        head, nurse = self._create_user("manager", "t_head"), self._create_user("manager")
        self.site.manager_id, self.ward.manager_id = head, nurse
        self.assertEqual(self.sites._ops_line_manager(self.user, self.ward), nurse)
        self.assertEqual(self.sites._ops_line_manager(nurse, self.ward), head)
