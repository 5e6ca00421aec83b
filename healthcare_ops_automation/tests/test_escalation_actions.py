from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..core.causation import Cause, caused_by
from ..models.events.ops_event_emit import MAX_DEPTH
from .escalating import EscalationCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestEscalationActions(EscalationCase):
    """The server actions *Start Escalation* and *Raise Exception*, wherever Odoo runs actions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["ir.model"]._get("res.partner")
        cls.policy = cls._policy(
            {"kind": "message", "recipient": "followers", "text": "Late."}, model="res.partner"
        )
        cls.partner = cls.env["res.partner"].create(
            {"name": "Late Supplier", "company_id": cls.company.id}
        )

    def _values(self, state, **values):
        of_state = {
            "ops_start_escalation": {"ops_escalation_policy_id": self.policy.id},
            "ops_raise_exception": {
                "ops_category_id": self.category.id,
                "ops_reason": "{{ object.name }} has no answer, see {{ object.ref ||| nobody }}",
            },
        }[state]
        return {"name": "Do it", "model_id": self.model.id, "state": state, **of_state, **values}

    def _action(self, state, **values):
        return self.env["ir.actions.server"].create(self._values(state, **values))

    def _rule(self, state, trigger="on_create_or_write", action=(), **values):
        rule = self.env["base.automation"].create(
            {
                "name": "Suppliers",
                "model_id": self.model.id,
                "trigger": trigger,
                "action_server_ids": [
                    Command.create(self._values(state, usage="base_automation", **dict(action)))
                ],
                **values,
            }
        )
        self.addCleanup(rule._unregister_hook)
        return rule

    def _runs_of(self, records):
        return self.runs.search([("res_model", "=", records._name), ("res_id", "in", records.ids)])

    def _raised(self, record=None):
        record = record or self.partner
        return self.env["ops.exception"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    def _run_on(self, action, records, user=None):
        if user:
            action = action.with_user(user)
        action.with_context(
            active_model=records._name, active_ids=records.ids, active_id=records[:1].id
        ).run()

    # -- in automation rules --------------------------------------------------------------

    def test_rule_starts_one_escalation_however_often_it_runs(self):
        self._rule("ops_start_escalation")
        self.partner.ref = "a"
        self.partner.ref = "b"
        run = self._runs_of(self.partner)
        self.assertEqual((run.state, run.policy_id), ("running", self.policy))
        self.assertEqual((run.reason, run.company_id), ("Started by “Suppliers”.", self.company))

    def test_rule_on_time_starts_an_escalation(self):
        rule = self._rule(
            "ops_start_escalation",
            "on_time",
            trg_date_id=self.env["ir.model.fields"]._get("res.partner", "create_date").id,
            trg_date_range=2,
            trg_date_range_type="hour",
            trg_date_range_mode="after",
            filter_domain=f"[('id', '=', {self.partner.id})]",
        )
        rule.last_run = fields.Datetime.now() - timedelta(days=1)

        def hours_later(hours):
            later = fields.Datetime.now() + timedelta(hours=hours)
            with (
                patch.object(self.registry["ir.cron"], "_commit_progress", lambda *a, **k: 1),
                patch.object(self.env.cr, "now", lambda: later),
            ):
                self.env["base.automation"]._cron_process_time_based_actions()

        hours_later(1)
        self.assertFalse(self._runs_of(self.partner))
        hours_later(3)
        self.assertEqual(self._runs_of(self.partner).state, "running")

    def test_rule_raises_an_exception_and_counts_repeats(self):
        self._rule("ops_raise_exception")
        self.partner.ref = "a"
        exception = self._raised()
        self.assertEqual(exception.reason, "Late Supplier has no answer, see a")
        self.assertEqual(
            (exception.category_id, exception.severity, exception.company_id),
            (self.category, "medium", self.company),
        )
        self.partner.ref = False
        self.assertEqual(exception.occurrence_count, 2)
        self.assertEqual(exception.reason, "Late Supplier has no answer, see nobody")

    def test_exception_gets_the_severity_and_the_owner_of_the_action(self):
        action = self._action(
            "ops_raise_exception", ops_severity="critical", ops_owner_id=self.worker.id
        )
        self._run_on(action, self.partner)
        exception = self._raised()
        self.assertEqual((exception.severity, exception.user_id), ("critical", self.worker))
        exception.user_id = self.boss
        self._run_on(action, self.partner)
        self.assertEqual(exception.user_id, self.boss, "a repeat takes it from nobody")

    def test_nobody_needs_rights_on_exceptions_or_escalations_to_cause_them(self):
        worker = new_test_user(self.env, "t_plain", groups="base.group_partner_manager")
        for state in ("ops_start_escalation", "ops_raise_exception"):
            self._run_on(self._action(state), self.partner, worker)
        self.assertEqual(self._runs_of(self.partner).actor_id, worker)
        self.assertTrue(self._raised())

    def test_who_may_not_change_the_record_cannot_run_the_action(self):
        reader = new_test_user(self.env, "t_reader", groups="base.group_user")
        for state in ("ops_start_escalation", "ops_raise_exception"):
            action = self._action(state)
            with (
                claim_log("odoo", "WARNING", "Forbidden server action", 1),
                self.assertRaises(AccessError),
            ):
                self._run_on(action, self.partner, reader)

    def test_rolled_back_work_leaves_neither(self):
        self._rule("ops_start_escalation")
        self._rule("ops_raise_exception")
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.partner.ref = "a"
            raise ZeroDivisionError
        self.assertFalse(self._runs_of(self.partner))
        self.assertFalse(self._raised())

    def test_change_in_a_form_that_is_not_saved_starts_nothing(self):
        for state in ("ops_start_escalation", "ops_raise_exception"):
            self._action(state).with_context(
                active_model="res.partner", active_id=self.partner.id, onchange_self=self.partner
            ).run()
        self.assertFalse(self._runs_of(self.partner) or self._raised())

    def test_shared_records_are_at_home_where_the_work_is_done(self):
        shared = self.env["res.partner"].create({"name": "Shared"})
        for state in ("ops_start_escalation", "ops_raise_exception"):
            self._run_on(self._action(state), shared)
        self.assertEqual(self._runs_of(shared).company_id, self.company)
        self.assertEqual(self._raised(shared).company_id, self.company)

    # -- guarded --------------------------------------------------------------------------

    def test_document_goes_through_whatever_is_wrong_with_the_exception(self):
        rule = self._rule("ops_raise_exception")
        self.env.cr.execute(
            "UPDATE ir_act_server SET ops_reason = '{{ object.gone }}' WHERE id = %s",
            [rule.action_server_ids.id],
        )
        self.env.invalidate_all()
        with claim_log(
            "odoo.addons.healthcare_ops_automation", "WARNING", "raised no exception", 1
        ):
            self.partner.ref = "through"
        self.assertEqual(self.partner.ref, "through")
        self.assertFalse(self._raised())

    def test_document_goes_through_whatever_is_wrong_with_the_escalation(self):
        self._rule("ops_start_escalation")
        self.env.cr.execute(
            "UPDATE ops_escalation_policy SET stop_domain = $$[('gone', '=', 1)]$$ WHERE id = %s",
            [self.policy.id],
        )
        self.env.invalidate_all()
        self.partner.ref = "through"
        self.assertEqual(self.partner.ref, "through")
        run = self._runs_of(self.partner)
        self.assertEqual(run.state, "failed")
        self.assertIn("gone", run.end_reason)

    def test_chain_of_automation_that_is_too_long_is_taken_for_a_loop(self):
        escalate, complain = (
            self._action(state) for state in ("ops_start_escalation", "ops_raise_exception")
        )
        with caused_by(self.env.cr, Cause("evt_x", "evt_y", MAX_DEPTH + 1)):
            self._run_on(escalate, self.partner)
            with claim_log("odoo.addons.healthcare_ops_automation", "WARNING", "loop", 1):
                self._run_on(complain, self.partner)
        run = self._runs_of(self.partner)
        self.assertEqual((run.state, run.correlation_id), ("failed", "evt_y"))
        self.assertIn("loop", run.end_reason)
        self.assertFalse(self._raised())

    def test_escalations_that_start_each_other_end_as_a_loop(self):
        """Each record's run starts the other policy; nothing waits."""
        policies = [
            self._policy(name=name, model="res.partner", hours="clock") for name in ("a", "b")
        ]
        for policy, other in zip(policies, reversed(policies), strict=True):
            action = self._action("ops_start_escalation", ops_escalation_policy_id=other.id)
            step = self._step({"kind": "action", "action_id": action.id, "delay_hours": 0})
            policy.step_ids = [Command.create(step)]
        policies[0]._start(self.partner, "go")
        for _round in range(MAX_DEPTH + 5):
            self._pass(minutes=1)
        runs = self._runs_of(self.partner)
        self.assertEqual(runs.filtered(lambda run: run.state == "running").ids, [])
        self.assertEqual(runs.filtered(lambda run: run.state == "failed").depth, MAX_DEPTH + 1)
        self.assertEqual(len(set(runs.mapped("correlation_id"))), 1)

    # -- elsewhere ------------------------------------------------------------------------

    def test_action_menu_takes_each_chosen_record(self):
        others = self.env["res.partner"].create(
            [{"name": name, "company_id": self.company.id} for name in "ab"]
        )
        action = self._action("ops_start_escalation")
        action.create_action()
        self._run_on(action, others)
        self.assertEqual(set(self._runs_of(others).mapped("res_id")), set(others.ids))

    def test_scheduled_action_takes_the_records_that_match(self):
        values = {"interval_type": "days", "ops_event_domain": "[('name', '=', 'Late Supplier')]"}
        for state in ("ops_start_escalation", "ops_raise_exception"):
            cron = self.env["ir.cron"].create({**self._values(state), **values})
            cron.ir_actions_server_id.run()
        self.assertEqual(self._runs_of(self.partner).state, "running")
        self.assertEqual(self._raised().occurrence_count, 1)

    def test_scheduled_action_needs_to_be_told_which_records(self):
        for state in ("ops_start_escalation", "ops_raise_exception"):
            for domain in (False, "[]"):
                with self.assertRaisesRegex(ValidationError, "Records"), self.env.cr.savepoint():
                    self.env["ir.cron"].create(
                        {
                            **self._values(state),
                            "interval_type": "days",
                            "ops_event_domain": domain,
                        }
                    )

    def test_scheduled_action_is_set_up_in_its_form(self):
        with Form(self.env["ir.cron"]) as form:
            form.name = "Every morning"
            form.model_id = self.model
            form.state = "ops_start_escalation"
            form.ops_escalation_policy_id = self.policy
            form.ops_event_domain = "[('name', '=', 'Late Supplier')]"
        form.record.ir_actions_server_id.run()
        self.assertTrue(self._runs_of(self.partner))

    # -- configuration --------------------------------------------------------------------

    def test_wrong_configuration_is_refused_naming_the_field(self):
        other = self.env["ir.model"]._get_id("res.company")
        exceptions = self.env["ir.model"]._get_id("ops.exception")
        for state, values, words in (
            ("ops_raise_exception", {"ops_category_id": False}, "Exception category: choose"),
            ("ops_raise_exception", {"ops_reason": " "}, "Reason: say"),
            ("ops_raise_exception", {"ops_reason": "{{ env.user }}"}, "Reason.*names no field"),
            ("ops_raise_exception", {"ops_reason": "{{ object.x }}"}, "Reason.*no field “x”"),
            ("ops_raise_exception", {"model_id": exceptions}, "lead to the next one"),
            ("ops_start_escalation", {"ops_escalation_policy_id": False}, "policy: choose"),
            ("ops_start_escalation", {"model_id": other}, "Escalation policy"),
            ("ops_start_escalation", {"ops_stop_domain": "x"}, "Stops when.*no filter"),
            ("ops_start_escalation", {"ops_stop_domain": "[('x', '=', 1)]"}, "does not fit"),
        ):
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words):
                with self.env.cr.savepoint():
                    self._action(state, **values)

    def test_who_writes_an_action_must_be_allowed_to_read_what_it_tells(self):
        system = new_test_user(self.env, "t_system", groups="base.group_system")
        field = self.partner._fields["ref"]
        self.addCleanup(setattr, field, "groups", field.groups)
        field.groups = "healthcare_ops_automation.group_ops_auditor"
        actions = self.env["ir.actions.server"].with_user(system)
        for state, values in (
            ("ops_raise_exception", {}),
            ("ops_start_escalation", {"ops_stop_domain": "[('ref', '=', 'x')]"}),
        ):
            with self.assertRaises(AccessError, msg=state), self.env.cr.savepoint():
                actions.create(self._values(state, **values))
        actions.create(self._values("ops_raise_exception", ops_reason="{{ object.name }}"))

    def test_stop_domain_of_the_action_takes_the_place_of_the_policy_s(self):
        action = self._action("ops_start_escalation", ops_stop_domain="[('ref', '=', 'answered')]")
        self._run_on(action, self.partner)
        self.partner.ref = "answered"
        self._pass(hours=1)
        self.assertEqual(self._runs_of(self.partner).state, "stopped")

    def test_form_names_the_action_and_shows_the_steps(self):
        system = new_test_user(self.env, "t_system", groups="base.group_system")
        with Form(self.env["ir.actions.server"].with_user(system)) as form:
            form.model_id = self.model
            form.state = "ops_start_escalation"
            form.ops_escalation_policy_id = self.policy
            self.assertEqual(form.name, "Escalate: Waits too long")
            self.assertEqual(form.ops_policy_steps, "1. Message to the record's followers")
        with Form(self.env["ir.actions.server"].with_user(system)) as form:
            form.model_id = self.model
            form.state = "ops_raise_exception"
            form.ops_category_id = self.category
            form.ops_reason = "No answer"
            self.assertEqual(form.name, "Raise “Delayed”")

    def test_choosing_another_type_of_action_forgets_what_was_chosen(self):
        action = self._action("ops_start_escalation", ops_stop_domain="[('ref', '=', 'x')]")
        action.write({"state": "code", "code": "pass"})
        self.assertFalse(action.ops_escalation_policy_id or action.ops_stop_domain)
        action = self._action("ops_raise_exception")
        action.write({"state": "code", "code": "pass"})
        self.assertFalse(action.ops_category_id or action.ops_reason)

    def test_engine_calls_are_closed_to_remote_callers(self):
        from odoo.service.model import get_public_method

        for model, name in (
            ("ops.escalation.policy", "_start"),
            ("ops.escalation.policy", "_start_guarded"),
            ("ops.escalation", "_stop"),
            ("ops.escalation", "_cron_execute"),
            ("ops.control", "_run"),
        ):
            with self.assertRaises(AccessError, msg=name):
                get_public_method(self.env[model], name)
