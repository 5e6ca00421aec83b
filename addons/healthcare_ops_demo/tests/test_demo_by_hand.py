from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDemoByHand(TransactionCase):
    def test_each_automation_has_an_owner_who_works_here_and_is_on(self):
        entries = self.env["ops.automation"].search([])
        self.assertGreater(len(entries), 8)
        self.assertFalse(entries.filtered("owner_is_gone"))
        self.assertEqual(set(entries.mapped("state")), {"on"})

    def test_the_past_fallback_is_closed_and_its_list_settled(self):
        fallback = self.env.ref("healthcare_ops_demo.fallback_platform_moved")
        self.assertEqual((fallback.state, fallback.open_count), ("closed", 0))
        self.assertEqual(fallback.item_count, 4)
        self.assertLess(fallback.since, fallback.until)
        self.assertFalse(self.env["ops.fallback"].search([("state", "!=", "closed")]))

    def test_both_runbooks_have_steps_and_a_form(self):
        runbooks = self.env["ops.runbook"].search([])
        self.assertEqual(sorted(runbooks.mapped("code")), ["SUP-01", "SUP-02"])
        for runbook in runbooks:
            self.assertTrue(runbook.step_ids and runbook.line_ids)
            self.assertEqual(runbook.version, 1)
