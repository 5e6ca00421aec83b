from odoo import api, models
from odoo.tools import SQL

from .look import Gone
from .ops_append_only import ENGINE
from .ops_audit_purge import KEPT_ACTIONS


class OpsAuditVerification(models.Model):
    """What is gone as it may be, and what is only said to be."""

    _inherit = "ops.audit.verification"

    @api.model
    def _gone(self):
        """What purges and removed modules took away, by entries that are true themselves."""
        rows = self.env.execute_query(
            SQL(
                """SELECT entry.id, entry.at, entry.action, entry.details,
                          COALESCE(seal.entry_digest, waiting.entry_digest)
                     FROM ops_audit_entry entry
                     LEFT JOIN ops_audit_seal seal
                            ON seal.res_model = 'ops.audit.entry' AND seal.entry_id = entry.id
                     LEFT JOIN ops_audit_unsealed waiting
                            ON waiting.res_model = 'ops.audit.entry'
                           AND waiting.entry_id = entry.id
                    WHERE entry.action = ANY(%s)""",
                list(KEPT_ACTIONS),
            )
        )
        digests = self._entry_rows(("ops.audit.entry", row[0]) for row in rows)
        gone = Gone()
        for entry_id, at, action, details, noted in rows:
            stored, true = digests["ops.audit.entry", entry_id]
            if noted == stored == true:
                gone.take(at, action, details)
        return gone.ready(self._may_be_gone)

    @api.model
    def _may_be_gone(self, model_name, action, last):
        """Whether entries of a model, up to the id ``last``, can have gone in this way."""
        if model_name not in self._tables("ops.append.only"):
            return action == "audit.dropped"
        model = self.env[model_name]
        if action == "audit.purged":
            return bool(model._append_purge_setting)
        # The engine's own go with everything; others go all at once, with their table.
        table = SQL.identifier(model._table)
        left = SQL("SELECT EXISTS (SELECT FROM %s WHERE id <= %s)", table, last)
        return model._original_module != ENGINE and not self.env.execute_query(left)[0][0]
