from odoo import models
from odoo.tools import formatLang

# Former requests that are told of; the last one links to those before.
ROUNDS = 5


class OpsApprovalRequest(models.Model):
    """What the web client shows of a request, read with the caller's rights on the request."""

    _inherit = "ops.approval.request"

    def panel_data(self):
        """Everything the approval panel shows: see :meth:`ops.approval.mixin.approval_panel`."""
        self.ensure_one()
        self.check_access("read")
        # sudo: who may read the request may read its stages, people and history
        panel = self.sudo().with_user(self.env.user).sudo()._panel(self.env.user)
        return panel | {"may_open": self._may_open()}

    def _may_open(self):
        """Whether the caller may read the document."""
        if self.res_model not in self.env:
            return False
        document = self.env[self.res_model].browse(self.res_id).exists()
        return bool(document) and document.has_access("read")

    def _panel(self, user):
        stages = self._present_stages()
        history = self.decision_ids.sorted("id")
        return {
            "armed": True,
            "state": self.state,
            "state_text": self._state_in_words(),
            "version": self.version,
            "request_id": self.id,
            "name": self.name,
            "res_model": self.res_model,
            "res_id": self.res_id,
            "res_name": self.res_name,
            "model_label": self.model_label,
            "amount_text": self._amount_in_words(),
            "policy": self.policy_label,
            "row": self.row_label,
            "summary": self.summary or [],
            "requester": self.requester_id.name,
            "handler": self.handler_id.name or "",
            "submitted_at": self._moment(self.submitted_at),
            "decided_at": self._moment(self.decided_at),
            "due_at": self._moment(self.due_at),
            "overdue": self._is_overdue(),
            "explanation": self.explanation or [],
            "stages": [
                stage._panel() for stage in stages.sorted(lambda each: (each.step, each.id))
            ],
            "history": [decision._panel() for decision in history],
            "may": self._may(user),
            **self._panel_seat(user),
            "questions": [question._panel() for question in self._open_questions()],
            "reasons": self._reasons(),
            "previous": self._previous(),
            "problems": [self.execution_error] if self.execution_error else [],
        }

    def _amount_in_words(self):
        """The document's amount with its currency; empty where there is none."""
        if not self.currency_id or not self.document_amount:
            return ""
        return formatLang(self.env, self.document_amount, currency_obj=self.currency_id)

    def _is_overdue(self):
        now = self.env.cr.now().replace(tzinfo=None)
        return bool(self.state == "pending" and self.due_at and self.due_at < now)

    def _moment(self, value):
        return value and value.isoformat(sep=" ", timespec="seconds") or False

    def _reasons(self):
        reasons = self.env["ops.approval.reason"].search([("active", "=", True)])
        return [
            {"code": each.code, "name": each.name, "comment": each.comment_required}
            for each in reasons
        ]

    def _previous(self):
        """The former requests about the same document, the last one first."""
        former, found = self.previous_id, []
        while former and len(found) < ROUNDS:
            last = former.decision_ids.sorted("id")[-1:]
            found.append(
                {
                    "request_id": former.id,
                    "name": former.name,
                    "state": former.state,
                    "state_text": former._state_in_words(),
                    "comment": last.comment or "",
                    "reason": last.reason_label or "",
                    "who": last.actor_label or "",
                }
            )
            former = former.previous_id
        return found

    def _open_seats(self, user):
        """The seats this person may decide in now, the one that is used first in front: their own
        ones, then those of people they stand in for."""
        seats = self._present_stages().assignment_ids
        seats = seats.filtered(lambda each: each.state == "open")
        own = seats.filtered(lambda each: each.user_id == user)
        return own.sorted(lambda each: (each.request_stage_id.id, each.id)) + (
            self._delegated_seats(seats - own, user)
        )

    def _panel_seat(self, user):
        """In which stage, and in whose place, this person would decide."""
        seat = self._open_seats(user)[:1]
        stands_in = seat and seat.user_id != user
        return {
            "my_stage": seat.request_stage_id.name or "",
            "on_behalf_of": seat.user_id.name if stands_in else "",
        }

    def _may(self, user):
        """Which buttons this person gets; whether a decision stands is checked when it is made."""
        may = []
        if self.state == "pending":
            seats = self._open_seats(user)
            document = self._document()
            barred = document and any(
                user.id in self._duties(seat.request_stage_id) for seat in seats
            )
            if seats and document and not barred:
                may += ["approve", "reject", "return", "ask"]
                may += ["abstain"] if seats[0].user_id == user else []
            if self.open_question and self._answers_for(user):
                may.append("answer")
            if self._is_looked_after_by(user):
                may.append("withdraw")
        elif self.state == "approved" and self.execution_error and not self.executed_at:
            if self._is_looked_after_by(user):
                may.append("carry_out")
        return may


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    def _panel(self):
        return {
            "step": self.step,
            "name": self.name,
            "who": self.who,
            "mode": self.mode,
            "mode_text": self._mode_in_words(),
            "state": self.state,
            "state_text": dict(self._fields["state"]._description_selection(self.env))[self.state],
            "opened_at": self.request_id._moment(self.opened_at),
            "due_at": self.request_id._moment(self.due_at),
            "paused_at": self.request_id._moment(self.paused_at),
            "people": [seat._panel() for seat in self.assignment_ids],
            "excluded": [
                {"name": user.name, "why": self.excluded[str(user.id)]}
                for user in self.env["res.users"].browse(int(id_) for id_ in self.excluded or ())
                if user.exists()
            ],
        }

    def _mode_in_words(self):
        if self.mode == "any":
            return self.env._("one of them")
        if self.mode == "all":
            return self.env._("all of them")
        return self.env._("%s of them", self.quorum)


