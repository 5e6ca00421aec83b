from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..core.health import DEGRADED, FAILING, OK
from .common import HealthMixin


@tagged("post_install", "-at_install")
class TestHealthEscalation(HealthMixin, TransactionCase):
    def test_switched_off_it_fails(self):
        for name, cron in (
            ("escalations", "cron_execute_escalations"),
            ("controls", "cron_run_controls"),
        ):
            with self.subTest(name):
                self.assertEqual(self.check(name).status, OK)
                self.env.ref(f"healthcare_ops_automation.{cron}").active = False
                check = self.check(name)
                self.assertEqual(check.status, FAILING)
                self.assertIn("Switched off", check.detail)

    def test_a_control_that_is_not_run_is_told(self):
        control = self.env["ops.control"].create(
            {
                "name": "Late",
                "code": "T-LATE",
                "model_id": self.env["ir.model"]._get_id("ops.site"),
                "domain": "[('kind', '=', 'office')]",
            }
        )
        for minutes, status in ((14, OK), (16, DEGRADED)):
            control.next_run_at = fields.Datetime.now() - timedelta(minutes=minutes)
            self.assertEqual(self.check("controls").status, status)
        self.assertIn("1 are late, the oldest by 16 minutes", self.check("controls").detail)
