from odoo import api, models
from odoo.fields import Domain

from odoo.addons.healthcare_ops_automation.models.work.res_users import WORK_LIMIT

from ..request.ops_approval_assignment_tell import ACTIVITY_TYPE as TO_DECIDE
from ..request.ops_approval_request_tell_questions import ACTIVITY_TYPE as TO_ANSWER

PAGE_ACTION = "healthcare_ops_approvals.my_approvals_action"


class ResUsers(models.Model):
    """What *My work* shows of approvals: decisions to take, and questions to answer."""

    _inherit = "res.users"

    @api.model
    def _ops_my_work_sources(self):
        return [*super()._ops_my_work_sources(), "approvals", "approval_questions"]

    @api.model
    def _ops_work_activities_domain(self):
        """Activities of approvals are the same work again."""
        kinds = (self.env.ref(each, raise_if_not_found=False) for each in (TO_DECIDE, TO_ANSWER))
        own = Domain("activity_type_id", "in", [kind.id for kind in kinds if kind])
        return super()._ops_work_activities_domain() & ~own

    def _ops_my_work_approvals(self):
        """The requests that wait for the user's decision, as *My approvals* lists them."""
        if not self._ops_decides():
            return []
        page = self.env["ir.actions.actions"]._for_xml_id(PAGE_ACTION)
        items = []
        for seat in self._ops_approval_seats(WORK_LIMIT):
            request, holder = seat.request_id, seat.user_id
            items.append(
                self._ops_work_item(
                    "approval",
                    self.env._("Approval"),
                    request,
                    request.res_name or request.name,
                    due_at=seat.due_at,
                    site=request.site_id,
                    state_text=self.env._("Waits for an answer")
                    if request.open_question
                    else self.env._("Waits for your decision"),
                    concerns=self._ops_concerns(seat, holder),
                    icon="fa-check-square-o",
                    next_step=self.env._("Decide"),
                    action={**page, "params": {"request_id": request.id}},
                )
            )
        return items

    def _ops_concerns(self, seat, holder):
        """In a line: from whom, how much, as what."""
        request = seat.request_id
        parts = [
            request.requester_id.name,
            request._amount_in_words(),
            seat.request_stage_id.name,
            "" if holder == self else self.env._("for %s", holder.name),
        ]
        return " · ".join(filter(None, parts))

    def _ops_my_work_approval_questions(self):
        """The user's own requests about which somebody waits for an answer."""
        requests = self.env["ops.approval.request"]
        found = requests.search(
            [("waits_for_my_answer", "=", True)], order="due_at, id", limit=WORK_LIMIT
        )
        return [
            self._ops_work_item(
                "approval_question",
                self.env._("Question"),
                request,
                request.res_name or request.name,
                due_at=request.due_at,
                site=request.site_id,
                state_text=self.env._("Waits for your answer"),
                # sudo: what was asked, told to who answers it
                concerns=request.sudo()._open_questions()[:1].comment,
                icon="fa-question-circle-o",
                next_step=self.env._("Answer"),
            )
            for request in found
        ]
