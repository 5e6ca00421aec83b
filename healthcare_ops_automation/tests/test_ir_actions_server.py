import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import OpsCase
from .composing import compose


@tagged("post_install", "-at_install")
class TestEmitEventAction(OpsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["ir.model"]._get("ops.site")
        cls.composed = compose(
            cls.env, lines=(("name", {"required": True}), ("manager_id.email", {"key": "contact"}))
        )

    def _action(self, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Tell",
                "model_id": self.model.id,
                "state": "ops_emit_event",
                "ops_event_type_id": self.composed.id,
                **values,
            }
        )

    def _rule(self, trigger="on_create_or_write", **values):
        rule = self.env["base.automation"].create(
            {
                "name": "Tell of sites",
                "model_id": self.model.id,
                "trigger": trigger,
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Tell",
                            "model_id": self.model.id,
                            "state": "ops_emit_event",
                            "ops_event_type_id": self.composed.id,
                            "usage": "base_automation",
                        }
                    )
                ],
                **values,
            }
        )
        self.addCleanup(rule._unregister_hook)
        return rule

    def _events(self):
        return self.events.search([("type_id", "=", self.composed.id)], order="id")

    def _data(self, event):
        return json.loads(event.body)["data"]

    # -- in automation rules --------------------------------------------------------------

    def test_create_and_write_in_one_transaction_are_one_event(self):
        self._rule()
        site = self._create_site("New Clinic", "T-NEW")
        site.name = "Newer Clinic"
        self._commit()
        event = self._events()
        self.assertEqual((event.state, event.res_id), ("sealed", site.id))
        self.assertEqual(self._data(event), {"name": "Newer Clinic", "contact": None})

    def test_rolled_back_savepoint_leaves_no_event(self):
        self._rule()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.site.name = "Gone"
            raise ZeroDivisionError
        self._commit()
        self.assertFalse(self._events())

    def test_import_leaves_its_event_and_a_dry_run_none(self):
        self._rule()
        options = {"quoting": '"', "separator": ",", "has_headers": True}
        # The dry run comes last: it resets the registry, and with it the rule of this test.
        for code, dryrun in (("T-REAL", False), ("T-DRY", True)):
            content = f"name,code\nNew,{code}\n".encode()
            importer = self.env["base_import.import"].create(
                {"res_model": "ops.site", "file": content, "file_type": "text/csv"}
            )
            names = ["name", "code"]
            result = importer.execute_import(names, names, dict(options), dryrun=dryrun)
            self.assertFalse([m for m in result["messages"] if m["type"] == "error"], result)
            self._commit()
            self.assertEqual(len(self._events()), 1)

    def test_nothing_leaves_while_modules_are_installed(self):
        self._rule()
        self._create_endpoint()
        with patch.object(self.registry, "ready", False):
            self.site.name = "Upgraded"
            self._commit()
        self.assertEqual(self._events().state, "sealed")
        self.assertFalse(self._events().delivery_ids)

    def test_deleted_record_can_be_told_of(self):
        about = self.env["ir.model"]._get("resource.calendar")
        self.composed = compose(
            self.env, "test.hours.deleted", "resource.calendar", [("name", {"required": True})]
        )
        self.model = about
        self._rule("on_unlink")
        hours = self.env["resource.calendar"].create(
            {"name": "Old hours", "company_id": self.company.id}
        )
        hours.unlink()
        self._commit()
        self.assertEqual(self._data(self._events())["name"], "Old hours")

    def test_time_based_rule_emits(self):
        rule = self._rule(
            "on_time",
            trg_date_id=self.env["ir.model.fields"]._get("ops.site", "create_date").id,
            trg_date_range=1,
            trg_date_range_type="minutes",
            trg_date_range_mode="after",
            filter_domain=f"[('id', '=', {self.site.id})]",
        )
        rule.last_run = fields.Datetime.now() - timedelta(days=1)
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda cron, *a, **k: 1):
            later = fields.Datetime.now() + timedelta(hours=1)
            with patch.object(self.env.cr, "now", lambda: later):
                self.env["base.automation"]._cron_process_time_based_actions()
        self._commit()
        self.assertEqual(self._events().res_id, self.site.id)

    def test_change_in_a_form_that_is_not_saved_emits_nothing(self):
        with self.assertRaises(ValidationError):  # Odoo allows code only
            self._rule("on_change", on_change_field_ids=[Command.set(self._field("name").ids)])
        action = self._action()
        action.with_context(
            active_model="ops.site", active_id=self.site.id, onchange_self=self.site
        ).run()
        self.assertFalse(self._events())

    def _field(self, name):
        return self.env["ir.model.fields"]._get("ops.site", name)

    def test_document_goes_through_whatever_is_wrong_with_the_event(self):
        self._rule()
        self.composed.field_ids[1].required = True
        self.site.name = "Without manager"
        self._commit()
        event = self._events()
        self.assertEqual((event.state, self.site.name), ("invalid", "Without manager"))
        self.assertIn("Site manager › Email (contact): is required", event.invalid_reason)

    def test_document_goes_through_when_a_field_is_gone(self):
        self._rule()
        self.env.cr.execute(
            "UPDATE ops_event_type_field SET path = 'gone' WHERE id = %s",
            [self.composed.field_ids[0].id],
        )
        self.env.invalidate_all()
        self.site.name = "Renamed"
        self._commit()
        self.assertIn("has no field “gone”", self._events().invalid_reason)

    def test_person_whose_work_causes_the_event_need_not_read_what_it_says(self):
        worker = self._create_user("user")
        with patch.object(self.env["res.company"]._fields["email"], "groups", "base.group_system"):
            self.company.email = "office@example.org"
            self.composed.write({"field_ids": [Command.create({"path": "company_id.email"})]})
            action = self._action(group_ids=[Command.set(self.env.ref("base.group_user").ids)])
            action.with_user(worker).with_context(
                active_model="ops.site", active_id=self.site.id
            ).run()
            self._commit()
        event = self._events()
        self.assertEqual(self._data(event)["email"], "office@example.org")
        self.assertEqual(event.actor_id, worker)

    def test_switched_off_type_and_archived_rule_emit_nothing(self):
        rule = self._rule()
        self.composed.active = False
        self.site.name = "Quiet"
        self._commit()
        self.composed.active = True
        rule.active = False
        self.site.name = "Quieter"
        self._commit()
        self.assertFalse(self._events())

    # -- elsewhere ------------------------------------------------------------------------

    def test_action_menu_emits_for_each_chosen_record(self):
        action = self._action()
        action.create_action()
        sites = self.site | self.other_site
        action.with_context(
            active_model="ops.site", active_ids=sites.ids, active_id=sites[0].id
        ).run()
        self._commit()
        self.assertEqual(self._events().mapped("res_id"), sites.ids)

    def test_scheduled_action_emits_for_each_record_that_matches(self):
        cron = self.env["ir.cron"].create(
            {
                "name": "Tell every morning",
                "model_id": self.model.id,
                "state": "ops_emit_event",
                "ops_event_type_id": self.composed.id,
                "ops_event_domain": "[('code', 'in', ['T-HARBOUR', 'T-HILL']),"
                " ('create_date', '>=', 'today -3d')]",
                "interval_type": "days",
            }
        )
        cron.ir_actions_server_id.run()
        self._commit()
        found = self.env["ops.site"].browse(self._events().mapped("res_id"))
        self.assertEqual(found, self.site | self.other_site)

    def test_scheduled_action_needs_to_be_told_which_records(self):
        values = {
            "name": "Tell every morning",
            "model_id": self.model.id,
            "state": "ops_emit_event",
            "ops_event_type_id": self.composed.id,
        }
        for domain in (False, "[]"):
            with self.assertRaisesRegex(ValidationError, "Records"), self.env.cr.savepoint():
                self.env["ir.cron"].create({**values, "ops_event_domain": domain})

    def test_scheduled_action_is_set_up_in_its_form(self):
        with Form(self.env["ir.cron"]) as form:
            form.name = "Tell every morning"
            form.model_id = self.model
            form.state = "ops_emit_event"
            self.assertLessEqual({"code", "ops_emit_event"}, set(form.allowed_states))
            self.assertNotIn("object_write", form.allowed_states)
            form.ops_event_type_id = self.composed
            self.assertEqual((form.model_name, form.ops_event_active), ("ops.site", True))
            form.ops_event_domain = "[('code', '=', 'T-HARBOUR')]"
        cron = form.record
        cron.ir_actions_server_id.run()
        self.assertEqual(self._events().res_id, self.site.id)

    def test_action_without_records_emits_nothing(self):
        self._action().run()
        self.assertFalse(self._events())

    def test_events_of_two_companies_belong_to_their_own(self):
        sites = self.site | self.foreign_site
        self._action().with_context(active_model="ops.site", active_ids=sites.ids).run()
        self.assertEqual(self._events().company_id, self.company | self.other_company)

    # -- configuration --------------------------------------------------------------------

    def test_wrong_configuration_is_refused_naming_the_field(self):
        other = self.env["ir.model"]._get_id("res.company")
        for values, words in (
            ({"ops_event_type_id": False}, "Event type: choose"),
            ({"ops_event_type_id": self.type.id}, "declared by a module"),
            ({"model_id": other}, "Event type"),
            ({"ops_event_domain": "[('name', '=', uid)]"}, "Records"),
        ):
            with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self._action(**values)
        with self.assertRaises(ValueError):
            self._action(ops_event_domain="[('no_such_field', '=', 1)]")

    def test_type_in_use_is_neither_deleted_nor_moved_to_another_model(self):
        self._action(name="Tell the others")
        with self.assertRaisesRegex(UserError, "Tell the others"), self.env.cr.savepoint():
            self.composed.unlink()
        with self.assertRaisesRegex(UserError, "Tell the others"), self.env.cr.savepoint():
            self.composed.model_id = self.env["ir.model"]._get("res.company")

    def test_form_names_the_action_and_previews_a_sample_without_writing(self):
        before = self.events.search_count([])
        system = new_test_user(self.env, "t_system", groups="base.group_system")
        with Form(self.env["ir.actions.server"].with_user(system)) as form:
            form.model_id = self.model
            form.state = "ops_emit_event"
            form.ops_event_type_id = self.composed
            self.assertEqual(form.name, "Emit A site changed")
            form.ops_sample_id = self.site.id
            self.assertIn("Harbour Clinic", form.ops_preview)
            self.assertFalse(form.ops_preview_problems)
        self.assertEqual(self.events.search_count([]), before)

    def test_choosing_another_type_of_action_forgets_the_event_type(self):
        action = self._action()
        action.write({"state": "code", "code": "pass"})
        self.assertFalse(action.ops_event_type_id)
