from odoo import api, fields, models
from odoo.tools import format_datetime

from ...core.envelope import rfc3339

RESULTS = [
    ("clean", "Nothing found"),
    ("behind", "Nothing found, sealing is behind"),
    ("found", "Tampering found"),
]


class OpsAuditVerification(models.Model):
    """The result of looking at one chain and all that it seals: itself part of the trail.

    The engine writes it (``ops_audit_verify``). Findings are kept as facts; the words for them
    are the reader's.
    """

    _name = "ops.audit.verification"
    _description = "Verification of the Trail"
    _inherit = ["ops.append.only", "ops.worker"]
    _order = "id desc"
    _log_access = False
    _append_facts = (
        "at",
        "actor_id",
        "actor_label",
        "company_id",
        "chain",
        "result",
        "head_sequence",
        "head_hash",
        "head_at",
        "entry_count",
        "purged_count",
        "absent_count",
        "unsealed_count",
        "unsealed_since",
        "anchor_count",
        "anchored_to",
        "finding_count",
        "findings",
        "duration_ms",
    )

    at = fields.Datetime(string="Time", required=True, readonly=True)
    actor_id = fields.Integer(string="User ID", required=True, readonly=True, aggregator=None)
    actor_label = fields.Char(string="By", required=True, readonly=True)
    company_id = fields.Integer(
        string="Root company ID", readonly=True, aggregator=None, help="0: of no company."
    )
    chain = fields.Char(
        required=True, readonly=True, help="Each group of companies has a chain of its own."
    )
    result = fields.Selection(RESULTS, required=True, readonly=True)
    head_sequence = fields.Integer(
        string="Sealed up to", readonly=True, aggregator=None, help="The last seal of the chain."
    )
    head_hash = fields.Char(
        string="Hash of the head", readonly=True, help="Covers the last seal and all before it."
    )
    head_at = fields.Datetime(string="Head sealed", readonly=True)
    entry_count = fields.Integer(
        string="Entries", readonly=True, aggregator=None, help="Compared with their seals."
    )
    purged_count = fields.Integer(
        string="Purged",
        readonly=True,
        aggregator=None,
        help="Sealed, and gone by the retention rule or with a module that was removed; an entry "
        "of the trail says so.",
    )
    absent_count = fields.Integer(
        string="Not compared",
        readonly=True,
        aggregator=None,
        help="Sealed entries of modules that are not loaded.",
    )
    unsealed_count = fields.Integer(
        string="Not sealed yet", readonly=True, aggregator=None, help="Seals come within a minute."
    )
    unsealed_since = fields.Datetime(string="Oldest of them", readonly=True)
    anchor_count = fields.Integer(
        string="Anchors compared",
        readonly=True,
        aggregator=None,
        help="Heads noted earlier: in events, in verifications, or given by who verified.",
    )
    anchored_to = fields.Integer(
        string="Anchored up to",
        readonly=True,
        aggregator=None,
        help="The last seal whose hash is the one that was noted earlier.",
    )
    finding_count = fields.Integer(string="Findings", readonly=True, aggregator=None)
    findings = fields.Text(
        string="Findings as facts", readonly=True, help="JSON: kind, model, id, seal, time of each."
    )
    findings_html = fields.Html(compute="_compute_findings_html", string="What was found")
    duration_ms = fields.Integer(string="Took (ms)", readonly=True, aggregator=None)

    _chain_idx = models.Index("(company_id, id)")

    def _compute_display_name(self):
        for verification in self:
            at = format_datetime(self.env, verification.at, dt_format="short")
            verification.display_name = f"{verification.chain}, {at}"

    # -- the head, to be kept elsewhere -----------------------------------------------------

    def action_download_head(self):
        """Download sequence and hash of the head, to be kept where nobody here can change it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/healthcare_ops/trail/head/{self.id}",
            "target": "new",
        }

    def _head_to_keep(self):
        """What a copy kept elsewhere says; times in UTC."""
        self.ensure_one()
        # sudo: the database's own number, so that the paper says which trail it is of
        parameters = self.env["ir.config_parameter"].sudo()
        return {
            "database": parameters.get_param("database.uuid"),
            "root_company": self.company_id,
            "chain": self.chain,
            "sequence": self.head_sequence,
            "hash": self.head_hash or None,
            "sealed_at": self.head_at and rfc3339(self.head_at),
            "verified_at": rfc3339(self.at),
            "findings": self.finding_count,
        }

    @api.model
    def _change_refusal(self):
        return self.env._("What a verification found cannot be changed.")

    @api.model
    def _deletion_refusal(self):
        return self.env._("What a verification found cannot be deleted.")

    def _ops_place(self):
        return self.env["ops.audit.seal"]._chain_places([each.company_id for each in self])
