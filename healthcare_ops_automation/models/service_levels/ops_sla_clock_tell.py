import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ...core.service_level import TRANSITIONS
from .guard import CATEGORY, NOT_OURS, SWEEP_CRON, undoable

_logger = logging.getLogger(__name__)

# Of these a clock has one in its life; the others are told apart by their moment.
ONCE = ("started", "at_risk", "breached", "stopped")
BATCH = 100


class OpsSlaClock(models.Model):
    """Telling what happened to clocks: an event about each record, and the hook.

    A clock's state is written first and stands, whatever becomes of the telling: that has a
    savepoint of its own. What could not be told is marked and tried again by the sweep, one
    by one, and then a person is told what is wrong.
    """

    _inherit = "ops.sla.clock"

    def _on_transition(self, transition):
        """Hook for what follows from clocks; called in bulk, after they were written.

        :param str transition: started, paused, resumed, at_risk, breached or stopped. A stopped
            clock is met, breached or cancelled: see its state
        """

    @api.model
    def _tell(self, moved, now):
        """Tell the transitions of a piece of work, in the order in which they happened."""
        for kind, rows in moved.by_kind():
            clocks = self.browse(row.id for row in rows)
            try:
                with undoable(self.env):
                    clocks._tell_one_kind(kind, now)
            except NOT_OURS:
                raise
            except Exception:
                _logger.info("%s of %s could not be told", kind, clocks, exc_info=True)
                clocks._mark_untold(kind)

    def _tell_one_kind(self, kind, now):
        self._emit_transition(kind, now)
        self._on_transition(kind)

    def _emit_transition(self, kind, now):
        """Write the event about each record; about the clock where its record is gone."""
        subjects = self._subjects()
        for (policy, cycle), clocks in self.grouped(lambda c: (c.policy_id, c.cycle)).items():
            key = f"{policy.id}:{cycle}"
            if kind not in ONCE:
                key = f"{key}:{now:%Y%m%dT%H%M%S}"
            contents = {
                (subjects[clock.id]._name, subjects[clock.id].id): clock._event_data(kind)
                for clock in clocks
            }
            by_model = {}
            for clock in clocks:
                subject = subjects[clock.id]
                by_model.setdefault(subject._name, []).append(subject.id)
            for model, ids in by_model.items():
                self.env["ops.event"]._emit_guarded(
                    f"sla.clock.{kind}",
                    self.env[model].browse(ids),
                    lambda record, data=contents: data[record._name, record.id],
                    dedup_key=key,
                )

    def _subjects(self):
        """What an event about each clock is about, by the clock's id."""
        subjects = {clock.id: clock for clock in self}
        for model, clocks in self.grouped("res_model").items():
            if model in self.env:
                records = self.env[model].browse(clocks.mapped("res_id"))
                alive = set(records.exists()._ids)
                subjects |= {
                    clock.id: records.browse(clock.res_id)
                    for clock in clocks
                    if clock.res_id in alive
                }
        return subjects

    def _event_data(self, kind):
        """The content of an event, as contracts/sla_clock.py has it."""
        self.ensure_one()

        def moment(value):
            return value and fields.Datetime.to_string(value).replace(" ", "T") + "Z" or None

        data = {
            "clock": self.id,
            "policy": self.policy_id.name,
            "policy_version": self.version_id.number,
            "measure": self.policy_id._measure_label(),
            "target": self.target_id.name or "",
            "cycle": self.cycle,
            "calendar": self.calendar_id.name or None,
            "budget_seconds": self.budget_seconds,
            "used_seconds": self.used_seconds,
            "started_at": moment(self.started_at),
            "due_at": moment(self.due_at),
        }
        if kind == "stopped":
            data |= {"outcome": self.state, "stopped_at": moment(self.stopped_at)}
        return data

    @api.model
    def _cancel_guarded(self, where):
        """Cancel open clocks; whatever goes wrong is left to the sweep."""
        self.env.flush_all()  # as in the policy's _follow_guarded
        try:
            with undoable(self.env):
                self._cancel(where)
        except NOT_OURS:
            raise
        except Exception:
            _logger.info("Clocks could not be cancelled", exc_info=True)
            self.env["ops.event"]._wake({SWEEP_CRON})

    # -- what could not be told -----------------------------------------------------------

    def _mark_untold(self, kind):
        self.env.cr.execute(
            SQL(
                "UPDATE ops_sla_clock SET untold = concat_ws(',', untold, %s) WHERE id = ANY(%s)",
                kind,
                list(self.ids),
            )
        )
        self.invalidate_recordset(["untold"], flush=False)
        self.env["ops.event"].sudo()._wake({SWEEP_CRON})

    @api.model
    def _retell(self):
        """Tell once more what could not be told; what fails again becomes an exception.

        :return: how many clocks were looked at
        """
        now = fields.Datetime.now()
        clocks = self.search([("untold", "!=", False)], limit=BATCH)
        for clock in clocks:
            for kind in TRANSITIONS:
                if kind in clock.untold.split(","):
                    clock._retell_one(kind, now)
        clocks.flush_recordset()
        self.env.cr.execute(
            SQL("UPDATE ops_sla_clock SET untold = NULL WHERE id = ANY(%s)", list(clocks.ids))
        )
        clocks.invalidate_recordset(["untold"], flush=False)
        return len(clocks)

    def _retell_one(self, kind, now):
        try:
            with self.env.cr.savepoint():
                self._tell_one_kind(kind, now)
        except NOT_OURS:
            raise
        except Exception as error:
            _logger.info("%s of %s cannot be told", kind, self, exc_info=True)
            self.env["ops.exception"]._raise_exception(
                CATEGORY,
                self.env._(
                    "What follows from the clock “%(clock)s” (%(transition)s) failed: %(error)s",
                    clock=self.display_name,
                    transition=kind,
                    error=error,
                ),
                self,
                cause_key=f"sla_tell:{self.policy_id.id}",
            )
