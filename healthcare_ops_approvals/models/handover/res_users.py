from odoo import api, fields, models
from odoo.fields import Domain

from ..policy.pools import Eligible
from .ops_approval_request import HANDOVER


class ResUsers(models.Model):
    """What somebody who leaves has of approvals, and to whom it goes."""

    _inherit = "res.users"

    @api.model
    def _ops_handover_sources(self):
        return [
            ("seats", self.env._("Decisions that wait")),
            ("requests", self.env._("Requests submitted")),
            ("delegations", self.env._("Delegations")),
            *super()._ops_handover_sources(),
        ]

    def _ops_handover_by_hand(self):
        named = []
        stages = self.env["ops.approval.stage"]
        if stages.has_access("read"):
            present = Domain("version_id.state", "in", ("draft", "published"))
            named.append(
                stages.search(Domain("user_ids", "in", self.ids) & present).version_id.policy_id
            )
        departments = self.env["hr.department"]
        if departments.has_access("read"):
            # sudo: whose department it is is shown under Lines of authority, too
            mine = departments.sudo().search([("manager_id.user_id", "in", self.ids)])
            named.append(departments.browse(mine.ids)._filtered_access("read"))
        return [*(each for each in named if each), *super()._ops_handover_by_hand()]

    # -- seats ------------------------------------------------------------------------------

    def _ops_handover_find_seats(self):
        return self.env["ops.approval.assignment"].search(
            [
                ("user_id", "=", self.id),
                ("state", "in", ("open", "waiting")),
                ("request_id.state", "=", "pending"),
            ]
        )

    def _ops_handover_give_seats(self, found, successor, why):
        # sudo: who hands over sees them, and was checked
        seats = found.sudo()._ops_engine()
        eligible = Eligible(seats.env)
        duties = seats.request_stage_id._duties_now()
        left = self._ops_seats_of_actor(seats, duties)
        seats = seats.filtered(lambda each: each.id not in left)
        if successor:
            successors = dict.fromkeys(seats.ids, successor.sudo())
        else:
            successors, nobody = self._ops_seats_by_rule(seats, eligible, duties)
            left |= nobody
        there = seats.filtered(lambda each: each.id in successors)
        left |= there._why_not_given(successors, eligible)
        given = there.filtered(lambda each: each.id not in left)
        if given:
            given._give(successors, why, HANDOVER)
        return left

    def _ops_seats_of_actor(self, seats, duties):
        """{seat id: why not} of those in which who hands over may not decide, and so does not
        choose who does."""
        actor = self.env.user
        return {
            seat.id: self.env._(
                "%(user)s does not choose who decides about it, because this person %(reason)s.",
                user=actor.name,
                reason=duties[seat.request_stage_id.id][actor.id],
            )
            for seat in seats
            if actor.id in duties[seat.request_stage_id.id]
        }

    def _ops_seats_by_rule(self, seats, eligible, duties):
        """{seat id: who is one level up and can be asked}, and {seat id: that nobody is}."""
        lines, successors, left = {}, {}, {}
        managers = eligible.in_role("manager")
        for seat in seats:
            stage, site = seat.request_stage_id, seat.request_id.site_id
            if site not in lines:
                lines[site] = eligible.line_above(self, site) + (managers if site else managers[:0])
            found = stage._first_askable(lines[site] - self, eligible, duties[stage.id])
            if found:
                successors[seat.id] = found
            else:
                left[seat.id] = self.env._(
                    "Nobody above %s can be asked: choose a successor.", self.name
                )
        return successors, left

    # -- requests ---------------------------------------------------------------------------

    def _ops_handover_find_requests(self):
        mine = (Domain("requester_id", "=", self.id) & Domain("handler_id", "=", False)) | Domain(
            "handler_id", "=", self.id
        )
        undone = Domain("state", "=", "approved") & Domain("execution_error", "!=", False)
        undone &= Domain("executed_at", "=", False)
        return self.env["ops.approval.request"].search(
            mine & (Domain("state", "=", "pending") | undone)
        )

    def _ops_handover_give_requests(self, found, successor, why):
        # sudo: who hands over sees them, and was checked
        requests, left, handlers = found.sudo()._ops_engine(), {}, {}
        sites = requests.env["ops.site"]
        above = {}
        for request in requests:
            handler = successor.sudo()
            if not handler:
                site = request.site_id
                if site not in above:
                    above[site] = sites._ops_line_manager(self.sudo(), site).sudo()
                handler = above[site]
            if not handler:
                left[request.id] = self.env._("Nobody is above %s: choose a successor.", self.name)
                continue
            reason = request._why_not_handled(handler)
            if reason:
                left[request.id] = reason
            else:
                handlers[request.id] = handler
        requests.filtered(lambda each: each.id in handlers)._hand_over_to(handlers, why)
        return left

    # -- delegations ------------------------------------------------------------------------

    def _ops_handover_find_delegations(self):
        delegations = self.env["ops.approval.delegation"]
        return delegations.search(
            Domain("state", "in", ("planned", "active"))
            & (Domain("user_id", "=", self.id) | Domain("delegate_id", "=", self.id))
        )

    def _ops_handover_give_delegations(self, delegations, _successor, _why):
        """They end: who stands in for whom is said anew."""
        delegations._end(fields.Datetime.now())
        return {}
