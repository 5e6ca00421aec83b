from odoo import api, fields, models
from odoo.fields import Domain

ORPHANED = "approval.seat.orphaned"


class OpsApprovalAssignment(models.Model):
    _inherit = "ops.approval.assignment"

    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    @api.depends("state", "due_at")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for seat in self:
            due = seat.state == "open" and seat.due_at
            seat.is_overdue = bool(due) and due < now

    @api.model
    def _search_is_overdue(self, operator, value):
        late = Domain("state", "=", "open") & Domain("due_at", "<", fields.Datetime.now())
        return self.env["ops.approval.request"]._search_yes(operator, value, late)

    def _ops_place(self):
        return [(seat.request_id.company_id, seat.request_id.site_id) for seat in self]

    def _emit_orphaned(self, reasons):
        """Tell other systems that the people of these seats cannot decide any more.

        However often it is called, a transaction emits one event a request, about all its seats.

        :param dict reasons: ``{seat id: why, in words}``
        """
        noted = self.env.cr.precommit.data.setdefault(ORPHANED, {})
        noted.update(reasons)

        def data(request):
            seats = request.assignment_ids.filtered(lambda each: each.id in noted).sorted("id")
            return {
                **request._event_data(waits=False),
                "stages": [seat.request_stage_id.name for seat in seats],
                "people": [seat.user_id.id for seat in seats],
                "reasons": [noted[seat.id] for seat in seats],
            }

        self.env["ops.event"]._emit_guarded(ORPHANED, self.request_id, data)
