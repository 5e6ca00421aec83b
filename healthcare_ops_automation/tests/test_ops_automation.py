from contextlib import closing

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .by_hand import ByHandCase


@tagged("post_install", "-at_install")
class TestOpsAutomation(ByHandCase):
    def test_each_kind_is_switched_off_and_on_and_restored(self):
        event_type = self.type
        endpoint = self._create_endpoint(company_id=self.company.id)
        rule, cron = self._create_rule(), self._create_cron()
        for kind, real, is_on in (
            ("rule", rule, lambda: rule.active),
            ("cron", cron, lambda: cron.active),
            ("endpoint", endpoint, lambda: endpoint.state == "active"),
            ("event_type", event_type, lambda: event_type.active),
        ):
            with self.subTest(kind):
                automation = self._enter(kind, real)
                self.assertEqual((automation.state, is_on()), ("on", True))
                self._switch(automation, "off", "It misbehaves.")
                self.assertEqual((automation.state, is_on()), ("off", False))
                self.assertRegex(automation.state_text, r"^Off since .*: It misbehaves\. \(")
                self._switch(automation, "on", "Mended.")
                self.assertEqual((automation.state, is_on()), ("on", True))
                self.assertFalse(automation.off_reason or automation.sudo().switch_memory)
                for action in ("automation.switched_off", "automation.switched_on"):
                    entry = self._audited(automation, action)
                    self.assertEqual(entry.actor_id, self.manager.id, action)
                notes = " ".join(automation.message_ids.mapped("body"))
                self.assertIn("It misbehaves.", notes)

    def test_an_action_is_off_when_nothing_runs_it_and_comes_back_as_it_was(self):
        rule = self._create_rule(actions=("One", "Two"))
        action = rule.action_server_ids[0]
        cron = self._create_cron(active=False)
        menu = self.env["ir.actions.server"].create(
            {
                "name": "In the menu",
                "model_id": action.model_id.id,
                "state": "code",
                "code": "pass",
                "binding_model_id": action.model_id.id,
            }
        )
        automation, in_menu = self._enter("action", action), self._enter("action", menu)
        by_cron = self._enter("action", cron.ir_actions_server_id)
        self.assertEqual([automation.state, in_menu.state, by_cron.state], ["on", "on", "off"])
        with self.assertRaisesRegex(UserError, "read what stops"):
            self._switch(automation, "off")
        dialog = self.env["ops.automation.switch"].create(
            {"automation_id": automation.id, "decision": "off"}
        )
        self.assertEqual(dialog.also, "Two", "it shares the rule")
        self._switch(automation, "off", understood=True)
        self._switch(in_menu, "off")
        self.assertFalse(rule.active or menu.binding_model_id)
        self.assertEqual([automation.state, in_menu.state], ["off", "off"])
        self._switch(automation, "on")
        self._switch(in_menu, "on")
        self.assertTrue(rule.active)
        self.assertEqual(menu.binding_model_id, action.model_id)

    def test_the_status_tells_the_truth_when_somebody_switches_the_real_thing(self):
        cron = self._create_cron()
        automation = self._enter("cron", cron)
        cron.active = False
        self.assertEqual(automation.state, "off")
        self.assertIn("elsewhere", automation.state_text)
        self._switch(automation, "on")
        self.assertTrue(cron.active)
        self._switch(automation, "off")
        cron.active = True
        self.assertEqual(automation.state, "on")
        self.assertIn("on again elsewhere", automation.state_text)
        off = self.env["ops.automation"].search([("state", "=", "off")])
        self.assertNotIn(automation, off)
        cron.unlink()
        self.env.invalidate_all()
        self.assertEqual(automation.state, "gone")
        self.assertIn(automation, self.env["ops.automation"].search([("state", "=", "gone")]))
        with self.assertRaisesRegex(UserError, "does not exist"):
            self._switch(automation, "off")

    def test_what_was_off_before_stays_off(self):
        rule = self._create_rule()
        other = self._create_rule("Other", active=False)
        parent = rule.action_server_ids
        automation = self._enter("action", parent)
        self._switch(automation, "off")
        self._switch(automation, "on")
        self.assertEqual((rule.active, other.active), (True, False))

    def test_an_endpoint_in_trouble_says_so_and_is_on(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        automation = self._enter("endpoint", endpoint)
        endpoint.sudo().state = "broken"
        self.assertEqual(automation.state, "on")
        self.assertIn("broken", automation.state_text)

    def test_twice_is_refused_in_words(self):
        automation = self._enter("cron", self._create_cron())
        with self.assertRaisesRegex(UserError, "On"):
            self._switch(automation, "on")
        self._switch(automation, "off", "Once.")
        with self.assertRaisesRegex(UserError, "Off since .* Once"):
            self._switch(automation, "off")

    def test_a_lane_is_not_switched_off_without_having_read_what_stops(self):
        lane = self.env.ref("healthcare_ops_automation.automation_deliver_critical")
        self.manager.company_ids = self.env["res.company"].search([("active", "=", True)])
        with self.assertRaisesRegex(UserError, "read what stops"):
            self._switch(lane, "off")
        self.assertEqual(lane.state, "on")
        self._switch(lane, "off", understood=True)
        self.assertFalse(self.env.ref("healthcare_ops_automation.cron_deliver_critical").active)

    def test_a_reason_is_needed(self):
        with self.assertRaisesRegex(UserError, "Reason"):
            self._switch(self._enter("cron", self._create_cron()), "off", "  ")

    def test_managers_and_administrators_switch_and_nobody_else(self):
        automation = self._enter("cron", self._create_cron())
        for role in ("user", "auditor"):
            person = self.user if role == "user" else self._create_user(role)
            with self.assertRaisesRegex(AccessError, "managers and administrators", msg=role):
                automation.with_user(person).action_switch_off()
            self.assertFalse(automation.with_user(person).may_switch)
        with self.assertRaises(AccessError):
            automation.with_user(self._create_user("requester")).action_switch_off()
        self.assertFalse(self.env["base.automation"].with_user(self.manager).has_access("read"))
        self._switch(automation, "off", user=self.admin)
        self._switch(automation, "on", user=self.manager)

    def test_a_dialog_of_a_colleague_does_not_help_who_may_not(self):
        automation = self._enter("cron", self._create_cron())
        action = automation.with_user(self.manager).action_switch_off()
        dialog = self.env["ops.automation.switch"].browse(action["res_id"])
        dialog.reason = "x"
        with self.assertRaises(AccessError):
            dialog.with_user(self.user).action_confirm()
        self.manager.group_ids -= self.env.ref("healthcare_ops_automation.group_ops_manager")
        with self.assertRaises(AccessError):
            dialog.with_user(self.manager).action_confirm()

    def test_a_manager_of_one_site_or_company_does_not_stop_it_for_others(self):
        automation = self._enter("cron", self._create_cron())
        self.manager.ops_site_ids = self.site
        with self.assertRaisesRegex(AccessError, "every site"):
            automation.with_user(self.manager).action_switch_off()
        self.manager.ops_site_ids = False
        automation.company_id = False
        with self.assertRaisesRegex(AccessError, "shared by every company"):
            automation.with_user(self.manager).action_switch_off()
        automation.company_id = self.other_company
        with self.assertRaises(AccessError):
            automation.with_user(self.manager).action_switch_off()

    def test_who_enters_something_must_be_allowed_to_change_it(self):
        cron, values = self._create_cron(), {"name": "x", "code": "t_x", "kind": "cron"}
        entries = self.env["ops.automation"].with_user(self.admin)
        with self.assertRaises(AccessError):
            entries.create({**values, "cron_id": cron.id, "company_id": self.company.id})
        endpoint = self._create_endpoint(company_id=self.company.id)
        entry = entries.create(
            {
                **values,
                "kind": "endpoint",
                "endpoint_id": endpoint.id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(entry.owner_id, self.admin)
        with self.assertRaises(AccessError):
            entry.write({"kind": "cron", "endpoint_id": False, "cron_id": cron.id})

    def test_an_entry_stands_for_one_thing_and_a_thing_has_one_entry(self):
        cron = self._create_cron()
        automation = self._enter("cron", cron)
        with self.assertRaisesRegex(ValidationError, "one thing only"):
            automation.event_type_id = self.type
        with self.assertRaisesRegex(ValidationError, "choose what this entry stands for"):
            automation.kind = "rule"
        with self.assertRaises(ValidationError):
            automation.copy()
        self.user.active = False
        with self.assertRaisesRegex(ValidationError, "is archived"):
            automation.owner_id = self.user

    def test_an_owner_who_left_is_found(self):
        automation = self._enter("cron", self._create_cron(), owner_id=self.user.id)
        self.assertFalse(automation.owner_is_gone)
        self.user.active = False
        self.env.invalidate_all()
        self.assertTrue(automation.owner_is_gone)
        found = self.env["ops.automation"].search([("owner_is_gone", "=", True)])
        self.assertIn(automation, found)

    def test_scheduled_actions_of_the_suite_are_in_the_register(self):
        crons = self.env["ir.model.data"].search(
            [("module", "=like", "healthcare\\_ops\\_%"), ("model", "=", "ir.cron")]
        )
        entered = self.env["ops.automation"].search([("kind", "=", "cron")]).cron_id
        self.assertEqual(set(crons.mapped("res_id")) - set(entered.ids), set())

    def test_an_operations_user_reads_the_register_without_rights_on_what_it_stands_for(self):
        rule = self._create_rule("Secret rule")
        seen = self._enter("rule", rule).with_user(self.user)
        self.assertEqual((seen.state, seen.subject), ("on", "Automation rule: Secret rule"))
        with self.assertRaises(AccessError):
            seen.read(["rule_id"])
        form = seen.get_view(view_type="form")["arch"]
        self.assertNotIn('name="rule_id"', form)


@tagged("post_install", "-at_install")
class TestOpsAutomationConcurrency(ByHandCase):
    def test_of_two_who_switch_at_once_one_is_told_to_look_again(self):
        with closing(self.registry.cursor()) as first, closing(self.registry.cursor()) as second:
            one = api.Environment(first, SUPERUSER_ID, {})
            two = api.Environment(second, SUPERUSER_ID, {})
            cron = one["ir.cron"].create(
                {
                    "name": "T busy",
                    "model_id": one["ir.model"]._get_id("ops.site"),
                    "state": "code",
                    "code": "pass",
                    "interval_number": 1,
                    "interval_type": "days",
                }
            )
            entry = one["ops.automation"].create(
                {
                    "name": "Busy",
                    "code": "t_busy",
                    "kind": "cron",
                    "cron_id": cron.id,
                    "owner_id": one.ref("base.user_admin").id,
                }
            )
            self.addCleanup(self._remove, entry.id, cron.id)
            first.commit()
            same = two["ops.automation"].browse(entry.id)
            entry._switch_off("First.")
            first.flush()
            with self.assertRaisesRegex(UserError, "Somebody else is switching"):
                same._switch_off("Second.")
            second.rollback()
            first.commit()
            two.invalidate_all()
            with self.assertRaisesRegex(UserError, "Off since .* First"):
                same._switch_off("Second.")
            second.rollback()

    def _remove(self, entry_id, cron_id):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["ir.cron"].browse(cron_id).unlink()
            env["ops.automation"].browse(entry_id).unlink()
