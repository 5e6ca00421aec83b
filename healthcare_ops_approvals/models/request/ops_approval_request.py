from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

STATES = [
    ("pending", "Waiting for approval"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("returned", "Sent back"),
    ("withdrawn", "Withdrawn"),
    ("superseded", "Superseded"),
    ("closed", "Closed"),
]
# A document has at most one of these: what it waits for, or what it stands on.
LIVE = ("pending", "approved")
NUMBERS = "ops_approval_request_number"


class OpsApprovalRequest(models.Model):
    """A document put before the people who have to approve it.

    How it works: everything about the policy is taken down when the document is submitted, so that
    a request reads the same however the policy changes. ``version`` counts what was put before
    the approvers, ``revision`` what was decided: each decision raises it, so that two at once
    conflict and the second begins again.
    """

    _name = "ops.approval.request"
    _description = "Approval Request"
    _inherit = ["mail.thread", "mail.activity.mixin", "ops.approval.kept"]
    _order = "submitted_at desc, id desc"
    _log_access = False

    name = fields.Char(string="Number", required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, readonly=True
    )
    res_name = fields.Char(string="Concerns", readonly=True, help="Its name when submitted.")
    model_label = fields.Char(string="Kind of document", compute="_compute_model_label")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict", readonly=True)
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, group_expand=True
    )
    version = fields.Integer(
        required=True,
        readonly=True,
        default=1,
        help="Counts what was put before the approvers: each material change is a new version.",
    )
    revision = fields.Integer(required=True, readonly=True, default=0)
    # Snapshots of the policy: ids without foreign keys, and labels.
    version_id = fields.Integer(string="Version of the policy (ID)", readonly=True)
    policy_label = fields.Char(string="Policy", readonly=True)
    row_id = fields.Integer(string="Row of the policy (ID)", readonly=True)
    row_label = fields.Char(string="Row", readonly=True)
    rules = fields.Json(readonly=True, help="The stages, tolerance and execution, taken down.")
    explanation = fields.Json(readonly=True, help="Why it goes this way, in sentences.")
    requester_id = fields.Many2one(
        "res.users",
        string="Submitted by",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    handler_id = fields.Many2one(
        "res.users",
        string="Looked after by",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="Took over from who submitted it: is told, answers, may withdraw it, and does not "
        "decide about it.",
    )
    # Indexed: whoever stands in for somebody is not shown what they made or changed themselves.
    creator_id = fields.Many2one(
        "res.users",
        string="Made by",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
    )
    editor_id = fields.Many2one(
        "res.users",
        string="Last changed by",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
    )
    currency_id = fields.Many2one(
        "res.currency", ondelete="restrict", readonly=True, string="Document currency"
    )
    document_amount = fields.Monetary(readonly=True, currency_field="currency_id", string="Amount")
    baseline_amount = fields.Monetary(
        readonly=True,
        currency_field="currency_id",
        string="Approved amount",
        help="What later increases are measured against.",
    )
    policy_currency_id = fields.Many2one("res.currency", ondelete="restrict", readonly=True)
    amount = fields.Monetary(
        readonly=True, currency_field="policy_currency_id", string="Amount in the policy's currency"
    )
    rate = fields.Float(
        digits=0, readonly=True, help="Units of the policy's currency for one of the document's."
    )
    rate_date = fields.Date(readonly=True)
    fingerprint = fields.Char(readonly=True, help="SHA-256 over what stands to be approved.")
    content = fields.Json(readonly=True, groups="base.group_no_one")
    summary = fields.Json(readonly=True, help="What readers without the document get to see.")
    submitted_at = fields.Datetime(string="Submitted", readonly=True)
    decided_at = fields.Datetime(string="Decided", readonly=True)
    executed_at = fields.Datetime(string="Carried out", readonly=True)
    execution_error = fields.Text(string="Why it was not carried out", readonly=True)
    due_at = fields.Datetime(
        string="Due", readonly=True, help="When the open stage is to be decided."
    )
    previous_id = fields.Many2one(
        "ops.approval.request",
        string="Former request",
        ondelete="restrict",
        readonly=True,
        index="btree_not_null",
    )
    round_number = fields.Integer(
        string="Round", readonly=True, default=1, help="2 and more: it was submitted again."
    )
    stage_ids = fields.One2many("ops.approval.request.stage", "request_id", string="Stages")
    assignment_ids = fields.One2many("ops.approval.assignment", "request_id", string="Seats")
    decision_ids = fields.One2many("ops.approval.decision", "request_id", string="Decisions")

    _live_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE state IN ('pending', 'approved')",
        "This document has been submitted already.",
    )
    _record_idx = models.Index("(res_model, res_id, id)")
    _pending_idx = models.Index("(due_at) WHERE state = 'pending'")

    def init(self):
        self.env.cr.execute(SQL("CREATE SEQUENCE IF NOT EXISTS %s", SQL.identifier(NUMBERS)))

    @api.depends("name", "res_name")
    def _compute_display_name(self):
        for request in self:
            request.display_name = f"{request.name} · {request.res_name or request.res_id}"

    @api.depends("res_model")
    def _compute_model_label(self):
        for request in self:
            known = request.res_model in self.env
            request.model_label = self.env[request.res_model]._description if known else ""

    @api.model
    def _next_names(self, count):
        """So many numbers such as APR/2026/00001, in one query."""
        rows = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", NUMBERS, count)
        )
        year = fields.Date.today().year
        return [f"APR/{year}/{number:05d}" for (number,) in rows]

    def _document(self):
        """The document, as the engine reads it; empty when it is gone."""
        self.ensure_one()
        return self._documents().get(self.id)

    def _documents(self):
        """{request id: document} as the engine reads them, without those that are gone."""
        found = {}
        for model_name, requests in self.sudo().grouped("res_model").items():
            if model_name not in self.env:
                continue
            # sudo: each request was made by somebody who could submit the document
            documents = self.env[model_name].sudo()._ops_engine()
            there = documents.browse(requests.mapped("res_id")).exists()
            by_id = {document.id: document for document in there}
            for request in requests:
                if request.res_id in by_id:
                    found[request.id] = by_id[request.res_id].with_prefetch(there._ids)
        return found

    def action_open_document(self):
        """Open what is to be approved, for those who may read it."""
        self.ensure_one()
        self.check_access("read")
        if self.res_model not in self.env:
            raise UserError(self.env._("What it is about is not installed any more."))
        document = self.env[self.res_model].browse(self.res_id).exists()
        if not document:
            raise UserError(self.env._("“%s” does not exist any more.", self.res_name))
        document.check_access("read")
        return document._get_records_action()