class OpsApprovalAssignment(models.Model):
    _inherit = "ops.approval.assignment"

    def _panel(self):
        decision = self.env["ops.approval.decision"].search(
            [("assignment_id", "=", self.id)], limit=1
        )
        return {
            "id": self.user_id.id,
            "name": self.user_id.name,
            "state": self.state,
            "state_text": self._state_in_words(),
            "asks": self.state == "open" and bool(self.question_id),
            "at": self.request_id._moment(decision.at),
            "comment": decision.comment or "",
            "by": self.decided_by_id.name or "",
            "instead_of": self.replaces_id.user_id.name or "",
        }


class OpsApprovalDecision(models.Model):
    _inherit = "ops.approval.decision"

    def _panel(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "id": self.id,
            "at": self.at.isoformat(sep=" ", timespec="seconds"),
            "who": self.actor_label,
            "on_behalf_of": self.on_behalf_of_label or "",
            "kind": self.kind,
            "kind_text": kinds[self.kind],
            "stage": self.stage_label or "",
            "version": self.version,
            "reason": self.reason_label or "",
            "comment": self.comment or "",
        }


class OpsApprovalMixin(models.AbstractModel):
    """The approval panel of a document."""

    _inherit = "ops.approval.mixin"

    def approval_panel(self):
        """What the panel on a document shows, for who may read the document.

        :return: ``{"armed": False}`` where the gate is open and nothing was submitted; else the
            data of the latest request, or of the explanation when there is none
        """
        self.ensure_one()
        self.check_access("read")
        request = self._approval_latest().get(self.id)
        armed = bool(self._approval_version())
        may_submit = self._approval_may_submit(request, armed)
        if request:
            # sudo: who may read the document may read how it is approved
            data = request.with_user(self.env.user).sudo()._panel(self.env.user)
            return data | {"armed": armed, "may": data["may"] + may_submit}
        data = {
            "armed": armed,
            "state": "none",
            "state_text": self.env._("Not submitted"),
            "request_id": False,
            "stages": [],
            "history": [],
            "explanation": [],
            "problems": [],
            "previous": [],
            "may": may_submit,
        }
        return data | self._approval_panel_explained() if armed else data

    def _approval_may_submit(self, request, armed):
        live = request and request.state in ("pending", "approved")
        state = self[self._approval_state_field]
        ready = armed and not live and state in self._approval_open_states
        return ["submit"] if ready and self.has_access("write") else []

    def _approval_panel_explained(self):
        told = self._approval_explanation()
        return {
            "outcome": told.get("outcome") or "",
            "explanation": list(told.get("sentences") or ()),
            "stages": [
                {
                    "step": stage.get("step", 0),
                    "name": stage["name"],
                    "who": stage["who"],
                    "mode_text": stage.get("mode", ""),
                    "state": "planned",
                    "state_text": self.env._("Would be asked"),
                    "due_at": False,
                    "due_text": stage.get("due") or "",
                    "people": [
                        {"name": name, "state": "planned", "state_text": "", "at": False}
                        for name in stage.get("people") or ()
                    ],
                    "excluded": stage.get("excluded") or [],
                }
                for stage in told.get("stages") or ()
            ],
            "problems": list(told.get("problems") or ()),
        }
