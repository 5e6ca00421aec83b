from odoo import models
from odoo.fields import Domain

CATEGORY = "approval_orphaned"


class OpsApprovalRequest(models.Model):
    """One exception for each request that the people who are there cannot decide. It closes itself
    when they can, or when the request ends."""

    _inherit = "ops.approval.request"

    def _tell_orphaned(self, left):
        """
        :param dict left: ``{request id: {seat id: why}}`` of those of these that nobody can decide
        """
        known = self._orphaned_exceptions()
        known.filtered(lambda each: each.res_id not in left)._close_orphaned(
            self.env._("The people who are asked can decide it.")
        )
        told = set(known.mapped("res_id"))
        for request in self.filtered(lambda each: each.id in left and each.id not in told):
            request._raise_orphaned(left[request.id])

    def _raise_orphaned(self, reasons):
        seats = self.env["ops.approval.assignment"].browse(reasons)
        seats._emit_orphaned(reasons)
        self.env["ops.exception"]._raise_exception(
            CATEGORY,
            self.env._(
                "Nobody can decide in “%(stages)s”: %(reasons)s. Nobody could be found who may be "
                "asked instead.",
                stages=", ".join(dict.fromkeys(seats.request_stage_id.mapped("name"))),
                reasons="; ".join(reasons.values()),
            ),
            self,
            cause_key=self._orphaned_key(),
            owner=self.site_id.manager_id - seats.user_id,
        )

    def _orphaned_key(self):
        return f"approval request {self.id}"

    def _orphaned_exceptions(self):
        # sudo: the engine's own exceptions about requests that it looked at
        exceptions = self.env["ops.exception"].sudo()._ops_engine()
        return exceptions.search(
            Domain("category_id.code", "=", CATEGORY)
            & Domain("is_open", "=", True)
            & Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
        )

    def _conclude(self, state):
        """Nobody is needed any more."""
        result = super()._conclude(state)
        self._orphaned_exceptions()._close_orphaned(self.env._("The request has ended."))
        return result


class OpsException(models.Model):
    _inherit = "ops.exception"

    def _close_orphaned(self, words):
        if self:
            self.write({"state": "resolved", "resolution": words})
