import time

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...core.chain import Seal
from .ops_audit_seal import COLUMNS

# Key of the advisory lock: one sealer at a time.
SEALER_LOCK = 0x6F70735EA1
BATCH = 1000
# A scheduled action's lock hinders upgrades; what is left goes on at once.
RUN_SECONDS = 20


class OpsAuditSeal(models.Model):
    """Sealing: what was committed is chained, in batches, by one sealer at a time.

    It reads and empties ``ops.audit.unsealed`` and adds seals; the entries themselves are
    neither read nor locked.
    """

    _inherit = "ops.audit.seal"

    @api.model
    def _cron_seal(self):
        """Seal what waits."""
        until = time.monotonic() + RUN_SECONDS
        while self._despite_conflicts(self._seal_batch) == BATCH:
            if time.monotonic() > until:
                self.env["ir.cron"]._commit_progress(remaining=1)
                return

    @api.model
    def _seal_batch(self):
        """Seal one batch, in the present transaction.

        :return: how many it were; 0 also when somebody else is sealing
        """
        cr = self.env.cr
        cr.execute(SQL("SELECT pg_try_advisory_xact_lock(%s)", SEALER_LOCK))
        if not cr.fetchone()[0]:
            return 0
        waiting = self.env.execute_query(
            SQL(
                """SELECT u.id, u.res_model, u.entry_id, u.company_id, u.entry_digest, u.entry_at,
                          date_trunc('second', u.appended_at),
                          EXISTS (SELECT FROM ops_audit_seal s WHERE s.res_model = u.res_model
                                     AND s.entry_id = u.entry_id)
                     FROM ops_audit_unsealed u ORDER BY u.id LIMIT %s""",
                BATCH,
            )
        )
        if not waiting:
            return 0
        # An id that is sealed already is not sealed twice: the first seal stands.
        first = {}
        for row in waiting:
            if not row[-1]:
                first.setdefault(row[1:3], row[1:-1])
        self._append_seals(list(first.values()))
        ids = [row[0] for row in waiting]
        cr.execute(SQL("DELETE FROM ops_audit_unsealed WHERE id = ANY(%s)", ids))
        return len(waiting)

    @api.model
    def _append_seals(self, entries):
        """Chain entries to the seals of their root companies."""
        roots = self._roots()
        heads = {}
        rows = []
        now = fields.Datetime.now()
        for res_model, entry_id, company_id, digest, at, appended_at in entries:
            root = roots.get(company_id, company_id)
            head = heads.get(root) or self._head(root)
            facts = (
                head.sequence + 1 if head else 1,
                root,
                res_model,
                entry_id,
                digest,
                at,
                appended_at,
                head.hash if head else None,
                now,
            )
            heads[root] = seal = Seal(*facts, hash=Seal(*facts).true_hash())
            rows.append((*facts, seal.hash))
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO ops_audit_seal (%s) VALUES %s ON CONFLICT DO NOTHING",
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        if self.env.cr.rowcount != len(rows):
            # Others have sealed meanwhile: begin again with what they left.
            raise ConcurrencyError("the trail was sealed concurrently")
        self.invalidate_model()

    @api.model
    def _roots(self):
        """{company id: id of its root company}; a company that is gone stands for itself."""
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT id, COALESCE(NULLIF(split_part(parent_path, '/', 1), '')::int, id)
                         FROM res_company"""
                )
            )
        )
