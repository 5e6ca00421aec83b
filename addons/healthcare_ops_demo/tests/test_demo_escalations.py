from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDemoEscalations(TransactionCase):
    def test_one_escalation_runs_and_one_has_finished(self):
        running = self.env.ref("healthcare_ops_demo.escalation_running")
        finished = self.env.ref("healthcare_ops_demo.escalation_finished")
        self.assertEqual((running.state, running.step_count), ("running", 1))
        self.assertEqual((finished.state, finished.step_count), ("finished", 3))
        self.assertTrue(running.next_step_at > running.started_at)
        for run in running | finished:
            self.assertTrue(run._record())
            self.assertEqual(len(run.log_ids), 1 if run == running else 4)

    def test_building_it_told_nobody(self):
        found = self.env["mail.activity"].search([("res_model", "=", "maintenance.request")])
        self.assertFalse(found.filtered(lambda each: "Take up" in (each.summary or "")))

    def test_its_next_step_is_taken_by_the_engine(self):
        running = self.env.ref("healthcare_ops_demo.escalation_running")
        running.next_step_at = running.started_at
        running.base_at = running.started_at.replace(year=running.started_at.year - 1)
        running.log_ids.happened_at = running.base_at
        self.env.flush_all()
        self.env["ops.escalation"]._execute_batch({})
        latest = running.log_ids.sorted("id")[-1]
        self.assertEqual((latest.step_number, latest.outcome), (2, "done"), latest.result)
        self.assertEqual(running.holder_id.name, latest.whom)

    def test_control_has_findings_with_an_owner_or_a_reason(self):
        control = self.env.ref("healthcare_ops_demo.control_repairs")
        findings = self.env["ops.exception"].search([("control_id", "=", control.id)])
        self.assertEqual(control.last_state, "done")
        self.assertTrue(findings)
        self.assertEqual(control.last_run_id.opened, len(findings))
