import json

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .log_claims import claim_log
from .service_levels import CLOSED, NEW, NOT_NEW, SlaCase


@tagged("post_install", "-at_install")
class TestOpsSlaPolicy(SlaCase):
    """What an administrator sets up: checks, versions, the native rule."""

    def _rule(self, policy):
        rules = self.env["base.automation"].with_context(active_test=False)
        return rules.search([("ops_sla_policy_id", "=", policy.id)])

    # -- versions --------------------------------------------------------------------------

    def test_saving_it_with_its_targets_is_one_version(self):
        policy = self._policy(targets=({}, {"name": "More", "budget_hours": 2}))
        self.assertEqual(policy.version_ids.mapped("number"), [1])
        policy.write(
            {
                "stop_domain": NOT_NEW,
                "target_ids": [Command.update(policy.target_ids[0].id, {"budget_hours": 3})],
            }
        )
        policy.invalidate_recordset()
        self.assertEqual(policy.version_ids.mapped("number"), [2, 1])
        said = json.loads(policy.version_ids[0].snapshot)
        self.assertEqual((said["stop"], said["targets"][0]["budget_seconds"]), (NOT_NEW, 10800))

    def test_what_measures_nothing_makes_no_version(self):
        policy = self._policy()
        policy.write({"name": "Renamed", "sequence": 3, "description": "As agreed."})
        self.assertEqual(policy.version_ids.mapped("number"), [1])

    def test_each_change_of_a_target_is_a_version(self):
        policy = self._policy()
        policy.target_ids.budget_hours = 4
        policy.target_ids.create({"policy_id": policy.id, "name": "Late", "sequence": 20})
        policy.target_ids[0].unlink()
        policy.invalidate_recordset()
        self.assertEqual(policy.version_ids.mapped("number"), [4, 3, 2, 1])
        self.assertEqual(policy.version_ids[0].create_uid, self.env.user)

    def test_running_clocks_keep_their_version_and_new_ones_take_the_present(self):
        policy = self._policy(stop_domain="[('state', '=', 'triaged')]")
        old = self._raise()
        policy.write(
            {
                "stop_domain": "[('state', '=', 'in_work')]",
                "target_ids": [Command.update(policy.target_ids.id, {"budget_hours": 1})],
            }
        )
        new = self._raise()
        self.assertEqual(self._clock(old).budget_seconds, 8 * 3600)
        self.assertEqual(self._clock(new).budget_seconds, 3600)
        (old + new).write({"state": "in_work"})
        self.assertEqual((self._clock(old).state, self._clock(new).state), ("running", "met"))
        old.state = "triaged"
        self.assertEqual(self._clock(old).state, "met")
        self.assertEqual(self._clock(old).version_id.number, 1)

    def test_only_the_label_of_a_version_can_be_written(self):
        version = self._policy().version_ids.with_user(self._create_user("admin"))
        version.label = "As agreed with the clinic"
        self.assertIn("As agreed", version.display_name)
        with self.assertRaisesRegex(UserError, "Only the label"):
            version.snapshot = "{}"

    # -- checks ----------------------------------------------------------------------------

    def test_filters_that_do_not_fit_are_refused_naming_the_field(self):
        for name, text, message in (
            ("start_domain", "[('no_such_field', '=', 1)]", "Starts when.*no_such_field"),
            ("pause_domain", "nonsense(", "Pauses while.*no filter"),
            ("cancel_domain", "[('state', '=', __import__('os'))]", "Cancelled when.*no filter"),
            ("stop_domain", "[]", "Stops when"),
        ):
            with self.subTest(name), self.env.cr.savepoint():
                with self.assertRaisesRegex(ValidationError, message):
                    self._policy(**{name: text})

    def test_targets_are_checked(self):
        policy = self._policy()
        for values, message in (
            ({"domain": "[('no_such_field', '=', 1)]"}, "For which"),
            (
                {"calendar_id": self.new_york.copy({"company_id": self.other_company.id}).id},
                "shared",
            ),
        ):
            with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                policy.target_ids.write(values)

    def test_a_budget_beyond_all_reason_is_refused(self):
        with claim_log("odoo.sql_db", "ERROR", "violates check constraint", 1):
            with self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self._policy(targets=({"budget_hours": 1e9},))

    def test_tables_of_the_engine_are_not_measured(self):
        any_record = {"domain": "[]", "stop_domain": "[('id', '=', 0)]", "pause_domain": False}
        for model in ("ops.event", "ops.sla.clock", "ops.delivery", "base"):
            with self.assertRaisesRegex(ValidationError, "no service levels for"):
                self._policy(model_id=self.env["ir.model"]._get_id(model), **any_record)

    def test_who_sets_it_up_must_be_allowed_to_read_what_it_asks(self):
        admin = self._create_user("admin")
        self.assertNotIn(
            self.env["ir.model"]._get("ir.mail_server"),
            self.env["ops.sla.policy"].with_user(admin).new({}).available_model_ids,
        )
        values = {
            "name": "Contacts",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "company_id": self.company.id,
        }
        with self.assertRaises(AccessError):
            self.env["ops.sla.policy"].with_user(admin).create(
                {**values, "stop_domain": "[('signup_type', '=', 'x')]"}
            )

    def test_a_policy_for_every_company_needs_somebody_allowed_in_all(self):
        policies = self.env["ops.sla.policy"].with_user(self._create_user("admin"))
        values = {
            "name": "Ours",
            "company_id": False,
            "model_id": self.env["ir.model"]._get_id("ops.exception"),
            "stop_domain": CLOSED,
        }
        with self.assertRaisesRegex(UserError, "Company"):
            policies.create(values)
        ours = policies.create({**values, "company_id": self.company.id})
        ours.name = "Still ours"
        self.addCleanup(self.env["base.automation"]._unregister_hook)

    def test_a_policy_is_moved_only_to_a_company_that_who_does_it_may_enter(self):
        ours = self._policy(company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "Company"):
            ours.with_user(self._create_user("admin")).company_id = self.other_company

    def test_what_was_measured_stays_of_one_kind(self):
        policy = self._policy()
        exception = self._raise()
        self._close(exception)
        values = {
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "domain": "[('ref', '=', 'x')]",
            "stop_domain": "[('active', '=', False)]",
            "pause_domain": False,
        }
        with self.assertRaisesRegex(UserError, "Records: .* new policy"):
            policy.write(values)
        self._policy(domain="[('id', '=', 0)]").write(values)

    def test_a_policy_with_clocks_is_archived_not_deleted(self):
        policy = self._policy()
        self._raise()
        with self.assertRaisesRegex(UserError, "Archive it"):
            policy.unlink()
        unused = self._policy(domain="[('id', '=', 0)]")
        rule = self._rule(unused)
        unused.unlink()
        self.assertFalse(rule.exists())

    def test_the_form_makes_a_policy_from_nothing(self):
        admin = self._create_user("admin")
        form = Form(self.env["ops.sla.policy"].with_user(admin))
        form.name = "First response"
        form.model_id = self.env["ir.model"]._get("ops.exception")
        form.stop_domain = NOT_NEW
        with form.target_ids.new() as target:
            target.name = "All"
            target.budget_hours = 2
        # One company only: the field is not shown, so it must be filled by itself.
        policy = form.save()
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        self.assertEqual(policy.company_id, self.company)
        self.assertEqual(self._clock(self._raise()).budget_seconds, 7200)

    # -- the native rule --------------------------------------------------------------------

    def test_its_rule_watches_the_fields_of_its_filters_and_the_place(self):
        policy = self._policy(
            start_domain="[('is_overdue', '=', True)]",
            targets=({"domain": "[('severity', '=', 'high')]"},),
        )
        watched = set(self._rule(policy).trigger_field_ids.mapped("name"))
        # is_overdue is computed of due_at and is_open, state is asked for by the pause.
        self.assertEqual(
            watched,
            {"category_id", "state", "is_open", "due_at", "severity"}
            | {"company_id", "site_id", "user_id"},
        )

    def test_its_rule_is_not_changed_by_hand(self):
        rule = self._rule(self._policy()).with_user(self.env.ref("base.user_admin"))
        for change in (lambda: rule.write({"active": False}), rule.unlink):
            with self.assertRaisesRegex(UserError, "belongs to the service-level policy"):
                change()
        with self.assertRaisesRegex(UserError, "made by the policy"):
            rule.create(
                {
                    "name": "x",
                    "model_id": rule.model_id.id,
                    "trigger": "on_create",
                    "ops_sla_policy_id": rule.ops_sla_policy_id.id,
                }
            )

    def test_what_no_filter_asks_for_moves_nothing(self):
        policy = self._policy()
        exception = self._raise()
        followed = []
        self.patch(type(policy), "_follow", lambda *args, **kw: followed.append(args) or [])
        exception.resolution = "We know already."
        self.assertFalse(followed)
        exception.state = "in_work"
        self.assertEqual(len(followed), 1)

    def test_switched_off_it_starts_none_and_cancels_what_runs(self):
        policy = self._policy()
        exception = self._raise()
        policy.active = False
        self.assertFalse(self._rule(policy).active)
        self.assertFalse(self._clock(self._raise()))
        self._sweep(2026, 3, 2, 8)
        self.assertEqual(self._clock(exception).state, "cancelled")
        policy.active = True
        self._sweep(2026, 3, 2, 9)
        self.assertEqual(self._clock(exception).cycle, 2)

    def test_records_that_were_there_get_their_clock_or_are_left_alone(self):
        before = self._raise()
        leaving = self._policy(name="From now on", existing_records=False)
        taking = self._policy(name="All")
        after = self._raise()
        self._sweep(2026, 3, 2, 8)
        self.assertFalse(self._clock(before, leaving))
        self.assertTrue(self._clock(before, taking))
        self.assertTrue(self._clock(after, leaving))

    def test_a_policy_started_by_action_waits_for_it(self):
        self._policy(start_on="action", start_domain=NEW)
        exception = self._raise()
        self._sweep(2026, 3, 2, 8)
        self.assertFalse(self._clock(exception))
