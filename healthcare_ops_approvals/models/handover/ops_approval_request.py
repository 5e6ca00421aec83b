from markupsafe import Markup

from odoo import models

from ..request.ops_approval_request_tell import NAMED_AT_MOST

HANDOVER = "handover"


class OpsApprovalRequest(models.Model):
    """Requests whose requester has left are looked after by somebody else."""

    _inherit = "ops.approval.request"

    def _why_not_handled(self, user):
        """Why somebody cannot look after this request, in words; None when they can."""
        if not user.active or user.share:
            return self.env._("%s is archived, or no employee.", user.name)
        if not self._is_in_reach(user):
            return self.env._("%s does not work at its company and site.", user.name)
        seats = self._present_stages().assignment_ids
        mine = seats.filtered(lambda each: user in each._deciders() and each.state != "replaced")
        if mine:
            return self.env._(
                "%s is asked to decide it, and whoever looks after a request does not.", user.name
            )
        return None

    def _hand_over_to(self, handlers, why):
        """Let others look after these requests; whether they can was checked.

        :param dict handlers: ``{request id: res.users}``
        """
        self._bump()
        for user, requests in self.grouped(lambda each: handlers[each.id]).items():
            requests._keep({"handler_id": user.id})
            words = self.env._("%s looks after it from now on.", user.name)
            self.env["ops.approval.decision"]._append(
                HANDOVER, requests, dict.fromkeys(requests.ids, words), basis=why
            )
            requests._notify_handler(user)

    def _notify_handler(self, user):
        env = self.env(context={"lang": user.lang})
        if len(self) == 1:
            subject = env._("You look after the approval of %s now", self.res_name)
        else:
            subject = env._("You look after %s approval requests now", len(self))
        named = Markup().join(
            Markup("<li>%s</li>") % request.display_name for request in self[:NAMED_AT_MOST]
        )
        if len(self) > NAMED_AT_MOST:
            named += Markup("<li>%s</li>") % env._("… and %s more.", len(self) - NAMED_AT_MOST)
        self._notify(user, subject, Markup("<ul>%s</ul>") % named)
