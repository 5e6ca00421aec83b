from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...core.health import DEGRADED, FAILING, OK, Check
from ..process.ops_event import PROJECT_CRON

LATE = timedelta(minutes=5)
"""The projector follows within seconds, and comes by itself as often: later, it is not coming."""
COUNTED_MOST = 10_000


class OpsHealth(models.AbstractModel):
    """The check of the process log: whether figures show what has happened."""

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
                advice=self.env._("Figures show nothing new. Switch it on again."),
            )
        count, oldest = self._process_log_lag()
        now = fields.Datetime.now()
        if not count or now - oldest <= LATE:
            return Check("process_log", OK, label=label, detail=self.env._("Up to date."))
        return Check(
            "process_log",
            DEGRADED,
            label=label,
            detail=self.env._(
                "Behind by %(count)s events, the oldest for %(age)s.",
                count=count if count < COUNTED_MOST else f"{COUNTED_MOST}+",
                age=self._age(now - oldest),
            ),
            advice=self.env._(
                "Figures miss what happened since. Look whether “%s” runs, and how long it takes.",
                cron.cron_name,
            ),
        )

    def _process_log_lag(self):
        """How many events the process log has not followed, up to a limit, and since when the
        oldest of these waits. What a rebuild put back is not new."""
        [row] = self.env.execute_query(
            SQL(
                """SELECT count(*), min(since)
                     FROM (SELECT COALESCE(sealed_at, emitted_at) AS since FROM ops_event
                            WHERE state = 'sealed' AND projected IS NULL
                              AND projected IS NOT TRUE -- as the index says it
                            ORDER BY projected NULLS FIRST, id LIMIT %s) AS waiting""",
                COUNTED_MOST,
            )
        )
        return row
