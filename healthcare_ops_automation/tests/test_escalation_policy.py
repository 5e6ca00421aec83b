from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .composing import compose
from .escalating import EscalationCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestEscalationPolicy(EscalationCase):
    """What a policy may say, and who may say it."""

    def _refused(self, words, *steps, error=ValidationError, **values):
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            self._policy(*steps, **values)

    def _field(self, model, name):
        return self.env["ir.model.fields"]._get(model, name)

    def test_only_records_that_people_work_with_are_escalated(self):
        for model in ("ops.event", "ops.escalation", "base.language.install", "mail.thread"):
            with self.subTest(model):
                self._refused("About", model=model)

    def test_wrong_filters_and_texts_are_refused_naming_the_field(self):
        for words, step, values in (
            ("Stops when: “\\[\\('is_open'", {}, {"stop_domain": "[('is_open', '=', uid)]"}),
            ("Stops when: the filter does not fit", {}, {"stop_domain": "[('gone', '=', 1)]"}),
            ("Only when", {"condition_domain": "nothing"}, {}),
            ("Only when.*does not fit", {"condition_domain": "[('x', '=', 1)]"}, {}),
            ("Text.*no field “gone”", {"text": "{{ object.gone }}"}, {}),
            ("Text.*names no field", {"text": "{{ object.unlink() }}"}, {}),
            ("Title.*no relation", {"summary": "{{ object.name.x }}"}, {}),
        ):
            with self.subTest(words):
                self._refused(words, step, **values)

    def test_a_step_says_what_its_kind_needs(self):
        partner = "res.partner"
        template = self.env["mail.template"].create(
            {"name": "Other", "model_id": self.env["ir.model"]._get_id(partner)}
        )
        composed = compose(self.env, lines=[("name", {})])
        state = self._field("ops.exception", "state")
        two = [Command.set((self.boss | self.chief).ids)]
        for words, step in (
            ("Activity type: choose one", {"activity_type_id": False}),
            ("Whom: choose one", {"recipient": False}),
            ("People: name at least one", {"recipient": "users"}),
            ("Group: choose one", {"recipient": "group"}),
            ("no choice", {"recipient": "followers"}),
            ("Text: choose one", {"kind": "message", "recipient": "followers"}),
            ("E-mail template: choose one", {"kind": "email"}),
            ("another kind of record", {"kind": "email", "template_id": template.id}),
            ("name one person", {"kind": "reassign", "recipient": "users", "user_ids": two}),
            ("Priority field: choose one", {"kind": "priority"}),
            ("no status", {"kind": "priority", "field_id": state.id}),
            (
                "Raise to: choose one",
                {"kind": "priority", "field_id": self._field("ops.exception", "severity").id},
            ),
            ("Server action: choose one", {"kind": "action"}),
            ("Event type: choose one", {"kind": "event"}),
            ("composed type about such", {"kind": "event", "event_type_id": composed.id}),
            ("Exception category: choose one", {"kind": "exception"}),
            ("helps nobody", {"kind": "exception", "category_id": self.category.id}),
        ):
            with self.subTest(words):
                self._refused(words, step)

    def test_a_step_needs_records_that_can_take_it(self):
        self._refused("no activities", {"recipient": "site_manager"}, model="ops.site")
        self._refused(
            "no messages",
            {"kind": "message", "recipient": "site_manager", "text": "x"},
            model="resource.calendar",
        )
        self._refused("which field names", {"recipient": "responsible"}, responsible_field_id=False)
        self._refused(
            "which field names",
            {"kind": "reassign", "recipient": "site_manager"},
            model="resource.calendar",
        )

    def test_responsible_person_is_a_field_that_names_a_user(self):
        self._refused(
            "Responsible person",
            responsible_field_id=self._field("ops.exception", "site_id").id,
        )
        self.assertEqual(
            self._policy().responsible_field_id, self._field("ops.exception", "user_id")
        )
        self.assertFalse(self._policy(model="ops.site").responsible_field_id)

    def test_impossible_numbers_are_refused(self):
        for values in (
            {"delay_hours": -1},
            {"repeat_every_hours": -1},
            {"repeat_times": 101},
            {"deadline_days": -1},
        ):
            with (
                self.subTest(values),
                claim_log("odoo.sql_db", "ERROR", "violates check constraint", 1),
            ):
                self._refused("ops_escalation_step", values, error=CheckViolation)

    def test_what_is_in_use_is_not_deleted(self):
        policy = self._policy({})
        policy._start(self._waiting(), "late")
        with self.assertRaisesRegex(UserError, "on record"), self.env.cr.savepoint():
            policy.unlink()
        unused = self._policy({})
        self.env["ir.actions.server"].create(
            {
                "name": "Escalate it",
                "model_id": unused.model_id.id,
                "state": "ops_start_escalation",
                "ops_escalation_policy_id": unused.id,
            }
        )
        with self.assertRaisesRegex(UserError, "Escalate it"), self.env.cr.savepoint():
            unused.unlink()
        self._policy({}).unlink()

    # -- who ------------------------------------------------------------------------------

    def test_administrators_write_policies_about_what_they_may_read(self):
        admin = self._create_user("admin")
        env = self.env(user=admin)
        policy = self._policy({}, env=env)
        self.assertEqual(
            (policy.version, policy.available_model_ids & policy.model_id), (1, policy.model_id)
        )
        with self.assertRaisesRegex(AccessError, "you may not read"):
            self._policy(model="ir.logging", env=env)
        with self.assertRaises(AccessError):
            self._policy(env=self.env(user=self.boss))

    def test_who_has_a_field_changed_must_be_allowed_to_change_it(self):
        admin = self._create_user("admin")
        step = {"kind": "reassign", "recipient": "site_manager"}
        with self.assertRaisesRegex(AccessError, "you may not change “Owner”"):
            self._policy(step, env=self.env(user=admin))
        admin.group_ids += self.env.ref("healthcare_ops_automation.group_ops_manager")
        self._policy(step, env=self.env(user=admin))

    def test_who_asks_for_a_field_must_be_allowed_to_read_it(self):
        admin = self._create_user("admin")
        env = self.env(user=admin)
        field = self.env["ops.exception"]._fields["reason"]
        self.addCleanup(setattr, field, "groups", field.groups)
        field.groups = "base.group_system"
        for words, step, values in (
            ("Stops when", {}, {"stop_domain": "[('reason', '!=', False)]"}),
            ("Only when", {"condition_domain": "[('reason', '!=', False)]"}, {}),
            ("Text.*“Reason”", {"text": "{{ object.reason }}"}, {}),
        ):
            with self.subTest(words), self.assertRaisesRegex(AccessError, words):
                with self.env.cr.savepoint():
                    self._policy(step, env=env, **values)

    def test_a_server_action_is_chosen_by_who_may_run_it(self):
        model_id = self.env["ir.model"]._get_id("ops.exception")
        group = self.env["res.groups"].create({"name": "Few"})
        action = self.env["ir.actions.server"].create(
            {
                "name": "Secret",
                "model_id": model_id,
                "state": "code",
                "code": "pass",
                "group_ids": group.ids,
            }
        )
        step = {"kind": "action", "action_id": action.id}
        admin = self._create_user("admin")
        with self.assertRaises(AccessError):
            self._policy(step, env=self.env(user=admin))
        admin.group_ids += self.env.ref("base.group_system")
        with self.assertRaisesRegex(AccessError, "may not run “Secret”"):
            self._policy(step, env=self.env(user=admin))
        admin.group_ids += group
        self._policy(step, env=self.env(user=admin))

    def test_everybody_concerned_reads_what_a_policy_does(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Note it",
                "model_id": self.env["ir.model"]._get_id("ops.exception"),
                "state": "code",
                "code": "pass",
            }
        )
        policy = self._policy({"kind": "action", "action_id": action.id}, {})
        for role in ("user", "manager", "admin", "auditor"):
            user = self._create_user(role)
            steps = policy.with_user(user).step_ids
            self.assertEqual(
                steps.mapped("says"), ["Run “Note it”", "Activity for responsible person"], role
            )
            with self.assertRaises(AccessError):
                steps.mapped("action_id.name")

    def test_policies_of_another_company_are_not_seen(self):
        policy = self._policy({}, company_id=self.other_company.id)
        for role in ("manager", "admin", "auditor"):
            user = self._create_user(role)
            for records in (policy, policy.step_ids, policy.version_ids):
                with self.assertRaises(AccessError, msg=(role, records)):
                    records.with_user(user).read(["display_name"])

    def test_a_policy_is_built_in_its_form(self):
        admin = new_test_user(
            self.env,
            "t_form",
            groups="healthcare_ops_automation.group_ops_admin,"
            "healthcare_ops_automation.group_ops_manager",
        )
        with Form(self.env["ops.escalation.policy"].with_user(admin)) as form:
            form.name = "Too late"
            form.model_id = self.env["ir.model"]._get("ops.exception")
            self.assertEqual(form.responsible_field_id.name, "user_id")
            with form.step_ids.new() as step:
                step.activity_type_id = self.todo
                self.assertEqual(step.recipient, "responsible")
            with form.step_ids.new() as step:
                step.kind = "reassign"
                self.assertEqual(step.recipient, "manager")
                step.delay_hours = 4
            with form.step_ids.new() as step:
                step.kind = "priority"
                step.field_id = self._field("ops.exception", "severity")
                step.value_id = self._field("ops.exception", "severity").selection_ids[-1]
        policy = form.record
        self.assertEqual(
            policy.version_ids.summary.splitlines(),
            [
                "1. Activity for responsible person",
                "2. Reassign to one level up",
                "3. Raise “Severity” to Critical",
            ],
        )

    def test_a_copy_has_steps_of_its_own(self):
        policy = self._policy({}, {}, stop_domain="[('severity', '=', 'low')]")
        copy = policy.copy()
        self.assertEqual(
            (len(copy.step_ids), copy.version, copy.stop_domain), (2, 1, policy.stop_domain)
        )
        self.assertFalse(copy.step_ids & policy.step_ids)

    def test_changes_are_in_the_audit_trail(self):
        policy = self._policy({})
        policy.hours = "site"
        policy.active = False
        trail = self.env["ops.audit.entry"].search(
            [("res_model", "=", "ops.escalation.policy"), ("res_id", "=", policy.id)]
        )
        self.assertEqual(
            trail.mapped("action").count("escalation_policy.version"), 2, "made, and changed"
        )
        self.assertIn("escalation_policy.changed", trail.mapped("action"))
