"""Entries of the trail, their seals, and somebody who owns the database and changes them."""

from odoo.tools import SQL

from .common import OpsCase


class TrailCase(OpsCase):
    """Chains of companies made for the test, so that they hold what the test recorded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entries = cls.env["ops.audit.entry"]
        cls.seals = cls.env["ops.audit.seal"]
        cls.verifications = cls.env["ops.audit.verification"]
        cls.chain_company = cls.env["res.company"].create({"name": "Chain and Sons"})
        cls.chain_site = cls._create_site("Chain Clinic", "T-CHAIN", cls.chain_company)
        cls.chain_id = cls.chain_company.id
        cls._seal()

    @classmethod
    def _seal(cls):
        """What the scheduled action does, within the test's transaction."""
        cls.env.flush_all()
        while cls.seals._seal_batch():
            pass

    def _record(self, count=1, site=None, seal=True):
        """So many entries in the chain of the test."""
        entries = self.entries.browse()
        for number in range(1, count + 1):
            entries += self.entries._record("test.done", site or self.chain_site, {"n": number})
        if seal:
            self._seal()
        return entries.sudo()

    def _seals(self, *sequences):
        domain = [("company_id", "=", self.chain_id)]
        if sequences:
            domain.append(("sequence", "in", sequences))
        return self.seals.search(domain, order="sequence, id")

    def _verify(self, anchors=None):
        """Verify the chain of the test.

        :param anchors: what the caller kept elsewhere
        """
        given = {self.chain_id: anchors} if anchors else None
        return self.verifications._verify([self.chain_id], given)

    def _found(self, anchors=None):
        """What a verification finds: kind, model, id and seal of each."""
        verification = self._verify(anchors)
        return [
            (each["kind"], each["res_model"], each["entry"], each["seal"])
            for each in verification._findings_in_words()
        ]

    def _tamper(self, table, statement, *values):
        """Run a statement as who owns the database can: with the triggers off."""
        name = SQL.identifier(table)
        self.env.flush_all()
        self.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", name))
        self.env.cr.execute(SQL(statement, *values))
        count = self.env.cr.rowcount
        self.env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", name))
        self.env.invalidate_all()
        self.assertTrue(count, "nothing was tampered with")

    def _rehash(self, *sequences):
        """Work out the hashes of these seals anew, and what follows on them among these."""
        for sequence in sequences:
            [(seal_id, seal)] = self.seals._rows(
                SQL("company_id = %s AND sequence = %s", self.chain_id, sequence), SQL("id"), 1
            )
            self._tamper(
                "ops_audit_seal",
                "UPDATE ops_audit_seal SET digest = %s WHERE id = %s",
                seal.true_hash(),
                seal_id,
            )
            if sequence + 1 in sequences:
                self._tamper(
                    "ops_audit_seal",
                    "UPDATE ops_audit_seal SET previous_hash = %s"
                    " WHERE company_id = %s AND sequence = %s",
                    seal.true_hash(),
                    self.chain_id,
                    sequence + 1,
                )
