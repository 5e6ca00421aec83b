from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import config

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from ..core.health import DEGRADED, FAILING, OK
from .common import HealthMixin


@tagged("post_install", "-at_install")
class TestHealth(HealthMixin, TransactionCase):
    def test_a_sound_database_is_healthy_throughout(self):
        report = self.health._public_report()
        self.assertEqual(report["status"], OK, report)
        self.assertEqual([check["name"] for check in report["checks"]], self.health._checks())

    def test_too_few_threads_degrade_and_say_what_to_set(self):
        with patch.dict(config.options, {"max_cron_threads": 4}):
            check = self.check("cron_threads")
        self.assertEqual(check.status, DEGRADED)
        self.assertIn("max_cron_threads = 5", check.advice)

    def test_a_scheduled_action_switched_off_fails(self):
        self.crons[0].active = False
        check = self.check("scheduled_actions")
        self.assertEqual(check.status, FAILING)
        self.assertIn(self.crons[0].cron_name, check.detail)

    def test_an_overdue_scheduled_action_fails(self):
        self.crons[0].nextcall = fields.Datetime.now() - timedelta(seconds=299)
        self.assertEqual(self.check("scheduled_actions").status, OK)
        self.crons[0].nextcall = fields.Datetime.now() - timedelta(seconds=302)
        check = self.check("scheduled_actions")
        self.assertEqual(check.status, FAILING)
        self.assertIn("5 minutes", check.detail)

    def test_the_last_run_is_told(self):
        self.crons[0].lastcall = fields.Datetime.now() - timedelta(minutes=3)
        self.crons[1:].lastcall = False
        self.assertIn("3 minutes ago", self.check("scheduled_actions").detail)

    def test_a_lane_within_its_threshold_is_healthy(self):
        self.make_delivery("critical", age=50)
        check = self.check("lane_critical")
        self.assertEqual(check.status, OK)
        self.assertIn("Not delivered yet: 1", check.detail)

    def test_a_late_critical_delivery_fails_and_the_others_degrade(self):
        for lane, age, status in (
            ("critical", 62, FAILING),
            ("standard", 302, DEGRADED),
            ("bulk", 3602, DEGRADED),
        ):
            with self.subTest(lane=lane):
                self.make_delivery(lane, age=age)
                check = self.check(f"lane_{lane}")
                self.assertEqual(check.status, status)
                self.assertTrue(check.advice)

    def test_a_retried_delivery_is_still_on_its_way(self):
        self.make_delivery("critical", state="retrying", age=90)
        self.assertEqual(self.check("lane_critical").status, FAILING)

    def test_replayed_delivery_is_late_from_when_it_is_due_again(self):
        delivery = self.make_delivery("critical", age=300_000)
        now = fields.Datetime.now()
        delivery.write({"replayed_at": now, "next_attempt_at": now + timedelta(hours=1)})
        self.assertEqual(self.check("lane_critical").status, OK)
        delivery.next_attempt_at = now - timedelta(seconds=90)
        self.assertEqual(self.check("lane_critical").status, FAILING)
        delivery.next_attempt_at = now
        self.make_delivery("critical", age=90)
        self.assertEqual(self.check("lane_critical").status, FAILING)

    def test_what_is_settled_is_not_on_its_way(self):
        for state in ("delivered", "skipped", "dead"):
            self.make_delivery("critical", state=state, age=90)
        self.assertEqual(self.check("lane_critical").status, OK)

    def test_what_a_person_paused_is_not_late(self):
        self.make_delivery("critical", age=90, endpoint=self.make_endpoint(state="paused"))
        self.assertEqual(self.check("lane_critical").status, OK)

    def test_what_test_mode_holds_is_not_late(self):
        self.make_delivery("critical", age=90, endpoint=self.make_endpoint(test_mode=True))
        self.assertEqual(self.check("lane_critical").status, OK)

    def test_what_a_broken_receiver_holds_is_late(self):
        self.make_delivery("critical", age=90, endpoint=self.make_endpoint(state="broken"))
        self.assertEqual(self.check("lane_critical").status, FAILING)

    def test_a_threshold_can_be_set_and_a_broken_one_is_the_default(self):
        self.make_delivery("standard", age=100)
        parameters = self.env["ir.config_parameter"]
        for value, status in (("90", DEGRADED), ("110", OK), ("soon", OK), ("0", OK)):
            with self.subTest(value=value):
                parameters.set_param("healthcare_ops_monitoring.waiting_standard_seconds", value)
                self.assertEqual(self.check("lane_standard").status, status)

    def test_broken_endpoint_degrades_and_what_waits_for_it_is_late(self):
        self.assertEqual(self.check("endpoints").status, OK)
        endpoint = self.make_endpoint()
        self.make_delivery("critical", age=62, endpoint=endpoint)
        endpoint.state = "broken"
        check = self.check("endpoints")
        self.assertEqual((check.status, check.detail), (DEGRADED, "Broken endpoints: 1."))
        self.assertEqual(check.action["domain"], [("id", "in", endpoint.ids)])
        self.assertEqual(self.check("lane_critical").status, FAILING)

    def test_held_deliveries_are_said(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("healthcare_ops_automation.hold_deliveries", "1")
        self.env.flush_all()
        check = self.check("endpoints")
        self.assertEqual(check.status, DEGRADED)
        self.assertIn("held", check.detail)

    def test_dead_letters_degrade_and_are_counted(self):
        self.make_delivery(state="dead")
        self.make_delivery(state="dead")
        check = self.check("dead_deliveries")
        self.assertEqual(check.status, DEGRADED)
        self.assertIn("2", check.detail)

    def test_a_neutralized_copy_is_said_and_explains_the_rest(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.crons.active = False
        self.assertEqual(self.check("neutralized").status, DEGRADED)
        self.assertEqual(self.check("scheduled_actions").status, DEGRADED)

    def test_a_check_that_raises_fails_alone_and_keeps_its_error_to_the_log(self):
        with (
            self.broken_check(ValueError("password=hunter2")),
            claim_log(
                "odoo.addons.healthcare_ops_monitoring", "ERROR", "health check 'database' raised"
            ),
        ):
            report = self.health._public_report()
        self.assertEqual(report["status"], FAILING)
        self.assertNotIn("hunter2", str(report))
        self.assertEqual({check["status"] for check in report["checks"][1:]}, {OK})

    def test_a_query_that_fails_does_not_take_the_others_with_it(self):
        def bad_query(health):
            health.env.cr.execute("SELECT no_such_column FROM ops_delivery")

        with (
            patch.object(type(self.health), "_check_database", bad_query),
            claim_log(
                "odoo.addons.healthcare_ops_monitoring", "ERROR", "health check 'database' raised"
            ),
            claim_log("odoo.sql_db", "ERROR", "bad query"),
        ):
            report = self.health._public_report()
        self.assertEqual({check["status"] for check in report["checks"][1:]}, {OK})

    def test_settings_show_the_thresholds_and_keep_what_is_set(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.ops_waiting_critical_seconds, 60)
        settings.ops_waiting_critical_seconds = 45
        settings.set_values()
        self.make_delivery("critical", age=50)
        self.assertEqual(self.check("lane_critical").status, FAILING)
