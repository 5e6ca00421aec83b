from odoo.tests import tagged

from .escalating import EscalationCase


@tagged("post_install", "-at_install")
class TestEscalationScale(EscalationCase):
    """A thousand at once cost a few queries each, and little besides."""

    def _counted(self, work):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _partners(self, count):
        return self.env["res.partner"].create(
            [{"name": f"Late {n}", "company_id": self.company.id} for n in range(count)]
        )

    def _started(self, count):
        policy = self._policy(
            {
                "kind": "message",
                "recipient": "followers",
                "text": "x",
                "condition_domain": "[('ref', '=', 'never')]",
            },
            {"kind": "message", "recipient": "followers", "text": "x", "delay_hours": 5},
            model="res.partner",
            hours="site",
            stop_domain="[('ref', '=', 'answered')]",
        )
        partners = self._partners(count)
        queries = self._counted(lambda: policy._start(partners, "late"))
        return queries, self.runs.search([("policy_id", "=", policy.id)])

    def test_starting_many_costs_no_more_queries_than_starting_a_few(self):
        few, _runs = self._started(10)
        many, runs = self._started(300)
        self.assertEqual(len(runs), 300)
        self.assertLess(many, few + 10)

    def test_a_thousand_due_escalations_cost_a_few_queries_each(self):
        _queries, runs = self._started(1000)
        # Hours of the company: whatever they are, all of them are due by then.
        self.env.cr.execute("UPDATE ops_escalation SET next_step_at = started_at - interval '1 s'")
        self.env.invalidate_all()
        queries = self._counted(lambda: self._pass(days=9))
        self.assertEqual(set(runs.log_ids.mapped("outcome")), {"skipped"})
        self.assertEqual(len(runs.log_ids), 1000)
        self.assertEqual(set(runs.mapped("state")), {"running"})
        self.assertLess(queries / 1000, 9)
