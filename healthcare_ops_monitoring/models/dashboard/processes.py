from odoo import models

from ...core.dashboard import BARS, BREAKDOWN, KPI, LIST, TABLE, TREND, Dashboard, Section, Tile
from .ops_dashboard import READER_GROUPS


class OpsDashboard(models.AbstractModel):
    _inherit = "ops.dashboard"

    def _dashboards(self):
        return {**super()._dashboards(), "processes": self._processes()}

    def _processes(self):
        """How long it takes, where it hangs, and what is done twice."""
        return Dashboard(
            "processes",
            self.env._("Process performance"),
            (
                Section(
                    self.env._("How long it takes"),
                    (
                        Tile("cycle_median", KPI, ("cycle_time_median",)),
                        Tile("cycle_p90", KPI, ("cycle_time_p90",)),
                        # Closed cases alone look better while the backlog grows.
                        Tile("age_median", KPI, ("open_case_age_median",)),
                        Tile("age_p90", KPI, ("open_case_age_p90",)),
                        Tile(
                            "cycle_trend",
                            TREND,
                            ("cycle_time_median", "cycle_time_p90"),
                            name=self.env._("Cycle time of closed cases"),
                            size=6,
                        ),
                        Tile(
                            "open_closed_trend",
                            TREND,
                            ("closed_cases", "open_cases"),
                            name=self.env._("Closed cases, and those still open"),
                            chart=BARS,
                            size=6,
                        ),
                    ),
                ),
                Section(
                    self.env._("How well it goes"),
                    (
                        Tile("open", KPI, ("open_cases",)),
                        Tile("touchless", KPI, ("touchless_share",)),
                        Tile("rework", KPI, ("rework_rate",)),
                        Tile("reopened", KPI, ("reopened_rate",)),
                    ),
                ),
                Section(
                    self.env._("Service levels and exceptions"),
                    (
                        Tile("sla", KPI, ("sla_attainment",)),
                        Tile("exception_rate", KPI, ("exception_rate",)),
                        Tile("exception_resolution", KPI, ("exception_resolution_median",)),
                        Tile("exception_age", KPI, ("exception_age_p90",)),
                    ),
                ),
                Section(
                    self.env._("Where it hangs"),
                    (self._bottlenecks(), self._oldest_cases(), self._process_by_process()),
                ),
            ),
            READER_GROUPS,
            icon="fa-sitemap",
            sequence=20,
            filters=("site", "process", "period"),
            note=self.env._("How long cases take, where they hang and what is done twice."),
        )

    def _bottlenecks(self):
        return Tile(
            "bottlenecks",
            BREAKDOWN,
            ("step_time_median",),
            name=self.env._("Bottlenecks"),
            note=self.env._("Median time until each milestone, the longest first"),
            field="milestone_id",
            limit=8,
            size=5,
        )

    def _oldest_cases(self):
        return Tile(
            "oldest_cases",
            LIST,
            name=self.env._("Oldest open cases"),
            model="ops.case",
            domain=(("state", "=", "open"),),
            order="opened_at, id",
            columns=("record_name", "process_id", "last_milestone_id", "site_id", "opened_at"),
            limit=8,
            size=7,
            empty=self.env._("No case is open."),
        )

    def _process_by_process(self):
        return Tile(
            "process_table",
            TABLE,
            (
                "cycle_time_median",
                "cycle_time_p90",
                "open_cases",
                "open_case_age_p90",
                "rework_rate",
                "touchless_share",
            ),
            name=self.env._("Process by process"),
            field="process_id",
            limit=30,
            size=12,
        )
