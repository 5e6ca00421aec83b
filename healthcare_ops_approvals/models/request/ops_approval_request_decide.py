from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import undoable

ASK = "ask"
# From decisions to what becomes of the seat; a question leaves it as it is.
SEAT_STATES = {
    "approve": "approved",
    "reject": "rejected",
    "return": "returned",
    "abstain": "abstained",
}


class OpsApprovalRequest(models.Model):
    """Deciding: the actor is the user of the environment, and nothing says otherwise."""

    _inherit = "ops.approval.request"

    def action_approve(self, comment=None, version=None):
        """Approve what is put up in the version that was seen.

        :param str comment: for those who read the history
        :param int version: what the approver saw; a form sends it as ``approval_version``
        """
        return self._decide("approve", version, comment=comment)

    def action_reject(self, reason_code=None, comment=None, version=None):
        """Reject for one of the reasons there are; that ends the request.

        :param str reason_code: code of an ``ops.approval.reason``
        """
        reason = self._reason(reason_code, comment)
        return self._decide("reject", version, comment=comment, reason=reason)

    def action_return(self, comment=None, version=None):
        """Send back to who submitted it, saying what is to be changed."""
        self._needs(comment, self.env._("Comment: say what is to be changed."))
        return self._decide("return", version, comment=comment)

    def action_abstain(self, reason=None, version=None):
        """Give up one's seat, declaring the interest one has in the matter."""
        self._needs(reason, self.env._("Reason: say what your interest in the matter is."))
        return self._decide("abstain", version, comment=reason)

    @api.model
    def action_decide_many(self, decisions):
        """Decide several requests, each on its own: what fails leaves the others alone.

        :param list decisions: dicts with ``request_id``, ``version``, ``decision`` (approve,
            reject, return, abstain) and, as the decision needs, ``comment`` and ``reason_code``
        :return: one ``{"request_id", "ok", "state" or "error"}`` each, in order
        """
        answers = []
        for asked in self._asked(decisions):
            request = self.browse(asked["request_id"])
            answer = {"request_id": request.id}
            self.env["ops.approval.mixin"]._approval_settle_everything()
            try:
                with undoable(self.env):
                    request._decide_asked(asked)
                answer |= {"ok": True, "state": request.sudo().state}  # sudo: it was read above
            except (UserError, AccessError) as error:
                answer |= {"ok": False, "error": str(error)}
            answers.append(answer)
        return answers

    def _asked(self, decisions):
        """The decisions as they were sent, if they are decisions at all."""
        if not isinstance(decisions, list):
            raise UserError(self.env._("Decisions: give a list of them."))
        for number, asked in enumerate(decisions, 1):
            request_id = asked.get("request_id") if isinstance(asked, dict) else None
            if not isinstance(request_id, int) or isinstance(request_id, bool):
                raise UserError(
                    self.env._(
                        "Decision %s: say which request it is about (request_id, a number).",
                        number,
                    )
                )
        return decisions

    def _decide_asked(self, asked):
        if not self.exists():
            raise UserError(self.env._("This request does not exist."))
        decision = asked.get("decision", "approve")
        version, comment = asked.get("version"), asked.get("comment")
        acts = {
            "approve": lambda: self.action_approve(comment, version=version),
            "reject": lambda: self.action_reject(asked.get("reason_code"), comment, version),
            "return": lambda: self.action_return(comment, version=version),
            "abstain": lambda: self.action_abstain(comment, version=version),
        }
        if not isinstance(decision, str) or decision not in acts:
            raise UserError(self.env._("Decision: choose one of %s.", ", ".join(acts)))
        acts[decision]()

    # -- what is checked ------------------------------------------------------------------------

    def _decide(self, kind, version, comment=None, reason=None):
        if len(self) != 1:
            raise UserError(self.env._("Decide about one request at a time."))
        if comment and not isinstance(comment, str):
            raise UserError(self.env._("Comment: give a text."))
        self._check_told_of()
        seen = self._seen(version)
        # sudo: nobody writes requests; who decides is checked in the lines that follow
        request = self.sudo()._ops_engine()
        request._settle_document()
        request._check_pending()
        if seen != request.version:
            raise UserError(
                self.env._(
                    "“%(request)s” was changed: it is version %(present)s now, and you saw version "
                    "%(seen)s. Look at it again before you decide.",
                    request=request.display_name,
                    present=request.version,
                    seen=seen,
                )
            )
        seat = request._seat_of(self.env.user)
        request._check_may_still(seat)
        request._check_own(kind, seat)
        # First of all writes: of two decisions at once the second conflicts here, begins again
        # and finds what the first left.
        request._keep({"revision": request.revision + 1})
        request._take_down(kind, seat, comment, reason)
        return True

    def _seen(self, version):
        seen = version or self.env.context.get("approval_version")
        if not isinstance(seen, int) or isinstance(seen, bool):
            raise UserError(
                self.env._(
                    "Version: say which version of “%s” you decide about. Open it, and decide "
                    "there.",
                    self.display_name,
                )
            )
        return seen

    def _reason(self, code, comment):
        reasons = self.env["ops.approval.reason"].sudo()  # sudo: found by code, nothing is read
        if code and isinstance(code, str):
            reason = reasons.search([("code", "=", code)], limit=1)
        else:
            reason = reasons
        if not reason:
            known = reasons.search([("active", "=", True)])
            raise UserError(
                self.env._("Reason: choose one of %s.", ", ".join(known.mapped("code")))
            )
        if reason.comment_required:
            self._needs(comment, self.env._("Comment: “%s” needs one.", reason.name))
        return reason

    def _needs(self, text, message):
        if not isinstance(text, str) or not text.strip():
            raise UserError(message)

    # -- what follows ---------------------------------------------------------------------------

    def _take_down(self, kind, seat, comment, reason):
        stage = seat.request_stage_id
        basis = self.env._("%(stage)s: as %(who)s", stage=stage.name, who=stage.who)
        delegation = seat._delegation_to(self.env.user)
        stands_in = seat.user_id != self.env.user
        if stands_in:
            basis = self.env._(
                "%(basis)s, standing in for %(person)s",
                basis=basis,
                person=seat.user_id.name,
            )
        decision = self.env["ops.approval.decision"]._append(
            kind,
            self,
            {self.id: comment},
            seat=seat,
            basis=basis,
            reason=reason,
            on_behalf_of=seat.user_id if stands_in else None,
            delegation_id=delegation.id,
        )
        if kind == ASK:
            seat._keep({"question_id": decision.id})
        else:
            seat._keep(
                {
                    "state": SEAT_STATES[kind],
                    "decided_by_id": self.env.uid if stands_in else False,
                }
            )
            seat._forget()
            seat._note_counted()
            stage._settle_questions()
        getattr(self, f"_after_{kind}")(stage, comment, reason)

    def _after_approve(self, stage, comment, reason):
        if stage._approvals() >= stage._needed():
            stage._finish("approved")
        stuck = self._unreachable_stages()
        if stuck:
            raise UserError(
                self.env._(
                    "You are needed in “%s”, which nobody else could decide then. Let somebody "
                    "else approve here.",
                    stuck[0].name,
                )
            )
        self._advance()

    def _after_reject(self, stage, comment, reason):
        stage._finish("rejected")
        self._end("rejected", reason.name if reason else comment)

    def _after_return(self, stage, comment, reason):
        self._end("returned", comment)

    def _after_abstain(self, stage, comment, reason):
        if stage._approvals() >= stage._needed():
            stage._finish("approved")
        stuck = self._unreachable_stages()
        if stuck:
            self._end_unreachable(stuck)
        else:
            self._advance()

    def _advance(self):
        """Go on when a step is done: to the next one, or to the end."""
        stages = self._present_stages()
        if any(stage.state == "open" for stage in stages):
            self._note_due(stages.filtered(lambda each: each.state == "open"))
            return
        if not self._open_next_step():
            self._approve()

    def _state_in_words(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    def _finish(self, state):
        """Close stages: nobody else is asked in them any more."""
        self._keep({"state": state, "closed_at": fields.Datetime.now()})
        seats = self.assignment_ids.filtered(lambda each: each.state in ("open", "waiting"))
        seats._keep({"state": "ended"})
        self._stop_escalations()
        seats._forget()
        seats._note_counted()
        self._settle_questions()


class OpsApprovalAssignment(models.Model):
    _inherit = "ops.approval.assignment"

    def _state_in_words(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]
