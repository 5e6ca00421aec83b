import json

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .policies import PolicyCase


@tagged("post_install", "-at_install")
class TestPurchasePolicyVersion(PolicyCase):
    def _refused(self, text, call, *args):
        with self.assertRaisesRegex(UserError, text), self.env.cr.savepoint():
            call(*args)

    # -- publishing -----------------------------------------------------------------------

    def test_publishing_arms_the_gate_at_once(self):
        policy = self.draft()
        self.assertFalse(self.policies._is_armed(self.company, "purchase.order"))
        self.assertEqual(policy.standing, "unarmed")
        version = self.publish(policy)
        self.assertTrue(self.policies._is_armed(self.company, "purchase.order"))
        self.assertEqual(self.policies._in_force(self.company, "purchase.order"), version)
        self.assertFalse(self.policies._is_armed(self.other_company, "purchase.order"))
        self.assertFalse(self.policies._is_armed(self.company, "sale.order"))
        self.assertEqual(version.published_by_id, self.publisher)
        self.assertEqual(policy.standing, "in_force")

    def test_who_edited_last_does_not_publish(self):
        policy = self.draft(by=self.editor)
        self._refused("Somebody else has to read", self.publish, policy, self.editor)
        policy.draft_version_id.row_ids.with_user(self.publisher).name = "Any"
        self._refused("Somebody else has to read", self.publish, policy, self.publisher)
        self.publish(policy, self.editor)

    def test_each_kind_of_edit_counts_as_one(self):
        version = self.draft(by=self.editor).draft_version_id
        edits = {
            "version": lambda v: v.write({"note": "Higher"}),
            "row": lambda v: v.row_ids.write({"name": "Any"}),
            "stage": lambda v: v.row_ids.stage_ids.write({"due_hours": 4}),
            "new row": lambda v: v.write({"row_ids": [self.row("More")]}),
            "row gone": lambda v: v.row_ids[-1:].unlink(),
            "new stage": lambda v: v.row_ids.write({"stage_ids": [self.stage(self.bob, step=2)]}),
            "stage gone": lambda v: v.row_ids.stage_ids[-1:].unlink(),
            "currency": lambda v: v.policy_id.write({"currency_id": self.yen.id}),
        }
        for name, edit in edits.items():
            with self.subTest(name):
                version.with_user(self.editor).write({"note": "Mine"})
                self.assertEqual(version.last_editor_id, self.editor)
                edit(version.with_user(self.publisher))
                self.assertEqual(version.last_editor_id, self.publisher)

    def test_only_administrators_publish(self):
        policy = self.draft()
        manager = self.person("m2", "manager")
        for user in (self.ann, manager, self.requester):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.publish(policy, user)
        self.assertFalse(policy.published_version_id)

    def test_nobody_is_published_or_forged_by_writing(self):
        version = self.draft().draft_version_id
        for values in (
            {"state": "published"},
            {"number": 7},
            {"last_editor_id": self.ann.id},
            {"published_by_id": self.ann.id},
        ):
            self._refused("set by publishing", version.sudo().write, values)
            self._refused(
                "set by publishing",
                version.sudo().create,
                {"policy_id": version.policy_id.id, **values},
            )

    def test_one_version_is_in_force_and_the_former_is_superseded(self):
        first = self.published()
        policy = first.policy_id
        policy.with_user(self.editor).action_new_draft()
        second = self.publish(policy)
        self.assertEqual((first.state, second.state), ("superseded", "published"))
        self.assertEqual((first.number, second.number), (1, 2))
        self.assertEqual(self.policies._in_force(self.company, "purchase.order"), second)
        self._refused("published already", first.with_user(self.editor).action_publish)

    def test_a_publication_is_audited_and_told(self):
        policy = self.draft(self.row("Routine", amount_to=1000), self.row("Rest"))
        policy.draft_version_id.note = "As decided in May"
        version = self.publish(policy)
        [entry] = self.env["ops.audit.entry"].search(
            [("action", "=", "approval_policy.published"), ("res_id", "=", policy.id)]
        )
        self.assertEqual(entry.actor_id, self.publisher.id)
        details = json.loads(entry.details)
        self.assertEqual(details["version"], version.number)
        self.assertEqual(details["note"], "As decided in May")
        self.assertIn("Routine: < ", details["rows"][0])
        self.assertIn("Version 1 is in force", policy.message_ids[0].body)

    # -- what is published stays ----------------------------------------------------------

    def test_nobody_changes_what_was_published(self):
        version = self.published()
        row, stage = version.row_ids, version.row_ids.stage_ids
        policy = version.policy_id
        policy.with_user(self.editor).action_new_draft()
        draft_row = policy.draft_version_id.row_ids
        tries = {
            "version": lambda env: version.with_env(env).write({"tolerance_percent": 50}),
            "row": lambda env: row.with_env(env).write({"amount_to": 10**9}),
            "stage": lambda env: stage.with_env(env).write({"mode": "any"}),
            "people": lambda env: stage.with_env(env).write({"user_ids": [Command.clear()]}),
            "new row": lambda env: row.with_env(env).create(
                {"version_id": version.id, "name": "Pass", "outcome": "none"}
            ),
            "new stage": lambda env: stage.with_env(env).create(
                {"row_id": row.id, "name": "More", "approver_kind": "site_role"}
            ),
            "through the version": lambda env: version.with_env(env).write(
                {"row_ids": [Command.update(row.id, {"outcome": "none"})]}
            ),
            "through the policy": lambda env: policy.with_env(env).write(
                {"version_ids": [Command.update(version.id, {"tolerance_amount": 9})]}
            ),
            "moved in": lambda env: draft_row.with_env(env).write({"version_id": version.id}),
            "moved out": lambda env: row.with_env(env).write(
                {"version_id": policy.draft_version_id.id}
            ),
            "row gone": lambda env: row.with_env(env).unlink(),
            "stage gone": lambda env: stage.with_env(env).unlink(),
            "version gone": lambda env: version.with_env(env).unlink(),
            "policy gone": lambda env: policy.with_env(env).unlink(),
        }
        context = {"engine": True, "install_mode": True, "force": True, "tracking_disable": True}
        envs = {
            "administrator": self.env(user=self.editor),
            "superuser": self.env(su=True),
            "context": self.env(user=self.editor, su=True, context=context),
        }
        before = self._said(version)
        for name, change in tries.items():
            for who, env in envs.items():
                with self.subTest(name, who=who):
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        change(env)
                    self.env.invalidate_all()
                    self.assertEqual(self._said(version), before)

    def _said(self, version):
        row, stage = version.row_ids, version.row_ids.stage_ids
        return (
            version.read(["tolerance_percent", "tolerance_amount", "row_ids", "state"]),
            row.read(["amount_to", "outcome", "stage_ids", "version_id"]),
            stage.read(["mode", "user_ids", "row_id"]),
        )

    def test_a_person_asked_by_a_published_stage_is_archived_not_deleted(self):
        self.published(self.row(stages=[self.stage(self.ann)]))
        with self.assertRaisesRegex(UserError, "is named in approval policies. .* Archive"):
            self.ann.unlink()

    def test_a_draft_says_what_is_in_force_and_changes_nothing_of_it(self):
        version = self.published(
            self.row("Routine", stages=[self.stage(self.ann + self.bob, mode="all")], amount_to=9),
            self.row("Rest", outcome="none", stages=[]),
            name="Orders",
        )
        policy = version.policy_id
        action = policy.with_user(self.editor).action_new_draft()
        draft = policy.draft_version_id
        self.assertEqual(action["res_id"], draft.id)
        self.assertEqual(draft._as_table(), version._as_table())
        self.assertFalse(draft.row_ids & version.row_ids)
        self.assertEqual(draft.row_ids[0].stage_ids.user_ids, self.ann + self.bob)
        policy.with_user(self.editor).action_new_draft()
        self.assertEqual(policy.draft_version_id, draft, "there is one draft")
        draft.row_ids[0].stage_ids.user_ids = self.ann
        self.assertEqual(version.row_ids[0].stage_ids.user_ids, self.ann + self.bob)

    def test_the_currency_of_what_is_published_stays(self):
        version = self.published()
        version.policy_id.with_user(self.editor).currency_id = self.yen
        self.assertEqual(version.currency_id, self.euro)
        version.policy_id.with_user(self.editor).action_new_draft()
        self.assertEqual(version.policy_id.draft_version_id.currency_id, self.yen)

    # -- one policy for a company ---------------------------------------------------------

    def test_a_company_has_one_policy_for_a_kind_of_document(self):
        self.draft()
        with claim_log("odoo.sql_db", "ERROR", "bad query"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.draft()

    def test_a_company_without_its_own_follows_that_above_and_that_for_all(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        general = self.published(by=self.everywhere(self.editor), company_id=False)
        for company in (self.company, branch, self.other_company):
            self.assertEqual(self.policies._in_force(company, "purchase.order"), general)
        own = self.published()
        for company in (self.company, branch):
            self.assertEqual(self.policies._in_force(company, "purchase.order"), own)
        self.assertEqual(self.policies._in_force(self.other_company, "purchase.order"), general)

    def test_a_policy_for_all_companies_is_made_by_who_may_enter_all(self):
        self._refused("every company", lambda: self.draft(company_id=False))
        policy = self.policies.sudo().create(
            {
                "name": "Everywhere",
                "model_id": self.model.id,
                "company_id": False,
                "currency_id": self.euro.id,
            }
        )
        policy.draft_version_id.row_ids = [self.row()]
        self._refused("every company", self.publish, policy)

    def test_what_was_published_keeps_its_company_and_documents(self):
        policy = self.published().policy_id
        self._refused("stays theirs", policy.sudo().write, {"company_id": self.other_company.id})
        policy.write({"company_id": self.company.id})

    def test_only_documents_with_an_adapter_can_be_gated(self):
        with self.assertRaisesRegex(ValidationError, "nothing is known"):
            self.draft(model_id=self.env["ir.model"]._get("res.partner").id)
        available = self.draft().with_user(self.editor).available_model_ids
        self.assertIn(self.model, available)
        self.assertNotIn("res.partner", available.mapped("model"))

    # -- retiring -------------------------------------------------------------------------

    def test_one_person_alone_does_not_disarm(self):
        policy = self.published().policy_id
        self._refused("let documents pass", policy.with_user(self.editor).action_archive)
        self._refused("let documents pass", policy.sudo().write, {"active": False})
        self._refused("ask to retire it first", policy.with_user(self.editor).action_retire)
        policy.with_user(self.editor).action_ask_to_retire()
        self.assertEqual(policy.standing, "retiring")
        self.assertTrue(self.policies._is_armed(self.company, "purchase.order"))
        self._refused("Somebody else", policy.with_user(self.editor).action_retire)
        self._refused(
            "with the button", policy.sudo().write, {"retirement_asked_by_id": self.ann.id}
        )
        policy.with_user(self.publisher).action_retire()
        self.assertFalse(self.policies._is_armed(self.company, "purchase.order"))
        entry = self.env["ops.audit.entry"].search(
            [("action", "=", "approval_policy.retired"), ("res_id", "=", policy.id)]
        )
        self.assertEqual(entry.actor_id, self.publisher.id)
        self.assertIn(str(self.editor.id), entry.details)

    def test_a_wish_to_retire_may_be_withdrawn(self):
        policy = self.published().policy_id
        policy.with_user(self.editor).action_ask_to_retire()
        policy.with_user(self.publisher).action_keep()
        self._refused("ask to retire it first", policy.with_user(self.publisher).action_retire)
        self.assertTrue(policy.is_armed)

    def test_restoring_arms_again_and_is_audited(self):
        policy = self.published().policy_id
        policy.with_user(self.editor).action_ask_to_retire()
        policy.with_user(self.publisher).action_retire()
        policy.with_user(self.editor).action_unarchive()
        self.assertTrue(self.policies._is_armed(self.company, "purchase.order"))
        self.assertTrue(
            self.env["ops.audit.entry"].search_count(
                [("action", "=", "approval_policy.restored"), ("res_id", "=", policy.id)]
            )
        )

    def test_a_draft_that_never_was_in_force_may_go(self):
        policy = self.draft()
        self.draft_gone = policy.draft_version_id.row_ids
        policy.with_user(self.editor).unlink()
        self.assertFalse(self.draft_gone.exists())

    # -- rows and stages ------------------------------------------------------------------

    def test_what_makes_no_sense_is_refused_by_name(self):
        policy = self.draft()
        version = policy.draft_version_id.sudo()
        foreign_site = self.make_site("FAR", self.other_company)
        refused = {
            "Only if": {"domain": "[('no_such_field', '=', 1)]"},
            "is no filter": {"domain": "__import__('os')"},
            "does not belong to": {"site_id": foreign_site.id},
            "is for Southside": {"company_id": self.other_company.id},
            "does not exist": {"category_id": 10**8},
        }
        for text, values in refused.items():
            with self.subTest(text), self.assertRaisesRegex(ValidationError, text):
                version.write({"row_ids": [self.row(**values)]})

    def test_a_stage_says_whom_it_asks(self):
        version = self.draft().draft_version_id
        name_field = self.env["ir.model.fields"]._get("purchase.order", "partner_id")
        refused = {
            "People: say who": {"approver_kind": "users"},
            "Group: say who": {"approver_kind": "group"},
            "Named in: say who": {"approver_kind": "record_field"},
            "no field of the document": {
                "approver_kind": "record_field",
                "field_id": name_field.id,
            },
        }
        for text, values in refused.items():
            with self.subTest(text), self.assertRaisesRegex(ValidationError, text):
                version.row_ids.write({"stage_ids": [self.stage(**values)]})
