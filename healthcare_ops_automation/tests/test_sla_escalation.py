from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .service_levels import SlaCase

MONDAY = (2026, 3, 2, 8)


@tagged("post_install", "-at_install")
class TestSlaEscalation(SlaCase):
    """Clocks start and stop escalations."""

    def _escalation(self, model="ops.exception"):
        activity = self.env.ref("mail.mail_activity_data_todo")
        step = {
            "kind": "activity",
            "delay_hours": 1,
            "activity_type_id": activity.id,
            "recipient": "site_manager",
        }
        return self.env["ops.escalation.policy"].create(
            {
                "name": "Call somebody",
                "model_id": self.env["ir.model"]._get_id(model),
                "hours": "clock",
                "step_ids": [Command.create(step)],
            }
        )

    def _running(self, exception):
        runs = self.env["ops.escalation"].search(
            [("res_model", "=", exception._name), ("res_id", "=", exception.id)]
        )
        return runs.mapped("state")

    def test_a_breach_starts_the_escalation_and_the_end_of_the_clock_ends_it(self):
        self._policy([{"escalation_policy_id": self._escalation().id}])
        with self.at(*MONDAY):
            exception = self._raise()
        self._tick(2026, 3, 2, 15, 30)  # at risk
        self.assertEqual(self._running(exception), [])
        for _again in range(2):
            self._tick(2026, 3, 3, 9)
            self.assertEqual(self._running(exception), ["running"])
        with self.at(2026, 3, 3, 10):
            self._close(exception)
        self.assertEqual(self._running(exception), ["stopped"])

    def test_it_may_start_as_soon_as_the_clock_is_at_risk(self):
        escalated = {"escalation_policy_id": self._escalation().id, "escalate_on": "at_risk"}
        self._policy([escalated])
        with self.at(*MONDAY):
            exception = self._raise()
        self._tick(2026, 3, 2, 15, 30)
        self.assertEqual(self._running(exception), ["running"])

    def test_a_policy_about_other_records_is_refused(self):
        other = self._escalation("res.partner")
        with self.assertRaisesRegex(ValidationError, "about other records"):
            self._policy([{"escalation_policy_id": other.id}])

    def test_a_breach_that_jumped_over_at_risk_escalates_all_the_same(self):
        escalated = {"escalation_policy_id": self._escalation().id, "escalate_on": "at_risk"}
        self._policy([escalated])
        with self.at(*MONDAY):
            exception = self._raise()
        for _again in range(2):  # nobody looked for a day
            self._tick(2026, 3, 3, 9)
            self.assertEqual(self._running(exception), ["running"])

    def test_what_began_at_risk_and_ended_does_not_begin_again_at_the_breach(self):
        escalated = {"escalation_policy_id": self._escalation().id, "escalate_on": "at_risk"}
        self._policy([escalated])
        with self.at(*MONDAY):
            exception = self._raise()
        self._tick(2026, 3, 2, 15, 30)
        self.env["ops.escalation"]._stop(exception, None, "enough")
        self._tick(2026, 3, 3, 9)
        self.assertEqual(self._running(exception), ["stopped"])

    def test_the_end_of_the_clock_ends_it_though_the_target_calls_others_now_or_is_gone(self):
        for change in (
            lambda target: target.write({"escalation_policy_id": self._escalation().id}),
            lambda target: target.write({"escalation_policy_id": False}),
            lambda target: target.unlink(),
        ):
            policy = self._policy([{"escalation_policy_id": self._escalation().id}])
            with self.at(*MONDAY):
                exception = self._raise()
            self._tick(2026, 3, 3, 9)
            change(policy.target_ids)
            with self.at(2026, 3, 3, 10):
                self._close(exception)
            self.assertEqual(self._running(exception), ["stopped"])
            policy.active = False
