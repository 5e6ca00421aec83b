from functools import partial

from odoo import api, fields, models

from ..request.ops_approval_request_change import REOPENED
from ..request.ops_approval_request_open import SUBMITTED
from .parameters import REWORK_FROM

FOLLOWED = "healthcare_ops_approvals.followed"
REWORKED = "approval.request.reworked"
CATEGORY_OVERDUE = "approval_overdue"


class OpsApprovalRequest(models.Model):
    """What watching needs to know of a request, noted where the engine writes it.

    How it works: whatever is done about a request raises its revision, and that is when it last
    moved (``moved_at``). Nobody but the engine writes requests, and past automation rules; so what
    it wrote is handed to the service levels before the commit, once for the whole transaction.
    """

    _inherit = "ops.approval.request"

    moved_at = fields.Datetime(
        string="Last moved",
        default=fields.Datetime.now,
        readonly=True,
        help="The last decision, question, answer, change, or other person asked.",
    )
    # Worked out by the sweep; empty: not yet since it moved.
    stuck_at = fields.Datetime(string="Stuck from", readonly=True)
    is_stuck = fields.Boolean(
        string="Stuck", readonly=True, help="Nothing has happened for as long as Settings say."
    )

    _stuck_idx = models.Index("(stuck_at) WHERE state = 'pending' AND is_stuck IS NOT TRUE")

    def _keep_new(self, vals_list):
        requests = super()._keep_new(vals_list)
        requests._follow_later()
        return requests

    def _keep(self, vals):
        if "revision" in vals or "state" in vals:
            vals = {**vals, "moved_at": fields.Datetime.now(), "stuck_at": False, "is_stuck": False}
        result = super()._keep(vals)
        self._follow_later()
        return result

    # -- clocks ---------------------------------------------------------------------------------

    def _follow_later(self):
        """Have the clocks of service levels follow these requests before the commit."""
        if not self or not self._ops_is_measured():
            return
        precommit = self.env.cr.precommit
        if FOLLOWED not in precommit.data:
            precommit.data[FOLLOWED] = set()
            # sudo: clocks follow whoever works
            precommit.add(partial(self.browse().sudo()._ops_engine()._follow_noted))
        precommit.data[FOLLOWED].update(self.ids)

    @api.model
    def _follow_noted(self):
        ids = self.env.cr.precommit.data.pop(FOLLOWED, ())
        # Of work that was undone there may be nothing left.
        requests = self.browse(sorted(ids)).exists()
        self.env["ops.sla.policy"]._follow_written(requests)

    # -- events and exceptions ------------------------------------------------------------------

    def _emit(self, code):
        result = super()._emit(code)
        if code in (SUBMITTED, REOPENED):
            again = self.filtered(lambda each: each._is_rework())
            again._emit(REWORKED)
        return result

    def _is_rework(self):
        """Whether it came back, or was changed, as often as Settings call too often."""
        return max(self.round_number, self.version) >= REWORK_FROM.value(self.env)

    def _resolve_exceptions(self, codes, why):
        """Close what was opened about these requests and is settled now.

        Findings of controls are left alone: the control closes them when it looks again.

        :param list codes: of the categories
        :param str why: in words
        """
        # sudo: the engine closes what it opened, whoever decides
        exceptions = self.env["ops.exception"].sudo()._ops_engine()
        found = exceptions.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("category_id.code", "in", list(codes)),
                ("control_id", "=", False),
                ("is_open", "=", True),
            ]
        )
        if found:
            found.write({"state": "resolved", "resolution": why})

    def _conclude(self, state):
        result = super()._conclude(state)
        why = self.env._("The request was decided, or ended otherwise.")
        self._resolve_exceptions([CATEGORY_OVERDUE], why)
        return result


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    def _finish(self, state):
        result = super()._finish(state)
        requests = self.request_id.filtered(lambda each: not each._overdue_stages())
        why = self.env._("The stage was decided, or ended otherwise.")
        requests._resolve_exceptions([CATEGORY_OVERDUE], why)
        return result
