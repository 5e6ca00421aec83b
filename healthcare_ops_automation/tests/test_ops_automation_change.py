from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .by_hand import ByHandCase


@tagged("post_install", "-at_install")
class TestOpsAutomationChange(ByHandCase):
    """What becomes of the real thing when its entry changes while it is off."""

    def test_an_entry_that_holds_something_off_is_neither_deleted_nor_turned_to_something_else(
        self,
    ):
        cron, other = self._create_cron(), self._create_cron(name="T other")
        automation = self._enter("cron", cron)
        self._switch(automation, "off")
        for change in (automation.unlink, lambda: automation.write({"cron_id": other.id})):
            with self.assertRaisesRegex(UserError, "switch it on first"):
                change()
        automation.write({"cron_id": cron.id, "risk": "low"})
        self.assertTrue(automation.sudo().switch_memory, "nothing has changed about what it is")
        self._switch(automation, "on")
        automation.cron_id = other
        automation.unlink()
        self.assertTrue(cron.active and other.active)

    def test_an_entry_with_a_fallback_is_neither_deleted_archived_nor_turned_to_something_else(
        self,
    ):
        rule = self._create_rule()
        automation = self._enter("rule", rule)
        fallback = self._begin(automation)
        other = self._create_rule("Other")
        for change in (
            automation.unlink,
            lambda: automation.write({"rule_id": other.id}),
            lambda: automation.write({"active": False}),
        ):
            with self.assertRaisesRegex(UserError, "end it first"):
                change()
        self._finish(fallback)
        self.assertTrue(rule.active)
        automation.active = False
        automation.unlink()
        self.assertFalse(fallback.automation_id)

    def test_an_entry_of_something_deleted_may_go_and_its_fallback_ends(self):
        cron = self._create_cron()
        automation = self._enter("cron", cron)
        fallback = self._begin(automation)
        cron.unlink()
        self.env.invalidate_all()
        self.assertEqual(automation.state, "gone")
        self._finish(fallback)
        self.assertEqual(fallback.state, "closed")
        automation.unlink()

    def test_a_rule_that_loses_its_action_while_off_comes_back_on(self):
        rule = self._create_rule(actions=("One", "Two"))
        one, two = rule.action_server_ids
        automation = self._enter("action", one)
        self._switch(automation, "off", understood=True)
        one.base_automation_id = False
        self._switch(automation, "on")
        self.assertTrue(rule.active, "the switch turned it off, so the switch turns it on")
        self.assertEqual(rule.action_server_ids, two)

    def test_who_switched_it_and_why_is_written_by_the_switch_alone(self):
        automation = self._enter("cron", self._create_cron())
        self._switch(automation, "off", "It misbehaves.")
        for values in (
            {"off_reason": "Nothing"},
            {"switched_off_by_id": self.user.id},
            {"switched_off_at": False},
        ):
            with self.assertRaisesRegex(UserError, "switch", msg=values):
                automation.with_user(self.admin).write(values)
        self.assertEqual(automation.off_reason, "It misbehaves.")

    def test_the_rule_of_a_service_level_is_switched_with_its_policy(self):
        policy = self.env["ops.sla.policy"].search([], limit=1)
        rule = self.env["base.automation"].search(
            [("ops_sla_policy_id", "=", policy.id), ("active", "in", (True, False))]
        )
        self.assertTrue(rule)
        administrator = self._create_user("admin", "t_system")
        administrator.group_ids += self.env.ref("base.group_system")
        administrator.company_ids = self.env["res.company"].search([("active", "=", True)])
        with self.assertRaisesRegex(UserError, "belongs to the service-level policy"):
            self.env["ops.automation"].with_user(administrator).create(
                {"name": "Clocks", "code": "t_clocks", "kind": "rule", "rule_id": rule.id}
            )

    def test_the_runbook_of_an_automation_stays_in_its_company(self):
        self._enter("cron", self._create_cron(), runbook_id=self.runbook.id)
        with self.assertRaisesRegex(ValidationError, "of another company"):
            self.runbook.company_id = self.other_company
