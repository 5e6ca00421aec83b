from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged

from ..core.health import DEGRADED, FAILING, OK
from ..models.process.ops_event import PROJECT_CRON
from .common import READERS, ROLES
from .projecting import ProjectingMixin, day


@tagged("post_install", "-at_install")
class TestCase(ProjectingMixin, TransactionCase):
    """Who sees cases, what their pages say, and how long they are kept."""

    def test_roles_read_and_nobody_writes(self):
        self.happen("begun", day(2))
        self.project()
        case = self.cases()
        for role in ROLES:
            user = self.in_role(role)
            for record in (case, case.step_ids):
                with self.subTest(role=role, model=record._name):
                    mine = record.with_user(user)
                    self.assertEqual(mine.has_access("read"), role in READERS)
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(mine.has_access(operation))

    def test_readers_see_their_companies_and_sites(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        here, there = self.make_site("Here"), self.make_site("There")
        self.happen("begun", day(2), record=1, site=here)
        self.happen("begun", day(2), record=2, site=there)
        self.happen("begun", day(2), record=3)
        self.happen("begun", day(2), record=4, company=south)
        self.project()
        everywhere, local = self.in_role("auditor"), self.in_role("manager")
        local.ops_site_ids = here
        southern = self.in_role("manager", south)
        for user, records in ((everywhere, {1, 2, 3}), (local, {1, 3}), (southern, {4})):
            for model, path in (("ops.case", "res_id"), ("ops.case.step", "case_id.res_id")):
                with self.subTest(user=user.login, model=model):
                    found = (
                        self.env[model]
                        .with_user(user)
                        .search([("process_id", "=", self.process.id)])
                    )
                    self.assertEqual(set(found.mapped(path)), records)
        process = self.process.with_user(local)
        self.assertEqual(process.case_count, 2)
        domain = process.action_open_cases()["domain"]
        self.assertEqual(process.env["ops.case"].search_count(domain), 2)

    def test_durations_are_told_in_words(self):
        site = self.make_site("Day")
        self.happen("begun", day(2, 15, 0), site=site)
        self.happen("done", day(3, 9, 15), site=site, automated=True)
        self.project()
        case = self.cases().with_user(self.in_role("manager"))
        self.assertEqual((case.duration, case.working_duration), ("18 h 15 min", "2 h 15 min"))
        first, last = case.timeline["items"]
        self.assertEqual(last["since"], "2 h 15 min working, 18 h 15 min in all")
        self.assertEqual(
            (last["who"], last["icon"], last["site"]), ("Automation", "fa-check", "Day")
        )
        self.assertFalse(first["since"])
        self.assertIn("Record 1", case.display_name)
        with Form(case) as form:
            self.assertEqual(form.record_name, "Record 1")

    def test_an_open_case_tells_its_age(self):
        self.happen("begun", fields.Datetime.now() - relativedelta(hours=3, seconds=30))
        self.project()
        self.assertEqual(self.cases().duration, "3 h")
        # It would end with the last step, and be told beside what goes on until now.
        self.assertFalse(self.cases().working_duration)

    def test_graphs_of_steps_tell_the_average_time(self):
        self.happen("begun", day(2))
        self.happen("passed", day(2, 9))
        self.happen("passed", day(2, 12))
        self.project()
        # What a graph asks for, by the aggregator of the field.
        fields_of = self.env["ops.case.step"].fields_get(["wall_seconds"], ["aggregator"])
        [(seconds,)] = self.env["ops.case.step"]._read_group(
            [("milestone_id", "=", self.milestones["passed"].id)],
            [],
            [f"wall_seconds:{fields_of['wall_seconds']['aggregator']}"],
        )
        self.assertEqual(seconds, (3600 + 3 * 3600) / 2)

    def test_rework_is_seen_on_the_timeline(self):
        self.happen("begun", day(2))
        self.happen("begun", day(3))
        self.project()
        items = self.cases().timeline["items"]
        self.assertEqual([item["rework"] for item in items], [False, True])

    def test_the_case_opens_its_record_and_its_events(self):
        company = self.env.company
        event = self.happen("begun", day(2), record=company.id)
        other = self.make_type("t.projecting.free")
        self.make_event(other)
        self.project()
        case = self.cases(company.id)
        self.assertEqual(case.action_open_record()["res_id"], company.id)
        events = self.env["ops.event"].search(case.action_open_events()["domain"])
        self.assertEqual((events, case.event_count), (event, 1))
        self.assertEqual(case.step_ids.action_open_event()["res_id"], event.id)
        self.happen("begun", day(2), record=99_999_999)
        self.project()
        with self.assertRaisesRegex(UserError, "Record 99999999"):
            self.cases(99_999_999).action_open_record()

    def test_pages_are_for_managers_administrators_and_auditors(self):
        menus = [
            self.env.ref(f"healthcare_ops_monitoring.menu_{name}").id
            for name in ("cases", "case_steps")
        ]
        for role in ("user", "manager", "admin", "auditor"):
            visible = self.env["ir.ui.menu"].with_user(self.in_role(role))._visible_menu_ids()
            for menu in menus:
                self.assertEqual(menu in visible, role in READERS, role)

    def test_filters_of_this_month_can_be_asked(self):
        for model, name in (("ops.case", "opened_at"), ("ops.case.step", "at")):
            self.env[model].search([(name, ">=", "=1d")])

    # -- purge --------------------------------------------------------------------------------

    def _years_ago(self, years, **more):
        return fields.Datetime.now() - relativedelta(years=years, **more)

    def test_closed_cases_go_after_their_years_and_open_ones_stay(self):
        for record, years in ((1, 7), (2, 5)):
            self.happen("begun", self._years_ago(years, days=1), record=record)
            self.happen("done", self._years_ago(years), record=record)
        self.happen("begun", self._years_ago(8), record=3)
        self.project()
        self.env["ops.case"]._gc_cases()
        self.assertFalse(self.cases(1))
        self.assertEqual(self.cases(2).state + self.cases(3).state, "closedopen")

    def test_what_was_purged_does_not_come_back(self):
        self.happen("begun", self._years_ago(8))
        self.happen("done", self._years_ago(7))
        self.happen("begun", self._years_ago(1))
        self.project()
        self.env["ops.case"]._gc_cases()
        self.assertEqual(self.cases().mapped("round"), [2])
        self.process._rebuild()
        self.project()
        self.assertEqual(self.cases().mapped("round"), [2])
        self.happen("passed", self._years_ago(7, days=-1))  # late, about what was purged
        self.project()
        self.assertEqual(self.cases().mapped("round"), [2])
        self.happen("done", self._years_ago(0))
        self.happen("begun", self._years_ago(0), sequence=self._next())
        self.project()
        self.assertEqual(self.cases().mapped("round"), [2, 3])

    def test_a_longer_retention_brings_nothing_back(self):
        self.happen("begun", self._years_ago(8))
        self.happen("done", self._years_ago(7))
        self.project()
        self.env["ops.case"]._gc_cases()
        self.env["res.config.settings"].create({"ops_case_years": 10}).execute()
        self.process._rebuild()
        self.project()
        self.assertFalse(self.cases())

    def test_settings_refuse_less_than_a_year(self):
        self.assertEqual(self.env["res.config.settings"].create({}).ops_case_years, 6)
        with self.assertRaisesRegex(ValidationError, "Cases kept"):
            self.env["res.config.settings"].create({"ops_case_years": 0})

    # -- health -------------------------------------------------------------------------------

    def test_health_tells_how_far_the_process_log_is_behind(self):
        self.assertEqual(self.check("process_log").status, OK)
        now = fields.Datetime.now()
        self._unprojected(now - relativedelta(minutes=4))
        self.assertEqual(self.check("process_log").status, OK)
        self._unprojected(now - relativedelta(minutes=7))
        check = self.check("process_log")
        self.assertEqual(check.status, DEGRADED)
        self.assertIn("Behind by 2 events, the oldest for 7 minutes", check.detail)
        self.project()
        self.assertEqual(self.check("process_log").status, OK)

    def _unprojected(self, sealed_at):
        event = self.happen("begun", sealed_at)
        self.env.flush_all()
        self.env.cr.execute("UPDATE ops_event SET projected = NULL WHERE id = %s", [event.id])

    def test_switched_off_it_fails(self):
        self.env.ref(PROJECT_CRON).active = False
        self.assertEqual(self.check("process_log").status, FAILING)

    def test_what_a_rebuild_puts_back_is_not_late(self):
        self.happen("begun", day(2))
        self.project()
        self.process._rebuild()
        with patch.object(self.env.registry["ops.projector"], "_project_batch", lambda *a: 0):
            self.project()
        self.assertEqual(self.check("process_log").status, OK)

    def test_reading_a_form_of_a_process_tells_that_nothing_ends_it(self):
        self.assertFalse(self.process.has_no_end)
        self.milestones["done"].role = "step"
        self.assertTrue(self.process.has_no_end)
        with self.assertRaises(AccessError):
            self.process.with_user(self.in_role("manager")).action_rebuild()
