from odoo import SUPERUSER_ID, models

from ...core.quorum import Open, unreachable
from .ops_approval_stage import LINE, WAIT
from .presence import AWAY, GONE, Look

CRON = "healthcare_ops_approvals.cron_absences"
# Requests in one transaction.
BATCH = 50


class OpsApprovalRequest(models.Model):
    """Nobody who is away, has left or may not decide any more holds up a request.

    How it works: when a stage opens, and every few minutes, the people of open seats are looked
    at. As long as the others can pass the stages in time nothing is changed, except that whoever
    has left is not asked any more. Where they cannot, seats are given to the next level up, in the
    name of the system and with the reason; where nobody can be asked an exception tells a person.
    Nothing is ever approved by that, and no stage needs fewer approvals.
    """

    _inherit = "ops.approval.request"

    def _mend(self):
        """Look at the people of all open seats of these requests, and replace whom the stages
        cannot do without. Where there is much to do it is left to the sweep, which begins at once.
        """
        # The system does it, whoever's work opened a stage. sudo: nobody writes requests.
        requests = self.with_user(SUPERUSER_ID).sudo()._ops_engine()
        requests = requests.filtered(lambda each: each.state == "pending")
        if not requests:
            return
        look, left = Look(requests), {}
        suspects = look.suspects()
        if len(suspects) > BATCH:
            self.env.ref(CRON).sudo()._trigger()  # sudo: the engine's own scheduled action
            return
        for request in suspects:
            reasons = request._mend_one(look)
            if reasons:
                left[request.id] = reasons
        requests._tell_orphaned(left)

    def _open_stages(self):
        return self.stage_ids.filtered(
            lambda each: each.version == each.request_id.version and each.state == "open"
        )

    def _mend_one(self, look):
        """:return: ``{seat id: why}`` of those whom nobody could be asked for"""
        mine = look.by_request[self]
        outs = {seat.id: found for seat in mine if (found := look.out(seat))}
        missing = mine.filtered(lambda each: each.id in outs)
        # Whoever has left first: who is away may be back.
        missing = missing.sorted(lambda each: (outs[each.id].kind == AWAY, each.id))
        left, waited_for = {}, missing.browse()
        for seat in missing:
            if self._passes_without(missing - waited_for):
                break
            stage, out = seat.request_stage_id, outs[seat.id]
            rule = stage._if_absent()
            if rule == WAIT and out.kind == AWAY:
                waited_for |= seat
                continue
            successor = rule == LINE and stage._above(
                seat.user_id, look.present, look.duties(stage), seat
            )
            if successor:
                seat._give({seat.id: successor}, out.why)
                seat._emit_orphaned({seat.id: out.why})
                missing -= seat
            else:
                left[seat.id] = out.why
        if self._passes_without(missing - waited_for):
            left = {}
        gone = missing.filtered(lambda each: outs[each.id].kind == GONE and each.id not in left)
        gone._ask_no_more(outs)
        return left

    def _passes_without(self, seats):
        """Whether all stages can be passed without these seats, such as they are now."""
        people = {}
        for seat in seats.filtered(lambda each: each.state == "open"):
            people.setdefault(seat.request_stage_id.id, set()).add(seat.user_id.id)
        return not unreachable(
            [
                Open(
                    each.key, each.missing, each.people - people.get(each.key, set()), each.distinct
                )
                for each in self._pools_left()
            ]
        )


class OpsApprovalAssignment(models.Model):
    _inherit = "ops.approval.assignment"

    def _ask_no_more(self, outs):
        """Close the seats of people who have left, where the others go on without them: not of
        *all of them*, which needs each.

        :param dict outs: ``{seat id: Out}``
        """
        for seat in self:
            stage = seat.request_stage_id
            if stage.mode == "all":
                continue
            seat.request_id._bump()
            seat._keep({"state": "ended"})
            seat._forget()
            seat._note_counted()
            stage._settle_questions()
            words = self.env._("%s is not asked any more; the others go on.", seat.user_id.name)
            self.env["ops.approval.decision"]._append(
                "replace",
                seat.request_id,
                {seat.request_id.id: words},
                seat=seat,
                basis=outs[seat.id].why,
            )
            seat._emit_orphaned({seat.id: outs[seat.id].why})
