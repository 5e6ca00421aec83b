from odoo import api, fields, models
from odoo.exceptions import UserError

# More at once nobody looks at.
MOST = 200


class OpsApprovalBulk(models.TransientModel):
    """The dialog by which an approver decides about several requests at once.

    It lists what is decided about, with the amounts and the version of each as they stand when it
    opens. Each is decided by itself, with the rights and the seat of the user and on that version:
    it is done wholly or not at all, and its answer says what was done or why not.
    """

    _name = "ops.approval.bulk"
    _description = "Decision about several Approval Requests"

    kind = fields.Selection(
        [("approve", "Approve"), ("reject", "Reject"), ("return", "Return")],
        string="Decision",
        required=True,
        default="approve",
    )
    reason_id = fields.Many2one("ops.approval.reason")
    comment = fields.Text(string="In words", help="Kept with each of the decisions.")
    line_ids = fields.One2many("ops.approval.bulk.line", "bulk_id", string="Requests")
    count = fields.Integer(compute="_compute_counts")
    is_decided = fields.Boolean(readonly=True)
    done_count = fields.Integer(compute="_compute_counts", string="Done")
    refused_count = fields.Integer(compute="_compute_counts", string="Refused")

    @api.depends("line_ids.is_done")
    def _compute_counts(self):
        for dialog in self:
            dialog.count = len(dialog.line_ids)
            dialog.done_count = len(dialog.line_ids.filtered("is_done"))
            dialog.refused_count = dialog.count - dialog.done_count

    @api.model
    def _open(self, requests):
        """The action that shows the dialog about ``requests``.

        :raise UserError: when there are none or too many
        """
        requests.check_access("read")
        if not requests:
            raise UserError(self.env._("Choose at least one request."))
        if len(requests) > MOST:
            raise UserError(self.env._("Choose at most %s requests at once.", MOST))
        kind = self.env.context.get("approval_decision")
        lines = [
            fields.Command.create({"request_id": each.id, "version": each.version})
            for each in requests
        ]
        known = kind in dict(self._fields["kind"].selection)
        return self.create({"kind": kind if known else "approve", "line_ids": lines})._shown()

    def _shown(self):
        title = self.env._("What was done") if self.is_decided else self.env._("Decide")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_decide(self):
        """Decide about each, and show the answers.

        :raise UserError: when the reason or the words are missing
        """
        self.ensure_one()
        if self.is_decided:
            return self._shown()
        comment = (self.comment or "").strip()
        if self.kind == "reject" and not self.reason_id:
            raise UserError(self.env._("Reason: choose why they are rejected."))
        if self.kind != "approve" and not comment:
            raise UserError(self.env._("In words: say why, so that it can be put right."))
        requests = self.env["ops.approval.request"]
        answers = requests.action_decide_many(
            [
                {
                    "request_id": line.request_id.id,
                    "version": line.version,
                    "decision": self.kind,
                    "reason_code": self.reason_id.code,
                    "comment": comment,
                }
                for line in self.line_ids
            ]
        )
        states = dict(requests._fields["state"]._description_selection(self.env))
        for line, answer in zip(self.line_ids, answers, strict=True):
            done = answer["ok"]
            state = states.get(answer.get("state"))
            words = self.env._("The request is “%s” now.", state) if done else answer["error"]
            line.write({"is_done": done, "answer": words})
        self.is_decided = True
        return self._shown()

    def action_open_refused(self):
        """The list of those that were refused, to go on with."""
        refused = self.line_ids.filtered(lambda line: not line.is_done).request_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_approvals.ops_approval_request_action"
        )
        return {
            **action,
            "name": self.env._("Refused"),
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", refused.ids)],
            "context": {},
        }


class OpsApprovalBulkLine(models.TransientModel):
    """One request in the dialog as it was shown, and what became of it."""

    _name = "ops.approval.bulk.line"
    _description = "Request in a Decision about several"

    bulk_id = fields.Many2one("ops.approval.bulk", required=True, ondelete="cascade")
    request_id = fields.Many2one(
        "ops.approval.request", required=True, readonly=True, ondelete="cascade"
    )
    version = fields.Integer(readonly=True, help="The version that is decided on.")
    requester_id = fields.Many2one(related="request_id.requester_id")
    currency_id = fields.Many2one(related="request_id.currency_id")
    document_amount = fields.Monetary(related="request_id.document_amount")
    stage_now = fields.Char(related="request_id.stage_now")
    is_done = fields.Boolean(string="Done", readonly=True)
    answer = fields.Char(readonly=True)
    result = fields.Selection([("done", "Done"), ("refused", "Refused")], compute="_compute_result")

    @api.depends("is_done", "bulk_id.is_decided")
    def _compute_result(self):
        for line in self:
            line.result = line.bulk_id.is_decided and ("done" if line.is_done else "refused")
