from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import tagged

from .escalating import EscalationCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsEscalationFailure(EscalationCase):
    """Steps that fail, conflicts, and what is never done twice."""

    def _broken(self, *steps):
        """A run whose first step refers to what is gone."""
        template = self.env["mail.template"].create(
            {"name": "Gone", "model_id": self.env["ir.model"]._get_id("ops.exception")}
        )
        policy = self._policy({"kind": "email", "template_id": template.id}, *steps)
        run = policy._start(self._waiting(), "late")
        policy.step_ids[0].unlink()
        template.unlink()
        return run

    def test_a_step_that_fails_is_tried_again_then_given_up_told_of_and_passed(self):
        run = self._broken({})
        self._pass(hours=1)
        self.assertEqual(self._told(run), [(1, 0, "retry")])
        self.assertEqual(run.next_step_at, self.now + timedelta(minutes=5))
        self._pass(minutes=5)
        self.assertEqual(run.next_step_at, self.now + timedelta(minutes=15))
        self._pass(minutes=15)
        self.assertEqual(self._told(run)[2:], [(1, 0, "failed")])
        exception = self.env["ops.exception"].search(
            [("cause_key", "=", f"escalation:{run.policy_id.id}")]
        )
        self.assertEqual((exception.res_model, exception.res_id), ("ops.escalation", run.id))
        self.assertIn("does not exist any more", exception.reason)
        self.assertEqual(run.state, "running")
        self._pass(hours=1)
        self.assertEqual(self._told(run)[3:], [(2, 0, "done")])
        self.assertEqual(run.state, "failed")
        self._pass(hours=1)
        self.assertEqual(exception.occurrence_count, 1)

    def test_a_failure_stops_no_other_run_and_leaves_nothing_behind(self):
        policy = self._policy({"kind": "reassign", "recipient": "site_manager"})
        first, second = self._waiting(name="a"), self._waiting(name="b")
        runs = policy._start(first | second, "late")
        model = type(first)
        write = model.write

        def fails(exceptions, vals):
            result = write(exceptions, vals)
            if first in exceptions and "user_id" in vals:
                raise ZeroDivisionError
            return result

        with (
            patch.object(model, "write", fails),
            claim_log("odoo.addons.healthcare_ops_automation", "WARNING", "Step of escalation", 1),
        ):
            self._pass(hours=1)
        self.assertEqual((first.user_id, second.user_id), (self.worker, self.boss))
        outcomes = {run.res_id: self._told(run) for run in runs}
        self.assertEqual(outcomes, {first.id: [(1, 0, "retry")], second.id: [(1, 0, "done")]})

    def test_a_filter_that_cannot_be_asked_any_more_is_a_failure_of_its_runs_alone(self):
        policy = self._policy({"condition_domain": "[('severity', '=', 'low')]"})
        run, fine = (
            policy._start(self._waiting(), "x"),
            self._policy({})._start(self._waiting(name="b"), "x"),
        )
        plan = run.version_id.plan
        plan["steps"][0]["condition"] = "[('gone', '=', 1)]"
        run.version_id.plan = {**plan}
        self.env.flush_all()
        self._pass(hours=1)
        self.assertEqual(self._told(run), [(1, 0, "retry")])
        self.assertIn("gone", run.last_error)
        self.assertEqual(fine.state, "finished")

    def test_a_conflict_is_no_failure(self):
        policy = self._policy({"kind": "reassign", "recipient": "site_manager"})
        exception = self._waiting()
        run = policy._start(exception, "late")

        def locked(records, **kwargs):
            raise LockError("in other hands")

        with patch.object(self.registry["ops.exception"], "lock_for_update", locked):
            self._pass(hours=1)
        self.assertEqual((run.log_ids.ids, run.tries), ([], 0))
        self._pass(minutes=1)
        self.assertEqual((exception.user_id, run.state), (self.boss, "finished"))

    def test_a_step_is_never_taken_twice(self):
        policy = self._policy({}, {})
        exception = self._waiting()
        run = policy._start(exception, "late")
        self._pass(hours=1)
        # As if the run had not been told that its step was taken.
        run.write({"next_step_at": fields.Datetime.now() - timedelta(days=1)})
        self._pass()
        self.assertEqual(len(exception.activity_ids), 1)
        with patch.object(type(run), "_progress", lambda self, ids: {id_: [] for id_ in ids}):
            self._pass()
        self.assertEqual((len(exception.activity_ids), len(run.log_ids)), (1, 1))

    def test_a_start_that_fails_lets_the_document_through_and_is_told_of(self):
        policy = self._policy({})
        exception = self._waiting()

        def fails(policy, *args, **kwargs):
            raise ZeroDivisionError("no")

        with patch.object(type(policy), "_start", fails):
            self.assertFalse(policy._start_guarded(exception, "late"))
        run = self.runs.search([("policy_id", "=", policy.id)])
        self.assertEqual((run.state, run.res_id), ("failed", exception.id))
        self._pass()
        told = self.env["ops.exception"].search([("cause_key", "=", f"escalation:{policy.id}")])
        self.assertIn("could not be started: no", told.reason)
        self._pass()
        self.assertEqual(told.occurrence_count, 1)

    def test_log_can_be_neither_changed_nor_deleted(self):
        run = self._policy({})._start(self._waiting(), "late")
        self._pass(hours=1)
        admin = self._create_user("admin")
        with self.assertRaises(AccessError):
            run.log_ids.with_user(admin).write({"result": "x"})
        with self.assertRaises(UserError):
            run.log_ids.unlink()
