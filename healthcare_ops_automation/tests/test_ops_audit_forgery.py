import io
import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..core.chain import Seal
from ..core.spreadsheet import Sheet
from ..models.audit.ops_audit_seal import COLUMNS
from .trail import TrailCase

ENTRY = "ops.audit.entry"
VERIFICATION = "ops.audit.verification"


@tagged("post_install", "-at_install")
class TestOpsAuditForgery(TrailCase):
    """Somebody who owns the database writes what the trail itself would have written."""

    def test_seal_where_no_verification_comes_by_hides_no_entry(self):
        branch = self.env["res.company"].create(
            {"name": "Chain Branch", "parent_id": self.chain_id}
        )
        self._record(2)
        forged = [self._past_triggers(), self._past_triggers(), self._past_triggers()]
        self._forge_seal(forged[0], company_id=branch.id, sequence=1)
        self._forge_seal(forged[1], company_id=self.chain_id, sequence=-1)
        self._forge_seal(forged[2], company_id=None, sequence=1)
        found = [("entry_inserted", ENTRY, each, None) for each in forged]
        self.assertEqual(self._found(), found)

    def test_entries_of_a_branch_that_was_deleted_are_no_finding(self):
        branch = self.env["res.company"].create(
            {"name": "Chain Branch", "parent_id": self.chain_id}
        )
        branch_id = branch.id
        self._record(1, self._create_site("Branch Clinic", "T-BRANCH", branch))
        self.patch(type(self.seals), "_roots", lambda self: {})
        [done] = self.verifications._verify([branch_id])
        self.assertEqual(done.finding_count, 0)

    def test_entry_handed_to_the_sealer_as_one_of_long_ago(self):
        self._record(2)
        ago = fields.Datetime.now() - timedelta(days=40)
        as_noted, as_earlier = self._past_triggers(ago), self._past_triggers(ago)
        self._tamper(
            "ops_audit_seal",
            "UPDATE ops_audit_seal SET sealed_at = sealed_at - %s",
            timedelta(hours=2),
        )
        self._hand_to_sealer(as_noted, ago)
        self._hand_to_sealer(as_earlier, None)
        self._record()
        self._rehash(1, 2, 3, 4, 5)
        self.assertEqual(
            self._found(),
            [
                ("entry_out_of_order", ENTRY, as_noted, 3),
                ("entry_out_of_order", ENTRY, as_earlier, 4),
            ],
        )

    def test_entry_about_a_removed_module_excuses_nothing_of_one_that_is_there(self):
        entries = self._record(2)
        first, second = self._verify(), self._verify()
        self._seal()
        gone = [(ENTRY, entries[0].id), (VERIFICATION, second.id)]
        for model, each in gone:
            table = self.env[model]._table
            self._tamper(table, "DELETE FROM %s WHERE id = %s", SQL.identifier(table), each)
            self._claim("audit.dropped", {"model": model, "ids": [[each, each]]})
        self._claim("audit.purged", {"model": VERIFICATION, "ids": [[first.id, second.id]]})
        self._seal()
        self.assertEqual(
            [each[:3] for each in self._found()], [("entry_removed", *each) for each in gone]
        )

    def test_unreadable_entry_about_a_purge_does_not_stop_the_verification(self):
        [entry] = self._record()
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry WHERE id = %s", entry.id)
        for details in (["x"], {"ids": 3}, {"ids": [[1]]}, {"before": "x"}, {"ids": [["a", "b"]]}):
            self._claim("audit.purged", details)
        self._seal()
        self.assertEqual(self._found(), [("entry_removed", ENTRY, entry.id, 1)])

    def test_entry_handed_twice_does_not_stop_the_sealer(self):
        [entry] = self._record(seal=False)
        self._hand_to_sealer(entry.id, entry.at)
        self._record()
        self.assertEqual(self._seals().mapped("sequence"), [1, 2])
        self.assertFalse(self._found())

    def test_what_waited_for_its_seal_when_its_module_went_is_no_finding(self):
        self._record()
        self.env.cr.execute(
            """INSERT INTO ops_audit_unsealed
                           (res_model, entry_id, company_id, entry_at, entry_digest, appended_at)
               SELECT 'ops.gone', 7, %s, at, digest, at FROM ops_audit_entry
                WHERE company_id = %s""",
            [self.chain_id, self.chain_id],
        )
        self.assertFalse(self._found())
        self._claim("audit.dropped", {"model": "ops.gone", "ids": [[1, 7]]})
        self.assertFalse(self._found())

    def test_ids_that_wait_for_their_seal_are_not_given_twice(self):
        [entry] = self._record(seal=False)
        self._tamper("ops_audit_entry", "DELETE FROM ops_audit_entry")
        self.env.cr.execute("SELECT setval('ops_audit_entry_id_seq', 1, false)")
        self.entries._continue_ids()
        self.assertGreater(self._record(seal=False)[0].id, entry.id)

    def test_no_formula_begins_within_a_text(self):
        file = io.BytesIO()
        Sheet(file).row(["fine;=1+1", "so\n@SUM(1)", "a; b = c", "x - y"])
        text = file.getvalue().decode("utf-8-sig")
        self.assertEqual(text, "fine;'=1+1,\"so\n'@SUM(1)\",a; b = c,x - y\r\n")

    # -- helpers ----------------------------------------------------------------------------

    def _past_triggers(self, at=None):
        """Put an entry in, with a digest that is true."""
        [entry] = self.entries.search([("company_id", "=", self.chain_id)], limit=1, order="id")
        facts = {name: entry[name] for name in self.entries._append_facts}
        facts["at"] = at or entry.at
        values = {**facts, "digest": self.entries._digest(facts)}
        self._tamper(
            "ops_audit_entry",
            "INSERT INTO ops_audit_entry (%s) VALUES %s",
            SQL(", ").join(map(SQL.identifier, values)),
            tuple(value or None for value in values.values()),
        )
        self.env.cr.execute("SELECT max(id) FROM ops_audit_entry")
        return self.env.cr.fetchone()[0]

    def _forge_seal(self, entry_id, company_id, sequence):
        entry = self.entries.browse(entry_id)
        facts = (sequence, company_id, ENTRY, entry_id, entry.digest, entry.at, entry.at, None)
        seal = Seal(*facts, entry.at)
        self._tamper(
            "ops_audit_seal",
            "INSERT INTO ops_audit_seal (%s) VALUES %s",
            SQL(", ").join(map(SQL.identifier, COLUMNS)),
            (*seal.facts(), seal.true_hash()),
        )

    def _hand_to_sealer(self, entry_id, appended_at):
        self.env.cr.execute(
            """INSERT INTO ops_audit_unsealed
                           (res_model, entry_id, company_id, entry_at, entry_digest, appended_at)
               SELECT %s, id, company_id, at, digest, %s FROM ops_audit_entry WHERE id = %s""",
            [ENTRY, appended_at, entry_id],
        )

    def _claim(self, action, details):
        """An entry of the trail that is true in itself, and says what is not."""
        before = fields.Datetime.to_string(fields.Datetime.now() - timedelta(days=3000))
        if isinstance(details, dict) and action == "audit.purged":
            details = {"before": before, **details}
        model = self.env["ir.model"]._get("ops.site")
        self.entries._record(action, model, json.loads(json.dumps(details)))
