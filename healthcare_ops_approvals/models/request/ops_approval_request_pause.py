from odoo import fields, models

from odoo.addons.healthcare_ops_automation.models.time.resource_calendar import WorkingTimes


class OpsApprovalRequestStage(models.Model):
    """The clock of a stage stands still while a question waits, where the policy says so."""

    _inherit = "ops.approval.request.stage"

    def _settle_questions(self, answered=None):
        """Take back what questions brought along, once they are answered or nobody waits any more.

        :param answered: the seats whose questions were answered just now; besides them those that
            are not open any more ask nothing
        """
        seats = self.assignment_ids.filtered("question_id")
        over = seats.filtered(lambda each: each.state != "open")
        over |= answered or seats.browse()
        if not over:
            return
        over._keep({"question_id": 0})
        self.filtered(lambda each: each.paused_at and not each._asked_about())._resume()
        requests = self.request_id
        quiet = requests.filtered(lambda each: not each._open_questions())
        quiet._forget_answers()

    def _asked_about(self):
        return any(seat._asks() for seat in self.assignment_ids)

    def _pause(self):
        """Somebody asked: nothing is due, and nothing escalates, until the answer."""
        pausing = self.filtered(lambda each: each.ask_pauses and not each.paused_at)
        now = fields.Datetime.now()
        for stage in pausing:
            stage._keep({"paused_at": now, "paused_due_at": stage.due_at, "due_at": False})
        pausing._open_seats()._keep({"due_at": False})
        pausing._stop_escalations(self.env._("A question waits for its answer."))
        pausing._due_noted()

    def _resume(self):
        """Go on: the due time moves by the working time that was waited."""
        now, times = fields.Datetime.now(), WorkingTimes()
        for stage in self:
            due_at = stage._due_after(now, times) if stage.state == "open" else False
            stage._keep({"paused_at": False, "paused_due_at": False, "due_at": due_at})
            stage._open_seats()._keep({"due_at": due_at})
        going_on = self.filtered(lambda each: each.state == "open")
        going_on._start_escalations(
            lambda stage: self.env._("No question waits in stage “%s” any more.", stage.name)
        )
        going_on._open_seats()._reschedule()
        going_on._due_noted()

    def _due_after(self, now, times):
        """The due time, moved by the working time from the question until now."""
        request, due_at = self.request_id, self.paused_due_at
        if not due_at:
            return False
        waited = times.elapsed(request._calendar(), self.paused_at, now, request.company_id)
        return request._due(waited / 3600, due_at, times) or due_at

    def _open_seats(self):
        return self.assignment_ids.filtered(lambda each: each.state == "open")

    def _due_noted(self):
        """Let the requests say when they are due, by the stages that are open in them."""
        stages = self.request_id._present_stages()
        self.request_id._note_due(stages.filtered(lambda each: each.state == "open"))
