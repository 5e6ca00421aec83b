import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..core.chain import Anchor
from .trail import TrailCase

ENTRY = "ops.audit.entry"


@tagged("post_install", "-at_install")
class TestOpsAuditVerification(TrailCase):
    """Somebody who owns the database switches the triggers off: where does it show?"""

    def test_what_nobody_touched_is_found_true(self):
        self._record(4)
        self._record(2, seal=False)
        done = self._verify()
        self.assertEqual((done.result, done.finding_count, done.findings), ("clean", 0, False))
        self.assertEqual((done.entry_count, done.head_sequence), (4, 4))
        self.assertEqual(done.head_hash, self._seals(4).digest)
        self.assertEqual((done.unsealed_count, done.chain), (2, "Chain and Sons"))
        self.assertTrue(done.unsealed_since)

    def test_changed_entry(self):
        entries = self._record(3)
        self._tamper(
            "ops_audit_entry",
            "UPDATE ops_audit_entry SET actor_label = 'Somebody else' WHERE id = %s",
            entries[1].id,
        )
        self.assertEqual(self._found(), [("entry_changed", ENTRY, entries[1].id, 2)])
        self.assertEqual(entries.mapped("integrity"), ["sealed", "changed", "sealed"])

    def test_entry_changed_together_with_its_digest(self):
        entries = self._record(3)
        self._rewrite(entries[1])
        self.assertEqual(self._found(), [("entry_rewritten", ENTRY, entries[1].id, 2)])
        self.assertTrue(entries[1].digest_ok)
        self.assertEqual(entries[1].integrity, "changed")

    def test_removed_entry(self):
        entries = self._record(3)
        gone = entries[1].id
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", gone)
        self.assertEqual(self._found(), [("entry_removed", ENTRY, gone, 2)])

    def test_inserted_entry(self):
        self._record(2)
        inserted = self._insert()
        self.assertEqual(self._found(), [("entry_inserted", ENTRY, inserted, None)])

    def test_entry_inserted_by_sql_with_a_time_of_long_ago(self):
        [entry] = self._record()
        ago = fields.Datetime.now() - timedelta(days=30)
        facts = {name: entry[name] for name in self.entries._append_facts} | {"at": ago}
        self._create(facts)  # the triggers are on: it is handed to the sealer
        self._seal()
        backdated = self._seals(2)
        self.assertEqual(self._found(), [("entry_backdated", ENTRY, backdated.entry_id, 2)])

    def test_entries_changed_and_removed_before_they_were_sealed(self):
        entries = self._record(3, seal=False)
        self._rewrite(entries[0])
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", entries[2].id)
        self.assertEqual(
            self._found(),
            [
                ("entry_rewritten", ENTRY, entries[0].id, None),
                ("entry_removed", ENTRY, entries[2].id, None),
            ],
        )
        self._seal()
        self.assertEqual(
            self._found(),
            [
                ("entry_rewritten", ENTRY, entries[0].id, 1),
                ("entry_removed", ENTRY, entries[2].id, 3),
            ],
        )

    def test_entry_taken_off_the_list_of_the_sealer(self):
        [entry] = self._record(1, seal=False)
        self.env.cr.execute("DELETE FROM ops_audit_unsealed WHERE entry_id = %s", [entry.id])
        self.assertEqual(self._found(), [("entry_inserted", ENTRY, entry.id, None)])

    def test_changed_seal(self):
        entries = self._record(3)
        self._tamper(
            "ops_audit_seal",
            "UPDATE ops_audit_seal SET entry_at = entry_at - interval '1 day' WHERE id = %s",
            self._seals(2).id,
        )
        found = self._found()
        self.assertIn(("seal_changed", ENTRY, entries[1].id, 2), found)
        self.assertEqual({each[3] for each in found}, {2})

    def test_entry_and_seal_changed_together(self):
        entries = self._record(3)
        self._rewrite(entries[1])
        self._reseal(entries[1])
        self.assertEqual(self._found(), [("seal_changed", ENTRY, entries[1].id, 2)])
        self._rehash(2)
        self.assertEqual(self._found(), [("link_broken", ENTRY, entries[2].id, 3)])

    def test_chain_worked_out_anew_is_found_by_an_anchor_only(self):
        entries = self._record(4)
        kept = Anchor(4, self._seals(4).digest, "given")
        self._rewrite(entries[1])
        self._reseal(entries[1])
        self._rehash(2, 3, 4)
        self.assertFalse(self._found(), "as the documentation says")
        [(kind, _model, _entry, sequence)] = self._found([kept])
        self.assertEqual((kind, sequence), ("rewritten", 4))

    def test_what_was_verified_before_is_an_anchor(self):
        entries = self._record(4)
        self.assertFalse(self._found())
        self._rewrite(entries[1])
        self._reseal(entries[1])
        self._rehash(2, 3, 4)
        self.assertEqual(self._found()[0][::3], ("rewritten", 4))

    def test_swapped_seals(self):
        self._record(4)
        second, third = self._seals(2), self._seals(3)
        self.env.cr.execute("DROP INDEX ops_audit_seal_sequence_uniq")
        self._tamper(
            "ops_audit_seal",
            "UPDATE ops_audit_seal SET sequence = 5 - sequence WHERE id IN %s",
            (second.id, third.id),
        )
        self.assertEqual({each[3] for each in self._found()}, {2, 3, 4})
        self._rehash(2, 3)
        self.assertTrue(self._found())

    def test_removed_seal_and_its_entry(self):
        entries = self._record(4)
        gone = entries[1].id
        self._tamper("ops_audit_seal", "DELETE FROM ops_audit_seal WHERE entry_id = %s", gone)
        found = self._found()
        self.assertIn(("seal_missing", ENTRY, entries[2].id, 3), found)
        self.assertIn(("entry_inserted", ENTRY, gone, None), found)
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", gone)
        self.assertEqual(self._found(), [("seal_missing", ENTRY, entries[2].id, 3)])

    def test_inserted_seal(self):
        entries = self._record(2)
        inserted = self._insert()
        self.env.cr.execute("DROP INDEX ops_audit_seal_sequence_uniq")
        self._tamper(
            "ops_audit_seal",
            """INSERT INTO ops_audit_seal (sequence, company_id, res_model, entry_id, entry_digest,
                                           entry_at, appended_at, previous_hash, sealed_at, digest)
               SELECT sequence, company_id, res_model, %s, entry_digest, entry_at, appended_at,
                      previous_hash, sealed_at, digest
                 FROM ops_audit_seal WHERE entry_id = %s""",
            inserted,
            entries[0].id,
        )
        self.assertEqual(self._found(), [("seal_inserted", ENTRY, inserted, 1)])

    def test_cut_tail(self):
        entries = self._record(3)
        first = self._verify()
        self._record(2)
        kept = Anchor(6, self._seals(6).digest, "given")
        self._tamper("ops_audit_seal", "DELETE FROM ops_audit_seal WHERE sequence > 1")
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id > %s", entries[0].id)
        done = self._verify([kept])
        found = done._findings_in_words()
        self.assertEqual([each["kind"] for each in found], ["cut", "cut", "entry_inserted"])
        self.assertIn("The chain once reached seal 3 (verification", found[0]["words"])
        self.assertIn("seal 6 (anchor given): the seals from 2 on", found[1]["words"])
        self.assertEqual(found[2]["entry"], first.id, "it has lost its seal")

    def test_whole_chain_that_vanished_is_looked_for(self):
        self._record(2)
        self._verify()
        for table in ("ops_audit_entry", "ops_audit_seal"):
            name = SQL.identifier(table)
            statement = "DELETE FROM %s WHERE company_id = %s"
            self._tamper(table, statement, name, self.chain_id)
        self.assertIn(self.chain_id, self.verifications._chains())
        self.assertEqual(self._found(), [("cut", None, None, None)])

    def test_entry_moved_to_a_company_that_does_not_exist(self):
        [entry] = self._record()
        ghost = 2_000_000_000
        self._tamper("ops_audit_entry", "UPDATE ops_audit_entry SET company_id = %s", ghost)
        self.assertEqual(self._found(), [("entry_changed", ENTRY, entry.id, 1)])
        self.assertIn(ghost, self.verifications._chains())

    # -- what goes as it may ----------------------------------------------------------------

    def test_purged_entries_are_told_from_removed_ones(self):
        old = fields.Datetime.now() - timedelta(days=3000)
        entries = self._record(4)
        for entry in entries[:3]:
            facts = {name: entry[name] for name in self.entries._append_facts} | {"at": old}
            self._tamper(
                "ops_audit_entry",
                "UPDATE ops_audit_entry SET at = %s, digest = %s WHERE id = %s",
                old,
                self.entries._digest(facts),
                entry.id,
            )
            self._tamper(
                "ops_audit_seal",
                """UPDATE ops_audit_seal SET entry_at = %s, appended_at = %s, entry_digest = %s
                    WHERE entry_id = %s""",
                old,
                old,
                self.entries._digest(facts),
                entry.id,
            )
        self._rehash(1, 2, 3, 4)
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", entries[1].id)
        self.entries._purge(fields.Datetime.now() - timedelta(days=2192))
        done = self._verify()
        found = [(each["kind"], each["entry"]) for each in done._findings_in_words()]
        self.assertEqual(found, [("entry_removed", entries[1].id)])
        self.assertEqual((done.purged_count, done.entry_count), (2, 1))

    def test_purge_of_what_is_too_young_is_a_finding(self):
        self._record(2)
        self.entries._purge(fields.Datetime.now() + timedelta(days=1))
        self.assertEqual([each[0] for each in self._found()], ["entry_purged_early"] * 2)

    def test_forged_entry_about_a_purge_excuses_nothing(self):
        entries = self._record(2)
        gone = entries[0].id
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", gone)
        before = fields.Datetime.now() + timedelta(days=1)
        self._tamper(
            "ops_audit_entry",
            """INSERT INTO ops_audit_entry (at, actor_id, actor_label, action, res_model, res_id,
                                            res_label, company_id, details, digest)
               SELECT at, actor_id, actor_label, 'audit.purged', res_model, res_id, res_label,
                      0, %s, digest FROM ops_audit_entry WHERE id = %s""",
            json.dumps({"before": str(before)[:19], "model": ENTRY, "ids": [[gone, gone]]}),
            entries[1].id,
        )
        self.assertEqual(self._found(), [("entry_removed", ENTRY, gone, 1)])

    def test_merged_partner_and_deleted_user_change_nothing(self):
        user = self._create_user("manager")
        partners = self.env["res.partner"].create(
            [{"name": "One", "company_id": self.chain_id}, {"name": "Two"}]
        )
        self.entries.with_user(user)._record("test.done", partners[0].with_user(user).sudo())
        self._seal()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(partners.ids, partners[1])
        user.unlink()
        done = self._verify()
        self.assertEqual((done.finding_count, done.entry_count), (0, 1))

    def test_entries_that_went_with_their_module_are_no_finding(self):
        entries = self._record(2)
        self._tamper(
            "ops_audit_seal",
            "UPDATE ops_audit_seal SET res_model = 'ops.gone' WHERE company_id = %s",
            self.chain_id,
        )
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id IN %s", entries._ids)
        self._rehash(1, 2)
        done = self._verify()
        self.assertEqual((done.finding_count, done.absent_count), (0, 2), "it may come back")
        ids = [[entries[0].id, entries[1].id]]
        model = self.env["ir.model"]._get("ops.site")
        self.entries._record("audit.dropped", model, {"model": "ops.gone", "ids": ids})
        done = self._verify()
        self.assertEqual((done.finding_count, done.purged_count), (0, 2))

    # -- helpers ----------------------------------------------------------------------------

    def _facts(self, entry, **changes):
        facts = {name: entry[name] for name in self.entries._append_facts} | changes
        return {**facts, "digest": self.entries._digest(facts)}

    def _create(self, facts):
        facts = {**facts, "digest": self.entries._digest(facts)}
        return self.entries.sudo().create(facts)

    def _rewrite(self, entry):
        """Change an entry, and work its digest out anew."""
        facts = self._facts(entry, actor_label="Somebody else")
        self._tamper(
            "ops_audit_entry",
            "UPDATE ops_audit_entry SET actor_label = %s, digest = %s WHERE id = %s",
            facts["actor_label"],
            facts["digest"],
            entry.id,
        )

    def _reseal(self, entry):
        """Put the entry's present digest into its seal."""
        self._tamper(
            "ops_audit_seal",
            "UPDATE ops_audit_seal SET entry_digest = %s WHERE entry_id = %s",
            entry.digest,
            entry.id,
        )

    def _insert(self):
        """An entry put in past the triggers, with a digest that is true."""
        self._tamper(
            "ops_audit_entry",
            """INSERT INTO ops_audit_entry (at, actor_id, actor_label, action, res_model, res_id,
                                            res_label, company_id, details, digest)
               SELECT at, actor_id, actor_label, action, res_model, res_id, res_label, company_id,
                      details, digest
                 FROM ops_audit_entry WHERE company_id = %s ORDER BY id LIMIT 1""",
            self.chain_id,
        )
        self.env.cr.execute("SELECT max(id) FROM ops_audit_entry")
        return self.env.cr.fetchone()[0]
