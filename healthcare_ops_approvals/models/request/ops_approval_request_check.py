from odoo import models
from odoo.exceptions import AccessError, UserError

APPROVERS = (
    "healthcare_ops_automation.group_ops_approver",
    "healthcare_ops_automation.group_ops_manager",
)


class OpsApprovalRequest(models.Model):
    """Who may decide, as things stand when it is decided."""

    _inherit = "ops.approval.request"

    def _settle_document(self):
        document = self._document()
        if document:
            document._approval_settle_now()
            self.invalidate_recordset()

    def _check_pending(self):
        if self.state != "pending":
            raise UserError(
                self.env._(
                    "“%(request)s” is not waiting for a decision any more: %(state)s.",
                    request=self.display_name,
                    state=self._state_in_words(),
                )
            )
        if not self._document():
            raise UserError(self.env._("“%s” does not exist any more.", self.res_name))

    def _seat_of(self, user):
        """The seat this person may decide in now: their own, else one of somebody they stand in
        for."""
        seats = self._present_stages().assignment_ids
        seats = seats.filtered(lambda each: each.user_id == user)
        open_seats = self._open_seats(user)
        if open_seats:
            return open_seats[0]
        waiting = seats.filtered(lambda each: each.state == "waiting")
        if waiting:
            before = self._present_stages().filtered(lambda each: each.state == "open")
            raise UserError(
                self.env._(
                    "It is not your turn yet: “%(mine)s” comes after “%(before)s”.",
                    mine=waiting[0].request_stage_id.name,
                    before=", ".join(before.mapped("name")),
                )
            )
        if seats:
            raise UserError(
                self.env._("You are not asked any more: %s.", seats[0]._state_in_words())
            )
        why = self._excluded_in_words(user) or self._not_delegated_in_words(user)
        raise UserError(why or self.env._("You are not among those who are asked to decide this."))

    def _excluded_in_words(self, user):
        for stage in self._present_stages():
            why = (stage.excluded or {}).get(str(user.id))
            if why:
                return self.env._(
                    "You may not decide about “%(request)s”: whoever %(duty)s does not decide in "
                    "“%(stage)s”.",
                    request=self.display_name,
                    duty=why,
                    stage=stage.name,
                )
        return None

    def _check_may_still(self, seat):
        """Look at the people anew: what held at the submission may not hold any more. Whoever
        stands in for somebody needs all that is needed, and so does the person stood in for."""
        stage, user = seat.request_stage_id, self.env.user.sudo()  # sudo: role and place
        if not user.active or not any(user.has_group(group) for group in APPROVERS):
            raise AccessError(self.env._("You are no operations approver any more."))
        if not self._is_in_reach(user):
            raise AccessError(
                self.env._(
                    "“%s” belongs to a company or site that you may not act for.",
                    self.display_name,
                )
            )
        duties = self._duties(stage)
        if user.id in duties:
            raise AccessError(
                self.env._(
                    "You may not decide about “%(request)s”: whoever %(duty)s does not.",
                    request=self.display_name,
                    duty=duties[user.id],
                )
            )
        if seat.user_id != user:
            self._check_stood_in_for(seat, duties)
        here = stage._decided_here(seat.user_id | user, seat)
        if here:
            raise UserError(
                self.env._(
                    "“%(stage)s” needs different people, and %(person)s has decided in it already.",
                    stage=stage.name,
                    person=here.name,
                )
            )
        elsewhere = stage._decided_elsewhere(seat.user_id | user)
        if elsewhere:
            raise UserError(
                self.env._(
                    "You have decided in “%(other)s” already, and “%(stage)s” is for somebody "
                    "else.",
                    other=elsewhere.name,
                    stage=stage.name,
                )
                if user in elsewhere._decided_by()
                else self.env._(
                    "%(person)s has decided in “%(other)s” already, and “%(stage)s” is for "
                    "somebody else.",
                    person=seat.user_id.name,
                    other=elsewhere.name,
                    stage=stage.name,
                )
            )

    def _is_in_reach(self, user):
        able = self.company_id in user.company_ids
        return able and self.env["ops.site"]._ops_can_act(user, self.site_id)

    def _duties(self, stage):
        """{user id: why this person does not decide}, as things stand now."""
        return stage._duties_now()[stage.id]


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    def _duties_now(self):
        """Who does not decide in these stages, as things stand now, looked up in bulk.

        :return: ``{stage id: {user id: why this person does not}}``
        """
        documents, known = self.request_id._documents(), {}
        for requests in self.request_id.grouped("res_model").values():
            there = requests.filtered(lambda each: each.id in documents)
            if there:
                asked = documents[there[0].id].browse(there.mapped("res_id"))
                known.update(zip(there.ids, asked._approval_duties(), strict=True))
        # sudo: the rules of the policy hold, whoever decides
        rules_of = self.env["ops.approval.stage"].sudo().browse(set(self.mapped("policy_stage_id")))
        rules_of = {each.id: each for each in rules_of.exists()}
        found, standing_in = {}, self.request_id._requester_delegations()
        for stage in self:
            request = stage.request_id
            document, rules = documents.get(request.id), rules_of.get(stage.policy_stage_id)
            duties = found[stage.id] = dict(known.get(request.id, {}))
            for name in rules._excluded() if rules and document else ():
                for user in document[name] if name in document._fields else ():
                    duties[user.id] = self.env._("is its “%s”", rules._field_label(name))
            for delegation in standing_in.get(request.id, ()):
                duties[delegation.delegate_id.id] = self.env._(
                    "stands in for its requester %s", request.requester_id.name
                )
            if request.handler_id:
                duties[request.handler_id.id] = self.env._("looks after it for who submitted it")
            duties[request.requester_id.id] = self.env._("submitted it")
        return found
