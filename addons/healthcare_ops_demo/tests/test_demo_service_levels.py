from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDemoServiceLevels(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("healthcare_ops_demo.sla_policy_exceptions")

    def test_clocks_are_running_at_risk_breached_paused_and_met(self):
        clocks = self.policy.clock_ids
        running = clocks.filtered(lambda each: each.state == "running")
        late = running.filtered("breached_at")
        self.assertTrue(late)
        self.assertTrue((running - late).filtered("is_at_risk"))
        self.assertTrue(running.filtered(lambda each: not each.is_at_risk))
        self.assertLessEqual({"running", "paused"}, set(clocks.mapped("state")))
        self.assertTrue({"met", "breached"} & set(clocks.mapped("state")))

    def test_building_the_network_told_nobody(self):
        told = [("type_code", "=like", "sla.clock.%")]
        self.assertFalse(self.env["ops.event"].search(told, limit=1))

    def test_records_and_clocks_agree(self):
        for find in (self.policy._differing, self.policy._missing):
            self.assertEqual(find(0), [], find.__name__)
