from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("approve", "Approved"),
    ("reject", "Rejected"),
    ("return", "Sent back"),
    ("abstain", "Abstained"),
    ("withdraw", "Withdrawn"),
    ("reopen", "Changed, so it is asked anew"),
    ("adjust", "Changed within the tolerance"),
    ("close", "Closed"),
    ("ask", "Asked a question"),
    ("answer", "Answered"),
    ("replace", "Somebody else is asked"),
    ("handover", "Handed over"),
]
# By these a seat is used up: there is one of them for a seat.
USES_UP = ("approve", "reject", "return", "abstain")


class OpsApprovalDecision(models.Model):
    """Append-only record of what was decided, by whom, about which version of what.

    As with ``ops.audit.entry`` there are no foreign keys: ids and label snapshots survive merged
    partners and deleted users. Nothing deletes them, and the trail seals them.
    """

    _name = "ops.approval.decision"
    _description = "Approval Decision"
    _inherit = ["ops.append.only", "ops.approval.kept"]
    _order = "id desc"
    _rec_name = "kind"
    _log_access = False
    _append_facts = (
        "at",
        "actor_id",
        "actor_label",
        "kind",
        "request_id",
        "request_label",
        "res_model",
        "res_id",
        "res_label",
        "company_id",
        "stage_id",
        "stage_label",
        "assignment_id",
        "basis",
        "version",
        "fingerprint",
        "reason_code",
        "reason_label",
        "comment",
    )
    _append_later_facts = ("on_behalf_of_id", "on_behalf_of_label", "delegation_id")
    _append_kind_field = "kind"

    at = fields.Datetime(string="Time", required=True, readonly=True)
    actor_id = fields.Integer(string="User ID", required=True, readonly=True)
    actor_label = fields.Char(string="By", required=True, readonly=True)
    on_behalf_of_id = fields.Integer(string="On behalf of (user ID)", readonly=True)
    on_behalf_of_label = fields.Char(
        string="On behalf of", readonly=True, help="Whose seat it was, when somebody stood in."
    )
    delegation_id = fields.Integer(string="Delegation ID", readonly=True)
    kind = fields.Selection(KINDS, string="Decision", required=True, readonly=True)
    request_id = fields.Integer(string="Request ID", required=True, readonly=True)
    request_label = fields.Char(string="Request", required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Document ID", required=True, readonly=True)
    res_label = fields.Char(string="Document", required=True, readonly=True)
    company_id = fields.Integer(string="Company ID", readonly=True)
    site_id = fields.Integer(string="Site ID", readonly=True)
    stage_id = fields.Integer(string="Stage ID", readonly=True)
    stage_label = fields.Char(string="Stage", readonly=True)
    assignment_id = fields.Integer(string="Seat ID", readonly=True)
    basis = fields.Char(readonly=True, help="Why this person could decide.")
    version = fields.Integer(string="Version seen", required=True, readonly=True)
    fingerprint = fields.Char(readonly=True, help="SHA-256 over what was decided on.")
    reason_code = fields.Char(readonly=True)
    reason_label = fields.Char(string="Reason", readonly=True)
    comment = fields.Text(readonly=True)

    _seat_uniq = models.UniqueIndex(
        "(assignment_id) WHERE assignment_id > 0",
        "This seat has decided already.",
    )
    _request_idx = models.Index("(request_id)")

    @api.depends("kind", "res_label")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for decision in self:
            decision.display_name = f"{decision.res_label}: {kinds.get(decision.kind, '')}"

    @api.model
    def _append(
        self,
        kind,
        requests,
        comments=None,
        seat=None,
        basis=None,
        reason=None,
        on_behalf_of=None,
        delegation_id=None,
    ):
        """Append one decision for each request, with the current user as the actor.

        :param str kind: see ``KINDS``
        :param requests: what it was decided about, as they stand now
        :param dict comments: ``{request id: comment}``
        :param seat: the ``ops.approval.assignment`` it is made in, one a request; deciding uses it
            up
        :param str basis: why the actor could decide, in words
        :param reason: the ``ops.approval.reason`` chosen
        :param on_behalf_of: the ``res.users`` in whose place the actor decides
        :param int delegation_id: by which delegation
        :return: the decisions
        """
        user = self.env.user.sudo()  # sudo: name and login of the actor are facts of the decision
        now = fields.Datetime.now()
        rows = []
        seats = {each.request_id.id: each for each in seat or ()}
        for request in requests.sudo():  # sudo: facts of what the caller decided on
            seat = seats.get(request.id)
            facts = {
                "at": now,
                "actor_id": user.id,
                "actor_label": f"{user.name} ({user.login})",
                "kind": kind,
                "request_id": request.id,
                "request_label": request.name,
                "res_model": request.res_model,
                "res_id": request.res_id,
                "res_label": request.res_name or f"{request.res_model},{request.res_id}",
                "company_id": request.company_id.id,
                "site_id": request.site_id.id,
                "stage_id": seat.request_stage_id.id if seat else False,
                "stage_label": seat.request_stage_id.name if seat else False,
                "assignment_id": seat.id if seat and kind in USES_UP else 0,
                "basis": basis,
                "version": request.version,
                "fingerprint": request.fingerprint,
                "reason_code": reason.code if reason else False,
                "reason_label": reason.name if reason else False,
                "comment": (comments or {}).get(request.id) or False,
                "on_behalf_of_id": on_behalf_of.id if on_behalf_of else False,
                # sudo: whose seat it was is a fact of the decision
                "on_behalf_of_label": on_behalf_of.sudo().name if on_behalf_of else False,
                "delegation_id": delegation_id or False,
            }
            rows.append({**facts, "digest": self._digest(facts)})
        return self._keep_new(rows)

    @api.model
    def _change_refusal(self):
        return self.env._("Decisions cannot be changed.")

    @api.model
    def _deletion_refusal(self):
        return self.env._("Decisions cannot be deleted.")

    def action_open_request(self):
        """Open the request that it was made in, for those who may read it."""
        self.ensure_one()
        self.check_access("read")
        request = self.env["ops.approval.request"].browse(self.request_id).exists()
        if not request:
            raise UserError(self.env._("“%s” does not exist any more.", self.request_label))
        request.check_access("read")
        return request._get_records_action()
