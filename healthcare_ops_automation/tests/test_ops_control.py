from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL

from .common import OpsCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsControl(OpsCase):
    """Controls look at sites here: those of kind imaging, since they were last changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.controls = cls.env["ops.control"]
        cls.controls.search([]).active = False
        cls.manager = cls._create_user("manager")
        cls.site.manager_id = cls.manager
        cls.control = cls._control()

    @classmethod
    def _control(cls, **values):
        return cls.controls.create(
            {
                "name": "Imaging for too long",
                "code": "T-01",
                "model_id": cls.env["ir.model"]._get_id("ops.site"),
                "domain": "[('kind', '=', 'imaging'), ('code', '=like', 'T-%')]",
                "limit_hours": 24,
                "hours": "clock",
                **values,
            }
        )

    def _since(self, site, moment):
        """Let the site be in the state since then."""
        site.kind = "imaging"
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE ops_site SET write_date = %s WHERE id = %s", moment, site.id)
        )
        site.invalidate_recordset()

    def _hours_ago(self, site, hours):
        self._since(site, fields.Datetime.now() - timedelta(hours=hours))

    def _findings(self, control=None):
        control = control or self.control
        return self.env["ops.exception"].search([("control_id", "=", control.id)], order="id")

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

    # -- when -----------------------------------------------------------------------------

    def _cron(self):
        model = self.registry["ops.worker"]
        with patch.object(model, "_commit", lambda self, processed=0: self.env.flush_all()):
            self.controls._cron_run_due()

    def test_it_runs_when_it_is_due_and_not_when_it_is_switched_off(self):
        off = self._control(code="T-02", active=False)
        start = fields.Datetime.now()
        self.control.write({"next_run_at": start, "interval_number": 6})
        with freeze_time(start):
            self._cron()
            self._cron()
        self.assertEqual((len(self.control.run_ids), len(off.run_ids)), (1, 0))
        self.assertEqual(self.control.next_run_at, start + timedelta(hours=6))
        with freeze_time(start + timedelta(hours=6)):
            self._cron()
        self.assertEqual(len(self.control.run_ids), 2)

    def test_a_control_that_fails_is_told_of_and_stops_no_other(self):
        fine = self._control(code="T-02")
        self.env.cr.execute(
            "UPDATE ops_control SET domain = $$[('gone', '=', 1)]$$, next_run_at = "
            "next_run_at - interval '1 day' WHERE id = %s",
            [self.control.id],
        )
        self.env.invalidate_all()
        with claim_log(
            "odoo.addons.healthcare_ops_automation", "WARNING", "Control T-01 failed", 1
        ):
            self._cron()
        self.assertEqual((self.control.last_state, fine.last_state), ("failed", "done"))
        self.assertIn("It failed", self.control.last_result)
        told = self.env["ops.exception"].search(
            [("res_model", "=", "ops.control"), ("res_id", "=", self.control.id)]
        )
        self.assertIn("gone", told.reason)

    def test_a_control_that_cannot_even_say_when_it_runs_next_stops_no_other(self):
        fine = self._control(code="T-02")
        self.control.next_run_at -= timedelta(days=1)
        following = type(self.controls)._following_run

        def fails(control, moment):
            return following(control, moment) if control == fine else 1 / 0

        undo = patch.object(self.registry["ops.worker"], "_roll_back", lambda self: None)
        broken = patch.object(type(self.controls), "_following_run", fails)
        with (
            undo,
            broken,
            claim_log("odoo.addons.healthcare_ops_automation", "ERROR", "A step of", 1),
        ):
            self._cron()
        self.assertEqual(fine.last_state, "done")

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

    def test_a_control_of_every_company_needs_somebody_allowed_in_all(self):
        admin = self._create_user("admin")
        ours = self.control.with_user(admin)
        for company in (self.env["res.company"], self.other_company):
            with self.assertRaisesRegex(UserError, "Company"), self.env.cr.savepoint():
                ours.write({"company_id": company.id})
        ours.write({"company_id": self.company.id})

    def test_the_queue_is_not_buried(self):
        sites = [self._create_site(f"Site {n}", f"T-N{n}") for n in range(3)]
        for site in sites:
            self._hours_ago(site, 25)
        with patch(f"{self.controls._run.__module__}.OPENED_MOST", 2):
            run = self.control._run()
            self.assertEqual((run.findings, run.opened), (3, 2))
            self.assertIn("1 more are left", run.result)
            self.assertEqual(self.control._run().opened, 1)

    def test_the_same_questions_for_one_record_and_for_many(self):
        """Looking costs no query a record; what is opened does."""
        self._hours_ago(self.site, 25)
        self.control._run()
        self.env.flush_all()

        def looked():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.control._run()
            return self.env.cr.sql_log_count - before

        few = looked()
        for number in range(40):
            self._hours_ago(self._create_site(f"Site {number}", f"T-N{number}"), 25)
        self.control._run()
        self.env.flush_all()
        self.assertLess(looked(), few + 10)

    def test_old_runs_go_but_the_last_one(self):
        old, last = self.control._run(), self.control._run()
        fresh = self._control(code="T-02")._run()
        (old | last).started_at = fields.Datetime.now() - timedelta(days=91)
        self.env["ops.control.run"]._gc_runs()
        self.assertEqual((old | last | fresh).exists(), last | fresh)

    # -- who ------------------------------------------------------------------------------

    def test_administrators_run_it_by_hand_and_others_do_not(self):
        self._hours_ago(self.site, 25)
        for role in ("user", "manager", "auditor"):
            with self.assertRaises(AccessError, msg=role):
                self.control.with_user(self._create_user(role, f"t_c_{role}")).action_run()
        self.control.with_user(self._create_user("admin")).action_run()
        self.assertEqual(len(self._findings()), 1)
        action = self.control.with_user(self.manager).action_open_findings()
        found = self.env["ops.exception"].search(action["domain"])
        self.assertEqual((found, self.control.finding_count), (self._findings(), 1))

    def test_wrong_configuration_is_refused_naming_the_field(self):
        field = self.env["ir.model.fields"]._get("res.partner", "write_date")
        events = self.env["ir.model"]._get_id("ops.event")
        exceptions = self.env["ir.model"]._get_id("ops.exception")
        for words, values in (
            ("Looks at", {"model_id": events}),
            ("Looks at", {"model_id": exceptions}),
            ("In the state: say", {"domain": "[]"}),
            ("In the state", {"domain": "x"}),
            ("In the state.*does not fit", {"domain": "[('x', '=', 1)]"}),
            ("Since", {"date_field_id": field.id}),
            ("Site: .*belongs to", {"company_id": self.other_company.id, "site_id": self.site.id}),
        ):
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words):
                with self.env.cr.savepoint():
                    self._control(code="T-02", **values)

    def test_who_writes_it_must_be_allowed_to_read_what_it_looks_at(self):
        admin = self._create_user("admin")
        controls = self.controls.with_user(admin)
        values = self.control.copy_data({"company_id": self.company.id})[0]
        controls.create(values)
        logging = self.env["ir.model"]._get("ir.logging")
        with self.assertRaisesRegex(AccessError, "you may not read"):
            controls.create(
                {"name": "Log", "code": "T-03", "model_id": logging.id}
                | {"domain": "[('name', '=', 'x')]", "category_id": values["category_id"]}
            )

    def test_with_findings_it_is_archived_instead_of_deleted(self):
        self._hours_ago(self.site, 25)
        self.control._run()
        with self.assertRaisesRegex(UserError, "Archive it"), self.env.cr.savepoint():
            self.control.unlink()
        self._control(code="T-02").unlink()

    def test_it_is_set_up_in_its_form(self):
        admin = new_test_user(
            self.env, "t_form", groups="healthcare_ops_automation.group_ops_admin"
        )
        with Form(self.controls.with_user(admin)) as form:
            form.name = "Imaging"
            form.code = "T-09"
            form.model_id = self.env["ir.model"]._get("ops.site")
            self.assertEqual(form.date_field_id.name, "write_date")
            form.domain = "[('kind', '=', 'imaging')]"
        self.assertEqual(form.record.user_id, admin)
        self.assertEqual(form.record.last_result, "It has not run yet.")
