from datetime import timedelta

from odoo import fields, models

from ...core.health import DEGRADED, FAILING, OK, Check

CRONS = {
    "escalations": "healthcare_ops_automation.cron_execute_escalations",
    "controls": "healthcare_ops_automation.cron_run_controls",
}
LATE = timedelta(minutes=15)
"""Both scheduled actions come every few minutes; what is due for longer is not being done."""


class OpsHealth(models.AbstractModel):
    """The checks of what acts by time: steps of escalations, and controls."""

    _inherit = "ops.health"

    def _checks(self):
        return [*super()._checks(), *CRONS]

    def _check_escalations(self):
        return self._check_due(
            "escalations",
            self.env._("Escalations"),
            self.env["ops.escalation"].sudo(),  # sudo: whether all of them are on time
            [("state", "=", "running")],
            "next_step_at",
        )

    def _check_controls(self):
        return self._check_due(
            "controls",
            self.env._("Controls"),
            self.env["ops.control"].sudo(),  # sudo: whether all of them are on time
            [("active", "=", True)],
            "next_run_at",
        )

    def _check_due(self, name, label, records, domain, date_field):
        """Whether the scheduled action is on, and nothing has been due for long."""
        cron = self.env.ref(CRONS[name]).sudo()  # sudo: whether it runs is asked by everybody
        if not cron.active:
            return Check(
                name,
                DEGRADED if self._is_neutralized() else FAILING,
                label=label,
                detail=self.env._("Switched off: %s.", cron.cron_name),
                advice=self.env._("Nobody is told of what waits. Switch it on again."),
            )
        now = fields.Datetime.now()
        late = [*domain, (date_field, "<", now - LATE)]
        oldest = records.search(late, order=f"{date_field}, id", limit=1)
        if not oldest:
            return Check(name, OK, label=label, detail=self.env._("On, and on time."))
        return Check(
            name,
            DEGRADED,
            label=label,
            detail=self.env._(
                "%(count)s are late, the oldest by %(age)s.",
                count=records.search_count(late),
                age=self._age(now - oldest[date_field]),
            ),
            advice=self.env._("Look whether “%s” runs, and how long it takes.", cron.cron_name),
        )
