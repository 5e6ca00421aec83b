from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Six years: 45 CFR 164.316(b)(2)(i). A shorter retention than a year is taken for a slip.
RETENTION_PARAMETER = "healthcare_ops_automation.audit_retention_days"
RETENTION_DAYS = 2192
MIN_RETENTION_DAYS = 366
# Set to "on" for the statement by which the purge, and nothing else, may delete.
PURGE_SETTING = "healthcare_ops.audit_purge"
# What says which entries are gone is needed for as long as their seals are there.
KEPT_ACTIONS = ("audit.purged", "audit.dropped")
# So many are purged at once, and named in one entry.
BATCH = 10_000


class OpsAuditEntry(models.Model):
    """Retention: old entries go, and an entry that stays says which they were."""

    _inherit = "ops.audit.entry"
    _append_purge_setting = PURGE_SETTING

    @api.autovacuum
    def _gc_entries(self):
        """Purge what is older than the retention: six years unless the parameter says more."""
        days = self.env["ir.config_parameter"].get_param(RETENTION_PARAMETER)
        days = max(int(days), MIN_RETENTION_DAYS) if (days or "").isdigit() else RETENTION_DAYS
        self._purge(fields.Datetime.now() - timedelta(days=days))

    @api.model
    def _purge(self, before):
        """Delete the sealed entries older than ``before`` and record which they were.

        What is not sealed stays: its removal could not be told from tampering.

        :param datetime before: entries strictly older than this go (UTC)
        :return: the number of entries deleted
        """
        count = 0
        while purged := self._purge_batch(before):
            ids = [[first, last] for first, last, _count in purged]
            batch = sum(row[2] for row in purged)
            details = {"before": before, "entries": batch, "model": self._name, "ids": ids}
            self._record("audit.purged", self.env.company, details)
            count += batch
        self.invalidate_model()
        return count

    @api.model
    def _purge_batch(self, before):
        """Delete some.

        :return: ``(first id, last id, count)`` of each run of ids without a gap
        """
        cr = self.env.cr
        cr.execute("SELECT set_config(%s, 'on', true)", [PURGE_SETTING])
        try:
            return self.env.execute_query(
                SQL(
                    """WITH old AS (
                           SELECT entry.id
                             FROM ops_audit_entry entry
                             JOIN ops_audit_seal seal
                               ON seal.res_model = %s AND seal.entry_id = entry.id
                            WHERE entry.at < %s AND entry.action <> ALL(%s)
                            ORDER BY entry.id LIMIT %s
                       ), gone AS (
                           DELETE FROM ops_audit_entry WHERE id IN (SELECT id FROM old)
                           RETURNING id
                       )
                       SELECT min(id), max(id), count(*)
                         FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS run
                                 FROM gone) AS runs
                        GROUP BY run ORDER BY 1""",
                    self._name,
                    before,
                    list(KEPT_ACTIONS),
                    BATCH,
                )
            )
        finally:
            cr.execute("SELECT set_config(%s, 'off', true)", [PURGE_SETTING])
