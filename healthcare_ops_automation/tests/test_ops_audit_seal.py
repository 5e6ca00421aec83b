import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..hooks import uninstall_hook
from .log_claims import claim_log
from .trail import TrailCase


@tagged("post_install", "-at_install")
class TestOpsAuditSeal(TrailCase):
    def test_each_entry_gets_a_seal_that_follows_on_the_one_before(self):
        entries = self._record(3)
        seals = self._seals()
        self.assertEqual(seals.mapped("sequence"), [1, 2, 3])
        self.assertEqual(seals.mapped("entry_id"), entries.ids)
        self.assertEqual([seal.entry_digest for seal in seals], entries.mapped("digest"))
        self.assertEqual(
            [seal.previous_hash for seal in seals], [False, *seals[:2].mapped("digest")]
        )
        self.assertEqual(seals.mapped("digest_ok"), [True] * 3)
        self.assertEqual(entries.mapped("integrity"), ["sealed"] * 3)
        self.assertEqual(entries.mapped("seal_sequence"), [1, 2, 3])

    def test_what_waits_for_its_seal_says_so(self):
        entry = self._record(seal=False)
        self.assertEqual((entry.integrity, entry.is_sealed), ("waiting", False))
        unsealed = self.entries.search([("is_sealed", "=", False)])
        self.assertIn(entry, unsealed)
        self._seal()
        entry.invalidate_recordset()
        self.assertTrue(entry.is_sealed)
        self.assertNotIn(entry, self.entries.search([("is_sealed", "=", False)]))
        self.assertIn(entry, self.entries.search([("is_sealed", "=", True)]))

    def test_branches_are_in_the_chain_of_their_root_and_the_shared_in_their_own(self):
        branch = self.env["res.company"].create(
            {"name": "Chain Branch", "parent_id": self.chain_company.id}
        )
        site = self._create_site("Branch Clinic", "T-BRANCH", branch)
        self._record(1, site)
        self.assertEqual(self._seals().mapped("sequence"), [1])
        head = self.seals._head(0)
        shared = self._record(1, self.env["ir.model"]._get("ops.site"))
        self.assertEqual(self.seals._head(0).sequence, (head.sequence if head else 0) + 1)
        self.assertEqual(self.seals._head(0).entry_id, shared.id)
        self.assertEqual(len(self._seals()), 1)

    def test_sealing_again_adds_nothing(self):
        [entry] = self._record()
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_audit_unsealed
                       (res_model, entry_id, company_id, entry_at, entry_digest)
                   SELECT 'ops.audit.entry', id, company_id, at, digest
                     FROM ops_audit_entry WHERE id = %s""",
                entry.id,
            )
        )
        self._seal()
        self.assertEqual(len(self._seals()), 1)
        self.assertFalse(self.env["ops.audit.unsealed"].search_count([]))

    def test_nothing_of_a_rolled_back_savepoint_waits_for_a_seal(self):
        class Back(Exception):
            """Leave the savepoint."""

        before = self.env["ops.audit.unsealed"].search_count([])
        with self.assertRaises(Back), self.env.cr.savepoint():
            self._record(seal=False)
            self.env.flush_all()
            raise Back
        self.assertEqual(self.env["ops.audit.unsealed"].search_count([]), before)

    def test_one_statement_notes_all_that_it_appends(self):
        rows = 50
        facts = {
            "at": fields.Datetime.now(),
            "actor_id": 1,
            "actor_label": "x",
            "action": "test.many",
            "res_model": "ops.site",
            "res_id": self.chain_site.id,
            "res_label": "x",
            "company_id": self.chain_id,
            "details": False,
        }
        digest = self.entries._digest(facts)
        self.env.flush_all()
        counts = []
        for many in (1, 1, rows):
            before = self.env.cr.sql_log_count
            self.entries.sudo().create([{**facts, "digest": digest}] * many)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self._seal()
        self.assertEqual(len(self._seals()), rows + 2)

    def test_database_refuses_to_change_seals_and_results(self):
        self._record()
        self._verify()
        self.env.flush_all()
        for table in ("ops_audit_seal", "ops_audit_verification"):
            name = SQL.identifier(table)
            for statement in ("UPDATE %s SET company_id = 9", "DELETE FROM %s", "TRUNCATE %s"):
                with (
                    claim_log("odoo.sql_db", "ERROR", "append-only"),
                    self.assertRaises(psycopg2.errors.RestrictViolation, msg=statement),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(SQL(statement, name))

    def test_orm_refuses_the_superuser_too(self):
        self._record()
        for record in (self._seals(), self._verify()):
            with self.assertRaises(UserError):
                record.sudo().write({"company_id": 9})
            with self.assertRaises(UserError):
                record.sudo().unlink()

    def test_purge_never_deletes_a_seal_and_nothing_but_the_purge_deletes_entries(self):
        self._record()
        self.env.cr.execute("SELECT set_config('healthcare_ops.audit_purge', 'on', true)")
        with (
            claim_log("odoo.sql_db", "ERROR", "append-only"),
            self.assertRaises(psycopg2.errors.RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM ops_audit_seal")

    # -- upgrade, uninstallation ----------------------------------------------------------

    def test_entries_from_before_there_were_seals_are_sealed_in_their_order(self):
        entries = self._record(3)
        self._tamper("ops_audit_seal", "DELETE FROM ops_audit_seal")
        self.entries._queue_earlier()
        self._seal()
        seals = self._seals()
        self.assertEqual(seals.mapped("entry_id"), entries.ids)
        self.assertEqual(seals.mapped("appended_at"), [False] * 3)
        self.assertFalse(self._found())

    def test_upgrade_does_not_seal_what_came_past_the_triggers(self):
        self._record()
        inserted = self._insert_past_triggers()
        module = {"module": "healthcare_ops_automation"}
        self.registry.init_models(self.env.cr, [self.entries._name], module, install=False)
        self._seal()
        self.assertIn(("entry_inserted", "ops.audit.entry", inserted, None), self._found())

    def test_column_added_by_an_upgrade_changes_no_digest(self):
        self._record(2)
        for table in ("ops_audit_entry", "ops_audit_seal"):
            self.env.cr.execute(
                SQL("ALTER TABLE %s ADD COLUMN added_later varchar", SQL.identifier(table))
            )
        self.assertFalse(self._found())

    def test_no_id_is_given_twice_when_a_table_begins_anew(self):
        [entry] = self._record()
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry")
        self.env.cr.execute("SELECT setval('ops_audit_entry_id_seq', 1, false)")
        self.entries._continue_ids()
        self.assertGreater(self._record()[0].id, entry.id)

    def test_uninstallation_leaves_no_trigger_and_no_function(self):
        uninstall_hook(self.env)
        self.env.cr.execute(
            """SELECT tgname FROM pg_trigger WHERE tgname LIKE 'ops\\_audit%' UNION ALL
               SELECT proname FROM pg_proc WHERE proname LIKE 'ops\\_audit%'"""
        )
        self.assertEqual(self.env.cr.fetchall(), [])

    def _insert_past_triggers(self):
        self._tamper(
            "ops_audit_entry",
            """INSERT INTO ops_audit_entry (at, actor_id, actor_label, action, res_model, res_id,
                                            res_label, company_id, digest)
               SELECT at, actor_id, actor_label, action, res_model, res_id, res_label, company_id,
                      digest
                 FROM ops_audit_entry WHERE company_id = %s ORDER BY id DESC LIMIT 1""",
            self.chain_id,
        )
        self.env.cr.execute("SELECT max(id) FROM ops_audit_entry")
        return self.env.cr.fetchone()[0]
