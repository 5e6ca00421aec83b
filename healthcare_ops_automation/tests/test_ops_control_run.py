from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .controlling import ControlCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsControlRun(ControlCase):
    """When controls run, what a run costs, and who sets them up."""

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
