from contextlib import ExitStack
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .escalating import EscalationCase
from .log_claims import claim_log

LOGGER = "odoo.addons.healthcare_ops_automation"


@tagged("post_install", "-at_install")
class TestEscalationRobust(EscalationCase):
    """What nobody foresaw in one escalation holds up no other; what one administrator sets up
    works where that administrator works."""

    def _two(self, *steps):
        broken = self._policy(*steps)._start(self._waiting(name="a"), "late")
        return broken, self._policy({})._start(self._waiting(name="b"), "late")

    def test_a_due_time_that_cannot_be_told_ends_its_run_alone_and_is_told_of(self):
        broken, fine = self._two({}, {})
        steps = broken.version_id.plan["steps"]
        steps[1]["delay"] = 10**13  # seconds: far beyond any date
        broken.version_id.plan = {**broken.version_id.plan, "steps": steps}
        self.env.flush_all()
        claims = ("Step of escalation", 3), ("cannot go on", 1)
        with ExitStack() as stack:
            for regex, count in claims:
                stack.enter_context(claim_log(LOGGER, "WARNING", regex, count))
            for _again in range(4):
                self._pass(hours=1)
        self.assertEqual(fine.state, "finished")
        self.assertEqual(broken.state, "failed")
        self.assertIn("OverflowError", broken.end_reason)
        told = self.env["ops.exception"].search(
            [("cause_key", "=", f"escalation:{broken.policy_id.id}")]
        )
        self.assertIn("OverflowError", told.reason)

    def test_a_plan_that_cannot_be_counted_at_all_is_told_of_and_stops_no_other(self):
        broken, fine = self._two({})
        steps = broken.version_id.plan["steps"]
        steps[0]["delay"] = 10**13
        broken.version_id.plan = {**broken.version_id.plan, "steps": steps}
        self.env.flush_all()
        with claim_log(LOGGER, "WARNING", "Step of escalation"):
            for _again in range(4):
                self._pass(hours=1)
        self.assertEqual((fine.state, broken.state), ("finished", "failed"))

    def test_failed_starts_that_cannot_be_told_of_hold_up_nobody_s_steps(self):
        policy = self._policy({})
        with patch.object(type(policy), "_start", side_effect=ZeroDivisionError("no")):
            policy._start_guarded(self._waiting(), "late")
        fine = self._policy({})._start(self._waiting(name="b"), "late")
        with patch.object(self.registry["ops.escalation"], "_tell", side_effect=ZeroDivisionError):
            with claim_log(LOGGER, "ERROR", "A step of"):
                with patch.object(self.registry["ops.worker"], "_roll_back", lambda self: None):
                    self._pass(hours=1)
        self.assertEqual(fine.state, "finished")

    # -- companies ------------------------------------------------------------------------

    def test_a_policy_of_every_company_needs_somebody_allowed_in_all(self):
        admin = self._create_user("admin")
        policies = self.env["ops.escalation.policy"].with_user(admin)
        shared = self._policy({})
        for change in (
            lambda: shared.with_user(admin).write({"hours": "site"}),
            lambda: shared.step_ids.with_user(admin).write({"delay_hours": 2}),
            lambda: shared.step_ids.with_user(admin).unlink(),
            lambda: self._policy({}, env=policies.env, company_id=False),
            lambda: shared.with_user(admin).write({"company_id": self.other_company.id}),
        ):
            with self.assertRaisesRegex(UserError, "Company"), self.env.cr.savepoint():
                change()
        ours = self._policy({}, env=policies.env)
        self.assertEqual(ours.company_id, admin.company_id)
        ours.write({"step_ids": [Command.update(ours.step_ids.id, {"delay_hours": 2})]})
        self.assertEqual(ours.version, 2)
