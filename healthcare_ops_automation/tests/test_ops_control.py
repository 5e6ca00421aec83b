from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .controlling import ControlCase


@tagged("post_install", "-at_install")
class TestOpsControl(ControlCase):
    """What a control finds, and what becomes of it."""

    def test_what_is_too_long_in_the_state_becomes_an_exception_with_an_owner(self):
        self._hours_ago(self.site, 25)
        self._hours_ago(self.other_site, 23)
        run = self.control._run()
        finding = self._findings()
        self.assertEqual(
            (finding.res_id, finding.site_id, finding.user_id, finding.state),
            (self.site.id, self.site, self.manager, "new"),
        )
        self.assertIn("more than 24 hours", finding.reason)
        self.assertEqual((run.checked, run.findings, run.opened, run.closed), (2, 1, 1, 0))
        self.assertEqual(run.result, "2 looked at, 1 found (1 new).")
        self.assertIn("1 found", self.control.last_result)

    def test_what_is_still_found_is_no_repeat(self):
        self._hours_ago(self.site, 25)
        self.control._run()
        run = self.control._run()
        self.assertEqual((self._findings().occurrence_count, run.findings, run.opened), (1, 1, 0))

    def test_finding_closes_by_itself_when_the_record_moves_on_or_is_archived(self):
        self._hours_ago(self.site, 25)
        gone = self._create_site("Gone", "T-GONE")
        self._hours_ago(gone, 25)
        self.control._run()
        self.site.kind = "clinic"
        gone.active = False
        run = self.control._run()
        self.assertEqual(set(self._findings().mapped("state")), {"resolved"})
        self.assertIn("does not find it any more", self._findings()[0].resolution)
        self.assertEqual((run.findings, run.closed), (0, 2))
        self.assertEqual(run.result, "0 looked at, nothing found, 2 settled and closed.")

    def test_what_comes_back_is_found_anew(self):
        self._hours_ago(self.site, 25)
        self.control._run()
        self.site.kind = "clinic"
        self.control._run()
        self._hours_ago(self.site, 25)
        self.control._run()
        self.assertEqual(self._findings().mapped("state"), ["new", "resolved"][::-1])

    def test_what_a_person_accepted_stays_accepted_until_the_record_moves(self):
        self._hours_ago(self.site, 25)
        self.control._run()
        self._findings().write({"resolution": "it is fine", "state": "accepted"})
        self.assertEqual(self.control._run().opened, 0)
        later = fields.Datetime.now() + timedelta(days=3)
        self._since(self.site, fields.Datetime.now() + timedelta(hours=1))
        with freeze_time(later):
            self.assertEqual(self.control._run().opened, 1)

    def test_what_a_person_called_resolved_and_is_not_is_found_anew(self):
        self._hours_ago(self.site, 25)
        self.control._run()
        self._findings().write({"resolution": "done", "state": "resolved"})
        self.assertEqual(self.control._run().opened, 1)

    def test_severity_and_category_are_the_control_s(self):
        category = self.env["ops.exception.category"].create(
            {"name": "Own", "code": "t_own", "user_id": self.manager.id}
        )
        control = self._control(code="T-02", category_id=category.id, severity="critical")
        self._hours_ago(self.other_site, 25)
        control._run()
        finding = self._findings(control)
        self.assertEqual((finding.category_id, finding.severity), (category, "critical"))

    def test_findings_about_other_records_than_it_looks_at_now_are_closed(self):
        self._hours_ago(self.site, 25)
        self.control._run()
        finding = self._findings()
        self.env["ops.exception"]._raise_exception(
            self.control.category_id.code,
            "Looked at partners once.",
            self.env["res.partner"].browse(self.site.id).exists()
            or self.env["res.partner"].search([], limit=1),
            place=(self.company, self.site),
            facts={"control_id": self.control.id},
        )
        self.env.cr.execute(
            "UPDATE ops_exception SET res_id = %s WHERE control_id = %s",
            [self.site.id, self.control.id],
        )
        self.env.invalidate_all()
        self.control._run()
        states = {each.res_model: each.state for each in self._findings()}
        self.assertEqual(states, {"ops.site": finding.state, "res.partner": "resolved"})
        self.assertTrue(finding.is_open)

    def test_what_cannot_be_judged_any_more_is_not_called_settled(self):
        partner = self.env["res.partner"].create(
            {"name": "P", "ref": "T-SLA", "company_id": self.company.id}
        )
        control = self._control(
            code="T-03",
            model_id=self.env["ir.model"]._get_id("res.partner"),
            domain="[('ref', '=', 'T-SLA')]",
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date - interval '30 hours' WHERE id = %s",
            [partner.id],
        )
        self.env.invalidate_all()
        control._run()
        self.env.cr.execute("UPDATE res_partner SET company_id = NULL WHERE id = %s", [partner.id])
        self.env.invalidate_all()
        control._run()
        self.assertTrue(self._findings(control).is_open)

    # -- working time ---------------------------------------------------------------------

    def test_time_is_counted_in_the_working_hours_of_each_site(self):
        """Both since Thursday, 2 April 2026, 13:00 UTC. Friday is a holiday in Berlin."""
        control = self._control(code="T-02", hours="site", limit_hours=20)
        sites = {"Europe/Berlin": self.site, "America/New_York": self.other_site}
        for tz, site in sites.items():
            site.resource_calendar_id = self._hours(tz)
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Good Friday",
                "calendar_id": self.site.resource_calendar_id.id,
                "date_from": datetime(2026, 4, 2, 22),
                "date_to": datetime(2026, 4, 3, 22),
            }
        )
        self.env.flush_all()
        holiday.company_id = self.company
        for site in sites.values():
            self._since(site, datetime(2026, 4, 2, 13))
        # From 9 to 17. New York (13 to 21 UTC): 8 h on Thursday and Friday each, so 4 on Monday.
        # Berlin (7 to 15 UTC): 2 h on Thursday, 8 on Monday and Tuesday each, so 2 on Wednesday.
        for moment, found in (
            (datetime(2026, 4, 6, 16, 59), self.env["ops.site"]),
            (datetime(2026, 4, 6, 17), self.other_site),
            (datetime(2026, 4, 8, 8, 59), self.other_site),
            (datetime(2026, 4, 8, 9), self.site | self.other_site),
        ):
            with freeze_time(moment), self.subTest(moment):
                control._run()
                seen = self.env["ops.site"].browse(self._findings(control).mapped("res_id"))
                self.assertEqual(seen, found)

    def _hours(self, tz):
        return self.env["resource.calendar"].create(
            {
                "name": tz,
                "tz": tz,
                "company_id": self.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": f"{day}",
                                "dayofweek": str(day),
                                "hour_from": 9,
                                "hour_to": 17,
                                "day_period": "morning",
                            }
                        )
                        for day in range(5)
                    ),
                ],
            }
        )

    def test_a_date_begins_at_midnight_of_the_site(self):
        self.site.resource_calendar_id = self._hours("America/New_York")
        moment = self.control._moment(datetime(2026, 4, 2).date(), self.site, self.company)
        self.assertEqual(moment, datetime(2026, 4, 2, 4))

    # -- places ---------------------------------------------------------------------------

    def test_it_looks_in_every_company_unless_it_has_one(self):
        for site in (self.site, self.foreign_site):
            self._hours_ago(site, 25)
        ours = self._control(code="T-02", company_id=self.company.id)
        self.control._run()
        ours._run()
        self.assertEqual(self._findings().company_id, self.company | self.other_company)
        self.assertEqual(self._findings(ours).company_id, self.company)
        seen = (
            self._findings().with_user(self.manager).search([("control_id", "=", self.control.id)])
        )
        self.assertEqual(seen.company_id, self.company)

    def test_it_looks_at_a_site_and_those_within_it(self):
        within = self._create_site("Within", "T-IN", parent_id=self.site.id)
        for site in (self.site, within, self.other_site):
            self._hours_ago(site, 25)
        control = self._control(code="T-02", site_id=self.site.id)
        control._run()
        found = self.env["ops.site"].browse(self._findings(control).mapped("res_id"))
        self.assertEqual(found, self.site | within)

    def test_what_belongs_to_no_company_is_told_of_and_not_judged(self):
        partner = self.env["res.partner"].create({"name": "Homeless"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date - interval '9 days' WHERE id = %s",
            [partner.id],
        )
        control = self._control(
            code="T-02",
            model_id=self.env["ir.model"]._get_id("res.partner"),
            domain="[('name', '=', 'Homeless')]",
        )
        run = control._run()
        self.assertEqual((run.checked, run.findings), (1, 0))
        self.assertIn("1 belong to no company", run.result)
