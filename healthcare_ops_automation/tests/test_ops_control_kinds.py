from datetime import datetime

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import OpsCase

DOMAIN = "[('kind', '=', 'imaging'), ('code', '=like', 'T-%')]"


@tagged("post_install", "-at_install")
class TestOpsControlKinds(OpsCase):
    """Besides what is too long in a state: what should not be in it at all, and of what one person
    has too many. Here sites of kind imaging, and their managers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.control"].search([]).active = False
        cls.manager = cls._create_user("manager")
        cls.manager.company_ids += cls.other_company
        cls.sites = cls.site | cls._create_site("Two", "T-2") | cls._create_site("Three", "T-3")
        cls.sites.manager_id = cls.manager

    def control(self, kind, **values):
        return self.env["ops.control"].create(
            {
                "name": "Imaging",
                "code": f"T-{kind}",
                "kind": kind,
                "model_id": self.env["ir.model"]._get_id("ops.site"),
                "domain": DOMAIN,
                "company_id": False,
                **values,
            }
        )

    def piling_up(self, **values):
        field = self.env["ir.model.fields"]._get("ops.site", "manager_id")
        return self.control("too_many", group_field_id=field.id, **values)

    def findings(self, control, state=None):
        domain = [("control_id", "=", control.id)]
        found = self.env["ops.exception"].search(domain, order="id")
        return found.filtered(lambda each: each.state == state) if state else found

    def since(self, site, moment):
        site.kind = "imaging"
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE ops_site SET write_date = %s WHERE id = %s", moment, site.id)
        )
        site.invalidate_recordset()

    def test_what_is_in_the_state_at_all_is_found_at_once(self):
        self.site.kind = "imaging"
        control = self.control("in_state")
        run = control._run()
        finding = self.findings(control)
        self.assertEqual((finding.res_id, finding.site_id), (self.site.id, self.site))
        self.assertIn("Imaging: in this state since", finding.reason)
        self.assertEqual((run.checked, run.findings, run.opened), (1, 1, 1))
        control._run()
        self.assertEqual(len(self.findings(control)), 1)
        self.site.kind = "clinic"
        control._run()
        self.assertEqual(finding.state, "resolved")

    def test_more_than_the_limit_with_one_person_is_found(self):
        control = self.piling_up(limit_count=2)
        self.sites[:2].kind = "imaging"
        control._run()
        self.assertFalse(self.findings(control))
        self.sites.kind = "imaging"
        control._run()
        control._run()
        finding = self.findings(control)
        self.assertEqual((finding.res_model, finding.res_id), ("res.users", self.manager.id))
        self.assertEqual((finding.company_id, finding.site_id), (self.company, finding.site_id[:0]))
        self.assertIn(f"3 with {self.manager.name}", finding.reason)
        self.sites[0].manager_id = False
        control._run()
        self.assertEqual(finding.state, "resolved")

    def test_what_is_at_one_site_belongs_there(self):
        control = self.piling_up(limit_count=0)
        self.site.kind = "imaging"
        control._run()
        self.assertEqual(self.findings(control).site_id, self.site)

    def test_each_company_is_counted_by_itself(self):
        control = self.piling_up(limit_count=0)
        calendar = self.env["resource.calendar"].create(
            {"name": "There", "company_id": self.other_company.id}
        )
        there = self._create_site(
            "There",
            "T-THERE",
            company_id=self.other_company.id,
            manager_id=self.manager.id,
            resource_calendar_id=calendar.id,
        )
        (self.site | there).kind = "imaging"
        control._run()
        found = self.findings(control)
        self.assertEqual(found.company_id, self.company | self.other_company)
        there.kind = "clinic"
        control._run()
        self.assertEqual(self.findings(control, "resolved").company_id, self.other_company)
        self.assertEqual(self.findings(control, "new").company_id, self.company)

    def test_what_was_accepted_is_found_again_once_it_was_less(self):
        control = self.piling_up(limit_count=1)
        for site, day in zip(self.sites, (1, 2, 3), strict=True):
            self.since(site, datetime(2026, 3, day))
        control._run()
        self.findings(control).write({"resolution": "we know", "state": "accepted"})
        control._run()
        self.assertEqual(len(self.findings(control)), 1)
        later = fields.Datetime.add(fields.Datetime.now(), hours=1)
        for site in self.sites[:2]:
            self.since(site, later)
        control._run()
        self.assertEqual(self.findings(control).mapped("state"), ["accepted", "new"])

    def test_it_must_say_with_whom(self):
        for name in (None, "write_date"):
            field = name and self.env["ir.model.fields"]._get("ops.site", name).id
            with self.assertRaisesRegex(ValidationError, "Counted for each"):
                self.control("too_many", group_field_id=field, code=f"T-{name}")

    def test_who_writes_it_must_be_allowed_to_read_with_whom(self):
        field = self.env["ir.model.fields"]._get("res.users", "action_id")
        admin = self._create_user("admin", "t_kinds_admin")
        group = self.env.ref("base.group_system")
        self.patch(self.env["res.users"]._fields["action_id"], "groups", "base.group_system")
        self.assertNotIn(group, admin.all_group_ids)
        with self.assertRaisesRegex(AccessError, "may not read"):
            self.env["ops.control"].with_user(admin).create(
                {
                    "name": "X",
                    "code": "T-X",
                    "kind": "too_many",
                    "company_id": admin.company_id.id,
                    "model_id": self.env["ir.model"]._get_id("res.users"),
                    "domain": "[('active', '=', True)]",
                    "group_field_id": field.id,
                }
            )
