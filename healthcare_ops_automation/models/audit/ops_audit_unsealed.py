from odoo import fields, models


class OpsAuditUnsealed(models.Model):
    """What waits for its seal: written by triggers, with what was appended, and taken by the
    sealer. The digest is taken down here, so that a row that is changed meanwhile is found."""

    _name = "ops.audit.unsealed"
    _description = "Entry to Be Sealed"
    _order = "id"
    _log_access = False

    res_model = fields.Char(string="Model", required=True, readonly=True)
    entry_id = fields.Integer(string="Entry ID", required=True, readonly=True)
    company_id = fields.Integer(string="Company ID", readonly=True)
    entry_at = fields.Datetime(string="Time", required=True, readonly=True)
    entry_digest = fields.Char(string="SHA-256", required=True, readonly=True)
    appended_at = fields.Datetime(
        string="Appended", readonly=True, help="None: from before there were seals."
    )

    _entry_idx = models.Index("(res_model, entry_id)")
