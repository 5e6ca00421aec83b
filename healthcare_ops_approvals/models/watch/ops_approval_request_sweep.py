import time

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import RUN_SECONDS
from odoo.addons.healthcare_ops_automation.models.time.resource_calendar import WorkingTimes

from ..request.ops_approval_request_tell import moment
from .parameters import STUCK_HOURS

# Requests or stages in one transaction.
BATCH = 500
CRON = "healthcare_ops_approvals.cron_watch"
OVERDUE = "approval.stage.overdue"
STUCK = "approval.request.stuck"


class OpsApprovalRequest(models.Model):
    """What time alone brings: stages get overdue, requests get stuck.

    Found by indexes on the moments, so a run costs what has changed. Each batch is a transaction
    with its events: whatever was told is noted with it, so nothing is told twice, and a run that
    was missed is made up for by the next.
    """

    _name = "ops.approval.request"
    _inherit = ["ops.approval.request", "ops.worker"]

    @api.model
    def _cron_watch(self):
        """Tell of what is overdue and stuck; begin no batch after 20 seconds."""
        requests = self.sudo()._ops_engine()
        until = time.monotonic() + RUN_SECONDS
        for step in (requests._watch_overdue, requests._watch_moments, requests._watch_stuck):
            while requests._despite_conflicts(step) == BATCH:
                if time.monotonic() > until:
                    self.env.ref(CRON)._trigger()
                    return

    @api.model
    def _watch_overdue(self):
        """Stages whose due time has passed; how many."""
        stages = self.env["ops.approval.request.stage"]
        stages.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM ops_approval_request_stage
                    WHERE state = 'open' AND due_at <= %s
                      AND overdue_told IS DISTINCT FROM due_at
                    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                BATCH,
            )
        )
        stages = stages.browse(stage_id for (stage_id,) in rows)
        for due_at, found in stages.grouped("due_at").items():
            found._keep({"overdue_told": due_at})
        self.env["ops.event"]._emit_guarded(
            OVERDUE, stages.request_id, lambda each: each._overdue_data()
        )
        return len(stages)

    @api.model
    def _watch_moments(self):
        """Work out from when requests are stuck that have moved; how many."""
        if not STUCK_HOURS.value(self.env):
            return 0
        return self._watch(SQL("stuck_at IS NULL"), lambda requests: requests._note_stuck_from())

    @api.model
    def _watch_stuck(self):
        """Requests about which nothing has happened for too long; how many."""
        if not STUCK_HOURS.value(self.env):
            return 0
        due = SQL("stuck_at <= %s", fields.Datetime.now())
        return self._watch(due, lambda requests: requests._tell_stuck())

    @api.model
    def _watch(self, condition, act):
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM ops_approval_request
                    WHERE state = 'pending' AND is_stuck IS NOT TRUE AND %s
                    ORDER BY stuck_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                condition,
                BATCH,
            )
        )
        act(self.browse(request_id for (request_id,) in rows))
        return len(rows)

    def _note_stuck_from(self):
        times, hours, moments = WorkingTimes(), STUCK_HOURS.value(self.env), {}
        for request in self:
            stuck_at = request._due(hours, request.moved_at, times)
            moments[stuck_at] = moments.get(stuck_at, self.browse()) | request
        for stuck_at, requests in moments.items():
            requests._keep({"stuck_at": stuck_at})

    @api.model
    def _forget_stuck(self):
        """Have it worked out anew who is stuck: the limit is another one."""
        waiting = self.search([("state", "=", "pending"), ("stuck_at", "!=", False)])
        waiting._keep({"stuck_at": False, "is_stuck": False})

    def _tell_stuck(self):
        # Hours or holidays may have changed since it was worked out.
        self._note_stuck_from()
        stuck = self.filtered(lambda each: each.stuck_at <= fields.Datetime.now())
        stuck._keep({"is_stuck": True})
        hours = STUCK_HOURS.value(self.env)
        self.env["ops.event"]._emit_guarded(
            STUCK,
            stuck,
            lambda each: {
                **each._event_data(waits=True),
                "moved_at": moment(each.moved_at),
                "hours": hours,
            },
        )

    def _overdue_stages(self):
        now = fields.Datetime.now()
        return self._present_stages().filtered(
            lambda each: each.state == "open" and each.due_at and each.due_at <= now
        )

    def _overdue_data(self):
        stages = self._overdue_stages()
        seats = stages._open_seats()
        return {
            **self._event_data(waits=False),
            "stages": stages.mapped("name"),
            "due_at": moment(min(stages.mapped("due_at"))),
            "asked": sorted(seats.user_id.ids),
        }
