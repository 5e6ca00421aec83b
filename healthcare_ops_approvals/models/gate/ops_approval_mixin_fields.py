from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..request.ops_approval_request import STATES

NONE = "none"


class OpsApprovalMixin(models.AbstractModel):
    """What a document shows of its approval."""

    _inherit = "ops.approval.mixin"

    approval_editor_id = fields.Many2one(
        "res.users",
        string="Last changed by",
        copy=False,
        readonly=True,
        ondelete="set null",
        help="Who last changed what has to be approved, and so does not approve it.",
    )
    approval_request_id = fields.Many2one(
        "ops.approval.request",
        string="Approval request",
        compute="_compute_approval",
        search="_search_approval_request_id",
        help="The one that runs or holds; else the latest.",
    )
    approval_state = fields.Selection(
        [(NONE, "Not submitted"), *STATES],
        string="Approval",
        compute="_compute_approval",
        search="_search_approval_state",
    )
    approval_armed = fields.Boolean(
        string="Needs approval",
        compute="_compute_approval_armed",
        help="A policy is in force for its company: it does not move on without approval.",
    )

    def _compute_approval(self):
        latest = self._approval_latest()
        for document in self:
            request = latest.get(document.id)
            document.approval_request_id = request and request.id
            document.approval_state = request.state if request else NONE

    def _compute_approval_armed(self):
        policies = self.env["ops.approval.policy"]
        for document in self:
            company = document.sudo()._ops_place()[0][0]  # sudo: whose policy holds is no secret
            document.approval_armed = company and policies._is_armed(company, self._name)

    def _approval_latest(self):
        """{document id: its latest request}, in sudo: that a document was submitted is known to
        whoever may read it."""
        ids = [id_ for id_ in self._ids if isinstance(id_, int)]
        if not ids:
            return {}
        requests = self.env["ops.approval.request"].sudo()
        requests.flush_model(["res_model", "res_id", "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (res_id) res_id, id FROM ops_approval_request"
                " WHERE res_model = %s AND res_id = ANY(%s) ORDER BY res_id, id DESC",
                self._name,
                ids,
            )
        )
        found = requests.browse([id_ for _res_id, id_ in rows])
        return {res_id: request for (res_id, _id), request in zip(rows, found, strict=True)}

    @api.model
    def _search_approval_request_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = [id_ for id_ in value if isinstance(id_, int) and id_ is not False]
        # sudo: which documents have one; the documents are searched with the caller's rights
        requests = self.env["ops.approval.request"].sudo().browse(wanted)
        ids = requests.filtered(lambda each: each.res_model == self._name).mapped("res_id")
        domain = Domain("id", "in", ids)
        if False in value:
            domain |= Domain("id", "not in", self._approval_submitted_query())
        return domain

    @api.model
    def _search_approval_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = [state for state in value if state and state != NONE]
        self.env["ops.approval.request"].flush_model(["res_model", "res_id", "state"])
        latest = SQL(
            "SELECT latest.res_id FROM (SELECT DISTINCT ON (res_id) res_id, state"
            " FROM ops_approval_request WHERE res_model = %s ORDER BY res_id, id DESC) latest"
            " WHERE latest.state = ANY(%s)",
            self._name,
            states,
        )
        domain = Domain("id", "in", latest)
        if NONE in value or False in value:
            domain |= Domain("id", "not in", self._approval_submitted_query())
        return domain

    @api.model
    def _approval_submitted_query(self):
        return SQL("SELECT res_id FROM ops_approval_request WHERE res_model = %s", self._name)
