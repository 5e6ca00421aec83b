from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "browser")
class TestTourEscalation(HttpCase):
    """An administrator builds “a delayed purchase order escalates” from nothing, without code.

    Between the two visits time goes by: the scheduled actions are called by the test, because
    they would commit.
    """

    def _time_passes(self, now):
        """Odoo's own scheduled action finds late orders, and the engine takes the steps."""
        rule = self.env["base.automation"].search([("name", "=", "Tour orders that wait")])
        self.addCleanup(rule._unregister_hook)
        rule.last_run = now - timedelta(days=30)
        rules = self.env["base.automation"]
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", lambda *a, **k: 1),
            patch.object(self.env.cr, "now", lambda: now),
        ):
            rules._cron_process_time_based_actions()
        with patch.object(self.registry["ops.worker"], "_commit", lambda self, processed=0: None):
            with freeze_time(now + timedelta(days=4)):
                self.env["ops.escalation"]._cron_execute()

    def test_delayed_purchase_order_escalates_without_code(self):
        admin = new_test_user(
            self.env,
            "tour_admin",
            name="Tour Administrator",
            groups="base.group_system,purchase.group_purchase_manager,"
            "healthcare_ops_automation.group_ops_admin,"
            "healthcare_ops_automation.group_ops_manager",
        )
        buyer = new_test_user(
            self.env, "tour_buyer", name="Tour Buyer", groups="purchase.group_purchase_user"
        )
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Slow vendor"}).id,
                "user_id": buyer.id,
                "date_order": fields.Datetime.now() - timedelta(days=5),
            }
        )
        self.start_tour(
            "/odoo/action-healthcare_ops_automation.ops_exception_action",
            "healthcare_ops_supply.escalation_built",
            login=admin.login,
        )
        policy = self.env["ops.escalation.policy"].search(
            [("name", "=", "Tour order waits too long")]
        )
        self.assertEqual(policy.create_uid, admin)
        self.assertIn("purchase", policy.stop_domain)
        self.assertEqual(policy.step_ids.mapped("kind"), ["activity", "line"])
        now = fields.Datetime.now()
        self._time_passes(now)
        run = self.env["ops.escalation"].search(
            [("policy_id", "=", policy.id), ("res_id", "=", order.id)]
        )
        self.assertEqual((run.state, run.step_count), ("running", 1), run.last_error)
        activity = order.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (buyer, f"Order {order.name}"))
        self.start_tour(
            f"/odoo/purchase.order/{order.id}",
            "healthcare_ops_supply.escalation_seen",
            login=admin.login,
        )
        self.assertEqual(run.state, "stopped")
