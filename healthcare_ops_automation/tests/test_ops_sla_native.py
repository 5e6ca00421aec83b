from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .service_levels import CLOSED, SlaCase


@tagged("post_install", "-at_install")
class TestStartClockAction(SlaCase):
    """The server action “Start Service-Level Clock”, and Odoo's own ways around clocks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["ir.model"]._get("ops.exception")

    def _action(self, policy, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Start",
                "model_id": self.model.id,
                "state": "ops_start_clock",
                "ops_sla_policy_id": policy.id,
                **values,
            }
        )

    def _run(self, action, records, user=None):
        context = {"active_model": records._name, "active_ids": records.ids}
        context["active_id"] = records[:1].id
        action.with_user(user or self.env.user).with_context(**context).run()

    def test_starts_a_clock_for_each_record_unless_one_runs(self):
        policy = self._policy(start_on="action")
        action = self._action(policy)
        records = self._raise() + self._raise()
        self._run(action, records)
        clocks = self._clock(records[0]) + self._clock(records[1])
        self.assertEqual(clocks.mapped("state"), ["running", "running"])
        self._run(action, records)
        self.assertEqual(self.clocks.search_count([("policy_id", "=", policy.id)]), 2)
        self._close(records[0])
        self.assertEqual(clocks.mapped("state"), ["met", "running"])

    def test_a_start_in_vain_is_told_of_because_nothing_would_try_it_again(self):
        policy = self._policy(start_on="action")
        action, records = self._action(policy), self._raise() + self._raise()
        with patch.object(type(self.clocks), "_insert", side_effect=ZeroDivisionError("no luck")):
            self._run(action, records)
        told = self.env["ops.exception"].search([("category_id.code", "=", "service_level")])
        self.assertEqual(len(told), 2)
        self.assertIn("no luck", told[0].reason)
        self.assertEqual(told.mapped("res_id"), [policy.id, policy.id])

    def test_a_record_without_company_that_was_to_be_measured_is_told_of(self):
        policy = self._policy(
            model_id=self.env["ir.model"]._get_id("res.partner"),
            start_on="action",
            domain="[]",
            stop_domain="[('active', '=', False)]",
            pause_domain=False,
        )
        action = self._action(policy, model_id=policy.model_id.id)
        self._run(action, self.env["res.partner"].create({"name": "Shared", "company_id": False}))
        told = self.env["ops.exception"].search([("category_id.code", "=", "service_level")])
        self.assertIn("belongs to no company", told.reason)

    def test_does_not_start_what_has_reached_its_goal(self):
        action = self._action(self._policy(start_on="action"))
        record = self._raise()
        self._close(record)
        self._run(action, record)
        self.assertFalse(self._clock(record))

    def test_in_an_automation_rule_an_administrator_starts_it_without_code(self):
        policy = self._policy(start_on="action")
        self.env["base.automation"].create(
            {
                "name": "Severe ones are watched",
                "model_id": self.model.id,
                "trigger": "on_create_or_write",
                "filter_domain": "[('severity', '=', 'critical')]",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Start",
                            "model_id": self.model.id,
                            "state": "ops_start_clock",
                            "ops_sla_policy_id": policy.id,
                            "usage": "base_automation",
                        }
                    )
                ],
            }
        )
        record = self._raise()
        self.assertFalse(self._clock(record))
        record.severity = "critical"
        self.assertEqual(self._clock(record).state, "running")

    def test_the_action_fits_its_policy(self):
        policy = self._policy()
        with self.assertRaisesRegex(ValidationError, "choose the policy"), self.env.cr.savepoint():
            self._action(policy, ops_sla_policy_id=False)
        with self.assertRaisesRegex(ValidationError, "runs on"):
            self._action(policy, model_id=self.env["ir.model"]._get_id("res.partner"))

    def test_its_name_says_which_clock(self):
        action = self._action(self._policy(name="Repairs"))
        action.name = False
        self.assertEqual(action._generate_action_name(), "Start clock of Repairs")

    def test_who_works_needs_no_right_to_read_policies(self):
        self._policy()
        exception = self._raise()
        requester = self._create_user("requester")
        self.env["ir.model.access"].create(
            {
                "name": "t",
                "model_id": self.model.id,
                "group_id": self.env.ref("healthcare_ops_automation.group_ops_requester").id,
                "perm_read": True,
                "perm_write": True,
            }
        )
        code = self.env["ops.exception.resolution"].search([], limit=1)
        values = {"state": "resolved", "resolution": "Mended.", "resolution_id": code.id}
        exception.with_user(requester).write(values)
        self.assertEqual(self._clock(exception).state, "met")

    def test_a_rolled_back_change_leaves_no_clock(self):
        self._policy()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            exception = self._raise()
            self.assertTrue(self._clock(exception))
            raise ZeroDivisionError
        self.assertFalse(self.clocks.search([("res_id", "=", exception.id)]))

    def test_another_rule_s_change_in_the_same_work_is_followed_too(self):
        self._policy(stop_domain=CLOSED)
        self.env["base.automation"].create(
            {
                "name": "Closes what is low",
                "model_id": self.model.id,
                "trigger": "on_create_or_write",
                "filter_domain": "[('severity', '=', 'low')]",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Close",
                            "model_id": self.model.id,
                            "state": "code",
                            "code": "records.write({'state': 'accepted', 'resolution': 'Low'})",
                            "usage": "base_automation",
                        }
                    )
                ],
            }
        )
        exception = self._raise()
        exception.severity = "low"
        self.assertEqual(exception.state, "accepted")
        self.assertEqual(self._clock(exception).state, "met")
