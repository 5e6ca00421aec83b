import odoo
from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.models.exceptions.ops_exception_category import (
    SEVERITIES,
)

from ...core.exposition import GAUGE, Family, exposition

PREFIX = "healthcare_ops_"
# A scrape that takes longer is of no use to anybody.
SCRAPE_SECONDS = 5


class OpsMetrics(models.AbstractModel):
    """What a Prometheus server is told: figures of the whole installation, without anybody's name.

    To add a family: inherit, append its name in ``_families``, and write ``_family_<name>``, which
    returns or yields :class:`Family` objects. Labels come from small sets that are known
    beforehand, such as states and codes; never a record or a person. Nothing is written.
    """

    _name = "ops.metrics"
    _description = "Metrics"

    @api.model
    def _families(self):
        return ["build", "crons", "alerts"]

    @api.model
    def _scrape(self):
        """The answer of the route. Run as superuser: it is about the whole installation."""
        self.env.cr.execute(SQL("SET LOCAL statement_timeout = %s", SCRAPE_SECONDS * 1000))
        totals = self.env["ops.metric.counter"]._totals()
        families = []
        for name in self._families():
            families += getattr(self, f"_family_{name}")(totals)
        self.env.cr.execute("SET LOCAL statement_timeout = DEFAULT")
        return exposition(families)

    @api.model
    def _family(self, name, kind, text):
        return Family(PREFIX + name, kind, f"{text} Of the whole installation, all companies.")

    @api.model
    def _gauge(self, name, text, rows, *labels):
        """A gauge with one sample for each row of label values and the figure last."""
        family = self._family(name, GAUGE, text)
        for *values, figure in rows:
            family.add(figure, **dict(zip(labels, values, strict=True)))
        return family

    def _family_build(self, _totals):
        module = self.env["ir.module.module"]._get("healthcare_ops_monitoring")
        family = self._family("build_info", GAUGE, "Always 1; the versions are its labels.")
        family.add(1, version=module.latest_version, odoo=odoo.release.version)
        return [family]

    def _family_crons(self, _totals):
        """How late the suite's own scheduled actions are."""
        rows = self.env.execute_query(
            SQL(
                """SELECT d.name, c.active,
                          GREATEST(0, EXTRACT(EPOCH FROM
                              (now() AT TIME ZONE 'UTC' - c.nextcall))),
                          c.failure_count
                     FROM ir_model_data d JOIN ir_cron c ON c.id = d.res_id
                    WHERE d.model = 'ir.cron' AND d.module LIKE %s ORDER BY 1""",
                r"healthcare\_ops\_%",
            )
        )
        return [
            self._gauge(
                "cron_lag_seconds",
                "For how long a scheduled action should have begun.",
                [(name, lag) for name, active, lag, _failures in rows if active],
                "cron",
            ),
            self._gauge(
                "cron_active",
                "Whether a scheduled action is switched on.",
                [(name, int(active)) for name, active, *_rest in rows],
                "cron",
            ),
            self._gauge(
                "cron_failures",
                "Failures of a scheduled action in a row.",
                [(name, failures) for name, _active, _lag, failures in rows],
                "cron",
            ),
        ]

    def _family_alerts(self, _totals):
        counts = dict(
            self.env["ops.alert"]._read_group([("state", "=", "firing")], ["severity"], ["__count"])
        )
        broken = self.env["ops.alert.rule"].search_count([("last_error", "!=", False)])
        return [
            self._gauge(
                "alerts_firing",
                "Alerts that fire.",
                [(severity, counts.get(severity, 0)) for severity, _label in SEVERITIES],
                "severity",
            ),
            self._gauge(
                "alert_rules_broken", "Alert rules that cannot be worked out.", [(broken,)]
            ),
        ]

    @api.model
    def _age(self, moment):
        """Seconds since a naive UTC moment; 0 without one."""
        now = fields.Datetime.now()
        return max(0.0, (now - moment).total_seconds()) if moment else 0
