from datetime import timedelta

from odoo import models

from ...core.health import DEGRADED, FAILING, OK, Check

PROJECT_CRON = "healthcare_ops_monitoring.cron_project"
LATE = timedelta(minutes=5)
"""An event is in the process log within seconds; the scheduled action comes every 5 minutes even
when nobody wakes it."""


class OpsHealth(models.AbstractModel):
    """The check of the process log, on which every figure about cases stands."""

    _inherit = "ops.health"

    def _checks(self):
        return [*super()._checks(), "process_log"]

    def _check_process_log(self):
        label = self.env._("Process log")
        cron = self.env.ref(PROJECT_CRON).sudo()  # sudo: whether it runs is asked by everybody
        if not cron.active:
            return Check(
                "process_log",
                DEGRADED if self._is_neutralized() else FAILING,
                label=label,
                detail=self.env._("Switched off: %s.", cron.cron_name),
                advice=self.env._("Figures about cases stand still. Switch it on again."),
            )
        # sudo: how far behind it is, of all events
        lag = timedelta(seconds=self.env["ops.projector"].sudo()._lag())
        if lag <= LATE:
            return Check(
                "process_log", OK, label=label, detail=self.env._("It follows the events.")
            )
        return Check(
            "process_log",
            DEGRADED,
            label=label,
            detail=self.env._("Behind the events by %s.", self._age(lag)),
            advice=self.env._("Look whether “%s” runs, and how long it takes.", cron.cron_name),
        )
