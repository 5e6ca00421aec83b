import json
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OpsCase
from .log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsAuditEntry(OpsCase):
    def setUp(self):
        super().setUp()
        self.entries = self.env["ops.audit.entry"]

    def _record(self, record=None, **details):
        return self.entries._record("test.done", record or self.site, details or None)

    def test_entry_says_who_did_what_to_which_record(self):
        user = self._create_user("manager")
        entry = self.entries.with_user(user)._record("test.done", self.site, {"b": 1}).sudo()
        self.assertEqual((entry.actor_id, entry.res_id), (user.id, self.site.id))
        self.assertIn(user.login, entry.actor_label)
        self.assertEqual(entry.res_label, "[T-HARBOUR] Harbour Clinic")
        self.assertEqual(entry.company_id, self.company.id)
        self.assertEqual(json.loads(entry.details), {"b": 1})
        self.assertTrue(entry.digest_ok)

    def test_orm_refuses_change_and_deletion_even_for_the_superuser(self):
        entry = self._record().sudo()
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            entry.write({"action": "forged"})
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            entry.unlink()

    def test_database_refuses_update_delete_and_truncate(self):
        self._record()
        for statement in (
            "UPDATE ops_audit_entry SET action = 'forged'",
            "DELETE FROM ops_audit_entry",
            "TRUNCATE ops_audit_entry",
        ):
            with (
                claim_log("odoo.sql_db", "ERROR", "append-only"),
                self.assertRaises(psycopg2.errors.RestrictViolation, msg=statement),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_changed_entry_is_found_out(self):
        entry = self._record()
        self.env.cr.execute("ALTER TABLE ops_audit_entry DISABLE TRIGGER ops_audit_entry_no_change")
        self.env.cr.execute(
            "UPDATE ops_audit_entry SET actor_label = 'Somebody else' WHERE id = %s", [entry.id]
        )
        entry.invalidate_recordset()
        self.assertFalse(entry.digest_ok)

    def test_merging_partners_and_deleting_a_user_leave_entries_as_they_are(self):
        user = self._create_user("manager")
        partners = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        entry = self.entries.with_user(user)._record("test.done", partners[0]).sudo()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge(partners.ids, partners[1])
        user.unlink()
        entry.invalidate_recordset()
        self.assertTrue(entry.digest_ok)
        self.assertEqual(entry.res_label, "One")

    def test_column_added_by_an_upgrade_does_not_touch_entries(self):
        entry = self._record()
        self.env.cr.execute("ALTER TABLE ops_audit_entry ADD COLUMN added_later varchar")
        entry.invalidate_recordset()
        self.assertTrue(entry.digest_ok)

    def test_purge_deletes_old_entries_only_and_says_so(self):
        self._record()
        self.assertEqual(self.entries._purge(fields.Datetime.now() - timedelta(days=1)), 0)
        unsealed = self.entries._purge(fields.Datetime.now() + timedelta(days=1))
        self.assertFalse(unsealed, "what is not sealed stays")
        while self.env["ops.audit.seal"]._seal_batch():
            pass
        ids = self.entries.search([], order="id").ids
        self.assertEqual(self.entries._purge(fields.Datetime.now() + timedelta(days=1)), len(ids))
        left = self.entries.search([])
        self.assertEqual(left.mapped("action"), ["audit.purged"])
        details = json.loads(left.details)
        self.assertEqual(details["entries"], len(ids))
        named = [n for first, last in details["ids"] for n in range(first, last + 1)]
        self.assertEqual(named, ids)
        with (
            claim_log("odoo.sql_db", "ERROR", "append-only"),
            self.assertRaises(psycopg2.errors.RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM ops_audit_entry")

    def test_housekeeping_keeps_six_years_and_never_less_than_one(self):
        self._record()
        for setting in (False, "1"):
            self.env["ir.config_parameter"].set_param(
                "healthcare_ops_automation.audit_retention_days", setting
            )
            self.entries._gc_entries()
            self.assertNotIn("audit.purged", self.entries.search([]).mapped("action"))

    def test_auditor_reads_and_nobody_creates(self):
        entry = self._record()
        auditor = self._create_user("auditor")
        self.assertEqual(entry.with_user(auditor).action, "test.done")
        for user in (auditor, self._create_user("admin"), self._create_user("manager")):
            with self.assertRaises(AccessError):
                self.entries.with_user(user).create({"action": "forged"})

    def test_auditor_reads_only_entries_of_own_companies(self):
        foreign = self._record(self.foreign_site)
        auditor = self._create_user("auditor")
        self.assertNotIn(foreign, self.entries.with_user(auditor).search([]))
