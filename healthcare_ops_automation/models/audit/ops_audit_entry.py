import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...core.digest import canonical_json, sha256_hex

# Every fact an entry's digest covers, in the order in which it is hashed.
DIGESTED_FIELDS = (
    "at",
    "actor_id",
    "actor_label",
    "action",
    "res_model",
    "res_id",
    "res_label",
    "company_id",
    "details",
)
# Six years: 45 CFR 164.316(b)(2)(i). A shorter retention than a year is taken for a slip.
RETENTION_PARAMETER = "healthcare_ops_automation.audit_retention_days"
RETENTION_DAYS = 2192
MIN_RETENTION_DAYS = 366
# Set to "on" for the statement by which the purge, and nothing else, may delete.
PURGE_SETTING = "healthcare_ops.audit_purge"
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION ops_audit_entry_append_only() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('healthcare_ops.audit_purge', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'ops_audit_entry is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS ops_audit_entry_no_change ON ops_audit_entry;
CREATE TRIGGER ops_audit_entry_no_change
    BEFORE UPDATE OR DELETE ON ops_audit_entry
    FOR EACH ROW EXECUTE FUNCTION ops_audit_entry_append_only();
DROP TRIGGER IF EXISTS ops_audit_entry_no_truncate ON ops_audit_entry;
CREATE TRIGGER ops_audit_entry_no_truncate
    BEFORE TRUNCATE ON ops_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ops_audit_entry_append_only();
"""


class OpsAuditEntry(models.Model):
    """Append-only record of who did what, to which record, when.

    There are no foreign keys: ids and label snapshots survive a merged partner and a
    deleted user. A database trigger refuses UPDATE, DELETE and TRUNCATE; only
    :meth:`_purge` deletes, and says so in an entry. Each entry carries the SHA-256 of its
    own facts. Tamper-evident, not tamper-proof: a database superuser can disable triggers.
    """

    _name = "ops.audit.entry"
    _description = "Audit Entry"
    _order = "id desc"
    _rec_name = "action"
    _log_access = False

    at = fields.Datetime(string="Time", required=True, readonly=True)
    actor_id = fields.Integer(string="User ID", required=True, readonly=True)
    actor_label = fields.Char(string="User", required=True, readonly=True)
    action = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Record ID", required=True, readonly=True)
    res_label = fields.Char(string="Record", required=True, readonly=True)
    company_id = fields.Integer(string="Company ID", readonly=True)
    details = fields.Text(readonly=True, help="JSON: what exactly changed or was decided.")
    digest = fields.Char(
        string="SHA-256", required=True, readonly=True, help="Hash over all facts of the entry."
    )
    digest_ok = fields.Boolean(
        compute="_compute_digest_ok",
        string="Unchanged",
        help="The entry's facts still give the hash that was stored with them.",
    )

    _record_idx = models.Index("(res_model, res_id)")

    def init(self):
        self.env.cr.execute(APPEND_ONLY)

    @api.model
    def _drop_append_only(self):
        """Remove triggers and function, so that uninstalling can drop the table."""
        self.env.cr.execute("DROP FUNCTION IF EXISTS ops_audit_entry_append_only() CASCADE")

    @api.depends(*DIGESTED_FIELDS, "digest")
    def _compute_digest_ok(self):
        for entry in self:
            facts = {name: entry[name] for name in DIGESTED_FIELDS}
            entry.digest_ok = entry.digest == self._digest(facts)

    @api.model
    def _digest(self, facts):
        facts = {**facts, "at": fields.Datetime.to_string(facts["at"])}
        return sha256_hex(canonical_json([facts[name] or None for name in DIGESTED_FIELDS]))

    @api.model
    def _record(self, action, records, details=None):
        """Append one entry for each record, with the current user as the actor.

        :param str action: code of what was done, such as ``endpoint.paused``
        :param records: the records it was done to, of any model
        :param dict details: JSON-serialisable facts, the same for each record
        :return: the entries
        """
        now = fields.Datetime.now()
        user = self.env.user
        values = []
        for record in records:
            # The company is a fact when there is one; entries about shared records have none.
            company = record.company_id if "company_id" in record._fields else None
            facts = {
                "at": now,
                "actor_id": user.id,
                "actor_label": f"{user.name} ({user.login})",
                "action": action,
                "res_model": record._name,
                "res_id": record.id,
                "res_label": record.display_name,
                "company_id": company.id if company else 0,
                "details": json.dumps(details, sort_keys=True, default=str) if details else False,
            }
            values.append({**facts, "digest": self._digest(facts)})
        # sudo: nobody may create entries; this method is private and takes the actor from env
        return self.sudo().create(values).with_env(self.env)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The audit trail cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("The audit trail cannot be deleted; old entries go by the retention rule.")
        )

    @api.autovacuum
    def _gc_entries(self):
        """Purge what is older than the retention: six years unless the parameter says more."""
        days = self.env["ir.config_parameter"].get_param(RETENTION_PARAMETER)
        days = max(int(days), MIN_RETENTION_DAYS) if (days or "").isdigit() else RETENTION_DAYS
        self._purge(fields.Datetime.now() - timedelta(days=days))

    @api.model
    def _purge(self, before):
        """Delete the entries older than ``before`` and record that this was done.

        :param datetime before: entries strictly older than this go (UTC)
        :return: the number of entries deleted
        """
        cr = self.env.cr
        cr.execute("SELECT set_config(%s, 'on', true)", [PURGE_SETTING])
        try:
            cr.execute(SQL("DELETE FROM ops_audit_entry WHERE at < %s", before))
            count = cr.rowcount
        finally:
            cr.execute("SELECT set_config(%s, 'off', true)", [PURGE_SETTING])
        self.invalidate_model()
        if count:
            self._record("audit.purged", self.env.company, {"before": before, "entries": count})
        return count
