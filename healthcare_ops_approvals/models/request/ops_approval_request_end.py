import logging

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import NOT_OURS, undoable

_logger = logging.getLogger(__name__)

MANAGERS = ("healthcare_ops_automation.group_ops_manager",)
CATEGORY_EXECUTION = "approval_not_carried_out"
CATEGORY_UNREACHABLE = "approval_unreachable"
# From states to what is told of it.
EVENTS = {
    "approved": "approval.request.approved",
    "rejected": "approval.request.rejected",
    "returned": "approval.request.returned",
    "withdrawn": "approval.request.withdrawn",
}


class OpsApprovalRequest(models.Model):
    """How requests end, and what becomes of their documents."""

    _inherit = "ops.approval.request"

    def action_withdraw(self, comment=None):
        """Take a request back: who submitted it, or a manager."""
        self.ensure_one()
        self.check_access("read")
        request = self.sudo()._ops_engine()  # sudo: who withdraws is checked in the next lines
        if not request._is_looked_after_by(self.env.user):
            raise AccessError(
                self.env._("Only who submitted it and operations managers withdraw a request.")
            )
        request._check_pending()
        request._keep({"revision": request.revision + 1})
        self.env["ops.approval.decision"]._append("withdraw", request, {request.id: comment})
        request._end("withdrawn", comment)
        return True

    def _asker(self):
        """Who looks after it: who submitted it, or took that over."""
        return self.handler_id or self.requester_id

    def _is_looked_after_by(self, user):
        """Whether this person may take it back: who submitted it or took it over, and managers."""
        mine = user in (self.requester_id, self.handler_id)
        return mine or any(user.has_group(group) for group in MANAGERS)

    def _approve(self):
        """The last stage is approved."""
        self.ensure_one()
        self._conclude("approved")
        self._tell_requester()
        if self.rules.get("confirm"):
            self._carry_out()

    def _end(self, state, comment):
        """End undecided requests and move their documents accordingly."""
        self._present_open()._finish("superseded")
        self._conclude(state)
        documents = self._documents()
        for request in self:
            document = documents.get(request.id)
            if document:
                getattr(document, _MOVES[state])()
        self._tell_requester(comment)

    def _present_open(self):
        return self.stage_ids.filtered(lambda each: each.state in ("open", "waiting"))

    def _conclude(self, state):
        self._keep({"state": state, "decided_at": fields.Datetime.now(), "due_at": False})
        for model_name in set(self.mapped("res_model")):
            names = ["approval_request_id", "approval_state"]
            self.env[model_name].invalidate_model(names, flush=False)
        self._log_state()
        self._emit(EVENTS[state])

    def _end_unreachable(self, stages):
        """Nobody is left who could approve: back to who submitted it, and a person is told."""
        reason = self.env._(
            "Too few people are left who may decide in “%s”. It was sent back.", stages[0].name
        )
        self._end("returned", reason)
        self.env["ops.exception"]._raise_exception(
            CATEGORY_UNREACHABLE, reason, self, cause_key=f"approval request {self.id}"
        )

    def _close(self, reason):
        """The documents went elsewhere: what ran is withdrawn by that, what held holds no more."""
        pending = self.filtered(lambda each: each.state == "pending")
        comments = dict.fromkeys(self.ids, reason)
        decisions = self.env["ops.approval.decision"]
        if pending:
            pending._keep({"due_at": False})
            decisions._append("withdraw", pending, comments)
            pending._present_open()._finish("superseded")
            pending._conclude("withdrawn")
            pending._tell_requester(reason)
        holding = self - pending
        if holding:
            decisions._append("close", holding, comments)
            holding._keep({"state": "closed"})
            for model_name in set(holding.mapped("res_model")):
                names = ["approval_request_id", "approval_state"]
                self.env[model_name].invalidate_model(names, flush=False)

    # -- carrying out ---------------------------------------------------------------------------

    def _carry_out(self):
        """Do what was approved, as the people who submitted it; what fails stays approved, and a
        person is told."""
        documents = self._documents()
        for request in self:
            if request.id in documents:
                request._carry_out_one(documents[request.id])

    def _carry_out_one(self, document):
        document = document.with_env(self.env(user=self._asker().id, su=False))
        document = document.with_company(self.company_id)
        # Whatever is open must not be undone with what fails.
        document._approval_settle_everything()
        try:
            with undoable(self.env):
                document._approval_execute()
        except NOT_OURS:
            raise  # for Odoo to run the transaction again
        except Exception as error:
            _logger.info("Carrying out %s failed", self, exc_info=True)
            self._keep({"execution_error": str(error)})
            self.env["ops.exception"]._raise_exception(
                CATEGORY_EXECUTION,
                self.env._(
                    "“%(document)s” is approved, and could not be confirmed: %(problem)s",
                    document=self.res_name,
                    problem=error,
                ),
                self,
                cause_key=f"approval request {self.id}",
            )
        else:
            self._keep({"execution_error": False, "executed_at": fields.Datetime.now()})

    def action_carry_out(self):
        """Try again to confirm what is approved: who submitted it, or a manager."""
        self.ensure_one()
        self.check_access("read")
        request = self.sudo()._ops_engine()  # sudo: who asks for it is checked in the next lines
        if not request._is_looked_after_by(self.env.user):
            raise AccessError(
                self.env._("Only who submitted it and operations managers have it carried out.")
            )
        if request.state != "approved" or request.executed_at:
            raise UserError(self.env._("“%s” is not waiting to be carried out.", self.display_name))
        request._carry_out()
        return True


_MOVES = {
    "rejected": "_approval_rejected",
    "returned": "_approval_returned",
    "withdrawn": "_approval_returned",
}
