import logging
import time
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...core.causation import Cause, caused_by
from ...core.escalation import Done, Due, next_due
from ..domains import parse_domain
from ..time.resource_calendar import WorkingTimes
from ..worker import CONFLICTS
from .ops_escalation import EXECUTE_CRON
from .plan import counting, steps_of

_logger = logging.getLogger(__name__)

# Nothing is begun later than this in a run: its lock on the scheduled action pins the database's
# oldest snapshot meanwhile.
RUN_SECONDS = 20
# Escalations taken in hand together, and for how long: their records stay locked until the commit.
BATCH = 100
BATCH_SECONDS = 2
# A record that somebody else changes all the time waits for the next run.
CONFLICTS_MOST = 3


@dataclass
class _Job:
    """One escalation of a batch: what is due, as known when the batch was taken."""

    run_id: int
    res_id: int
    steps: list
    done: list
    due: Due | None = None
    ended: str | None = None
    left_out: str | None = None
    problem: str | None = None


class OpsEscalation(models.Model):
    """Executing: what is due is taken in batches, and each step done in a savepoint of its own.

    How it works: a batch is locked, and all that can be asked for it at once is asked (is it
    settled, do conditions hold, what was done). Then each escalation takes one step: the row of
    the log comes first, under a unique key, and its effect follows in the same transaction. So
    whatever dies in between takes both with it, and whoever comes second finds the row.
    """

    _inherit = "ops.escalation"

    @api.model
    def _cron_execute(self):
        """Take the steps that are due; begin none after 20 seconds."""
        end = time.monotonic() + RUN_SECONDS
        conflicts = {}
        while time.monotonic() < end:
            taken = self._despite_conflicts(lambda: self._execute_batch(conflicts))
            if not taken:
                break
        else:
            self.env.ref(EXECUTE_CRON)._trigger()
        self._despite_conflicts(self._report_failed)

    @api.model
    def _execute_batch(self, conflicts):
        """Take one step of each escalation of a batch.

        :param dict conflicts: how often each id met a conflict in this run of the action
        :return: how many were locked; 0 when nothing is due any more
        """
        locked = self._lock_due([id_ for id_, n in conflicts.items() if n >= CONFLICTS_MOST])
        runs = self._ops_engine().browse(locked)
        # One of each record: what the batch knows of a record is true until a step changes it.
        firsts = {(run.res_model, run.res_id): run.id for run in reversed(runs)}
        jobs, times = self._jobs(runs.browse(firsts.values())), WorkingTimes()
        until = time.monotonic() + BATCH_SECONDS
        for job in jobs:
            if not self._advance(job, times):
                conflicts[job.run_id] = conflicts.get(job.run_id, 0) + 1
            if time.monotonic() > until:
                break
        return len(locked)

    @api.model
    def _lock_due(self, avoided):
        self.flush_model()
        # Whoever holds a document for longer than this is not waited for.
        self.env.cr.execute("SET LOCAL lock_timeout = '3s'")
        # That another executor was faster is no error worth a line in the server's log.
        self.env.cr.execute(
            SQL(
                """SELECT id FROM ops_escalation
                    WHERE state = 'running' AND next_step_at <= %s AND id <> ALL(%s::int[])
                    ORDER BY next_step_at, id LIMIT %s
                      FOR UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                avoided,
                BATCH,
            ),
            log_exceptions=False,
        )
        return [run_id for (run_id,) in self.env.cr.fetchall()]

    # -- what a batch asks at once --------------------------------------------------------

    @api.model
    def _jobs(self, runs):
        """The escalations with what is due for each."""
        progress, times = self._progress(runs.ids), WorkingTimes()
        jobs = []
        for run in runs.sorted(lambda each: (each.next_step_at, each.id)):
            plan = run.version_id.plan
            done = [Done(*settled) for settled in progress[run.id]]
            job = _Job(run.id, run.res_id, steps_of(plan), done)
            due = counting(plan, run.company_id, run.site_id, times)
            try:
                job.due = next_due(job.steps, run.base_at, done, due)
            except OverflowError as error:  # a delay beyond all dates
                job.problem = f"{type(error).__name__}: {error}"
            if not run.policy_id.active:
                job.ended = self.env._("The policy was switched off.")
            jobs.append(job)
        by_run = dict(zip(runs.ids, runs, strict=True))
        self._find_gone([(by_run[job.run_id].res_model, job) for job in jobs])
        self._ask(
            [(by_run[job.run_id].res_model, by_run[job.run_id].stop_domain, job) for job in jobs],
            self._settled_ones,
        )
        self._ask(
            [
                (by_run[job.run_id].res_model, job.due.step.condition, job)
                for job in jobs
                if job.due
            ],
            self._left_out_ones,
        )
        return jobs

    @api.model
    def _find_gone(self, asked):
        """Mark the jobs whose record was deleted or archived."""
        by_model = {}
        for model_name, job in asked:
            by_model.setdefault(model_name, []).append(job)
        for model_name, jobs in by_model.items():
            model = self.env.get(model_name)
            found, archived = set(), set()
            if model is not None:
                records = model.sudo()._ops_engine().browse(job.res_id for job in jobs).exists()
                found = set(records.ids)
                if model._active_name:
                    archived = set((records - records.filtered(model._active_name)).ids)
            for job in jobs:
                if job.res_id not in found:
                    job.ended = self.env._("The record does not exist any more.")
                elif job.res_id in archived:
                    job.ended = self.env._("The record was archived.")

    @api.model
    def _ask(self, asked, mark):
        """Ask each domain once for all the records it is asked of, and have ``mark`` note the
        answer. What cannot be asked, because a field is gone, is a problem of those jobs."""
        groups = {}
        for model_name, text, job in asked:
            if text and not job.ended:
                groups.setdefault((model_name, text), []).append(job)
        for (model_name, text), jobs in groups.items():
            model = self.env[model_name].sudo()._ops_engine(active_test=False)
            ids = [job.res_id for job in jobs]
            try:
                with self.env.cr.savepoint(flush=False):
                    domain = parse_domain(self.env, text, self.env._("Filter"))
                    matching = set(model.search(domain & Domain("id", "in", ids)).ids)
            except CONFLICTS:
                raise
            except Exception as error:
                for job in jobs:
                    job.problem = self.env._(
                        "The filter %(text)s: %(error)s", text=text, error=error
                    )
                continue
            for job in jobs:
                mark(job, job.res_id in matching)

    @api.model
    def _settled_ones(self, job, matches):
        if matches:
            job.ended = self.env._("The record needs it no more: it matches “Stops when”.")

    @api.model
    def _left_out_ones(self, job, matches):
        if not matches:
            job.left_out = self.env._("The record does not match “Only when”.")

    # -- one step of one escalation -------------------------------------------------------

    @api.model
    def _advance(self, job, times):
        """Take the step that is due, or end the escalation.

        :return: False when it met a conflict, and must be tried again in another transaction
        """
        run = self._ops_engine().browse(job.run_id)
        try:
            with self.env.cr.savepoint():
                run._step(job, times)
            return True
        except CONFLICTS:
            return False
        except Exception as error:
            unexpected = not isinstance(error, UserError)
            _logger.log(
                logging.WARNING if unexpected else logging.INFO,
                "Step of escalation %s failed",
                job.run_id,
                exc_info=unexpected,
            )
            problem = str(error) if not unexpected else f"{type(error).__name__}: {error}"
        try:
            with self.env.cr.savepoint():
                run._note_failure(job, problem, times)
            return True
        except CONFLICTS:
            return False
        except Exception as error:
            # Else the whole batch would fail with it, now and at every run.
            _logger.warning("Escalation %s cannot go on", job.run_id, exc_info=True)
            run._end("failed", f"{type(error).__name__}: {error}")
            return True

    def _step(self, job, times):
        if job.ended:
            self._end("stopped", job.ended)
            return
        if not job.due or job.due.at > fields.Datetime.now():
            self._go_on(job, times)
            return
        if job.problem:
            raise UserError(job.problem)
        entry = self._enter(job, "done")
        if not entry:
            raise ConcurrencyError("the step was taken by somebody else")
        if job.left_out:
            entry.write({"outcome": "skipped", "result": job.left_out})
        else:
            cause = Cause(self.causation_id or None, self.correlation_id, self.depth + 1)
            with caused_by(self.env.cr, cause):
                act = self._act(job.due.step)
                self.env.flush_all()
            entry.write(
                {
                    "outcome": "done" if act.done else "skipped",
                    "whom": ", ".join(act.whom.sudo().mapped("name")),  # sudo: only the names
                    "result": act.says,
                    "is_last": act.is_last,
                }
            )
        settled = Done(entry.step_number, entry.repetition, entry.happened_at, entry.is_last)
        job.done.append(settled)
        self.step_count += int(entry.outcome == "done")
        self._go_on(job, times)

    def _enter(self, job, outcome, result=None):
        """Write the row of the log, before anything is done.

        :return: the row; empty when the step was settled already
        """
        step = job.due.step
        values = {
            "escalation_id": self.id,
            "policy_id": self.policy_id.id,
            "company_id": self.company_id.id,
            "site_id": self.site_id.id or None,
            "res_name": self.res_name or None,
            "step_number": step.number,
            "step_name": step.name,
            "kind": step.kind,
            "repetition": job.due.repetition,
            "happened_at": fields.Datetime.now(),
            "outcome": outcome,
            "result": result,
            "is_last": False,
        }
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO ops_escalation_log (%s) VALUES (%s) ON CONFLICT DO NOTHING"
                " RETURNING id",
                SQL(", ").join(SQL.identifier(name) for name in values),
                SQL(", ").join(SQL("%s", value) for value in values.values()),
            )
        )
        self.invalidate_recordset(["log_ids"], flush=False)
        return self.env["ops.escalation.log"].browse(row[0] for row in rows)

    def _go_on(self, job, times):
        """Note what comes next; without that the escalation has ended."""
        due = counting(self.version_id.plan, self.company_id, self.site_id, times)
        following = next_due(job.steps, self.base_at, job.done, due)
        if following:
            self.write({"next_step_at": following.at, "next_step": following.step.name, "tries": 0})
            return
        failed = self.env["ops.escalation.log"].search_count(
            [("escalation_id", "=", self.id), ("outcome", "=", "failed")], limit=1
        )
        if failed:
            self.reported = True  # the step's own exception told of it
            self._end("failed", self.env._("All steps were taken; some failed."))
        else:
            self._end("finished", self.env._("All steps were taken."))
