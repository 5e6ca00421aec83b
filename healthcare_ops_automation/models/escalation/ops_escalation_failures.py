from datetime import timedelta

from odoo import api, fields, models

from ...core.escalation import MAX_TRIES, RETRY_SECONDS, Done

# Failed starts that are told of in one transaction.
BATCH = 100
FAILED_CATEGORY = "escalation_failed"


class OpsEscalation(models.Model):
    """Failures: a step is tried again, then given up, and a person is told."""

    _inherit = "ops.escalation"

    def _note_failure(self, job, problem, times):
        """Try again soon; give the step up and tell a person after three times, and go on."""
        tries = self.tries + 1
        self.last_error = problem
        if tries < MAX_TRIES:
            if job.due:
                self._enter(job, "retry", problem)
            later = timedelta(seconds=RETRY_SECONDS[min(tries, len(RETRY_SECONDS)) - 1])
            self.write({"tries": tries, "next_step_at": fields.Datetime.now() + later})
            return
        if not job.due:
            self._end("failed", problem)  # told of by _report_failed
            return
        entry = self._enter(job, "failed", problem)
        if entry:
            number, repetition = job.due.step.number, job.due.repetition
            job.done.append(Done(number, repetition, entry.happened_at))
            self._tell(
                self.env._("“%(step)s” failed: %(problem)s", step=entry.step_name, problem=problem)
            )
        self._go_on(job, times)

    def _tell(self, problem):
        """Have a person look at it: one exception for each policy, however many runs fail."""
        self.env["ops.exception"]._raise_exception(
            FAILED_CATEGORY, problem, self, cause_key=f"escalation:{self.policy_id.id}"
        )

    @api.model
    def _report_failed(self):
        """Open or count an exception for each escalation that could not be started."""
        failed = self._ops_engine().search(
            [("state", "=", "failed"), ("reported", "=", False)], limit=BATCH
        )
        for run in failed:
            run._tell(run.end_reason)
        failed.reported = True
        return len(failed)
