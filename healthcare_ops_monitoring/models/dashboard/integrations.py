from odoo import models

from ...core.dashboard import KPI, LIST, STATUS, TABLE, TREND, Dashboard, Section, Tile
from .ops_dashboard import READER_GROUPS


class OpsDashboard(models.AbstractModel):
    _inherit = "ops.dashboard"

    def _dashboards(self):
        return {**super()._dashboards(), "integrations": self._integrations()}

    def _integrations(self):
        """Whether other systems get what happens, and answer."""
        return Dashboard(
            "integrations",
            self.env._("Integrations"),
            (
                Section(
                    self.env._("What goes out"),
                    (
                        Tile("success", KPI, ("delivery_success_share",)),
                        Tile("latency_p50", KPI, ("delivery_latency_p50",)),
                        Tile("latency_p95", KPI, ("delivery_latency_p95",)),
                        Tile("retries", KPI, ("delivery_retry_share",)),
                        Tile(
                            "latency_trend",
                            TREND,
                            ("delivery_latency_p50", "delivery_latency_p95"),
                            name=self.env._("Latency"),
                            size=8,
                        ),
                        Tile(
                            "broken",
                            STATUS,
                            (
                                "endpoints_broken",
                                "dead_letters",
                                "callbacks_overdue",
                                "authentication_failures",
                            ),
                            name=self.env._("What is broken"),
                            size=4,
                        ),
                    ),
                ),
                Section(
                    self.env._("The queue"),
                    (
                        Tile("waiting", KPI, ("deliveries_waiting",)),
                        Tile("oldest", KPI, ("delivery_oldest_wait",)),
                        Tile("dead", KPI, ("dead_letters",)),
                        Tile("callbacks", KPI, ("callbacks_overdue",)),
                    ),
                ),
                Section(
                    self.env._("Endpoint by endpoint"),
                    (self._endpoint_by_endpoint(), self._latest_dead_letters()),
                ),
            ),
            READER_GROUPS,
            icon="fa-exchange",
            sequence=40,
            note=self.env._("Whether other systems get what happens here, and answer."),
        )

    def _endpoint_by_endpoint(self):
        return Tile(
            "endpoints",
            TABLE,
            (
                "delivery_success_share",
                "delivery_latency_p50",
                "delivery_latency_p95",
                "delivery_retry_share",
                "deliveries_waiting",
                "delivery_oldest_wait",
                "dead_letters",
                "callbacks_overdue",
                "authentication_failures",
                "endpoints_broken",
            ),
            name=self.env._("Endpoints"),
            field="endpoint_id",
            fields={"endpoints_broken": "id"},
            limit=50,
            size=12,
        )

    def _latest_dead_letters(self):
        return Tile(
            "latest_dead",
            LIST,
            name=self.env._("Latest dead letters"),
            model="ops.delivery",
            domain=(("state", "=", "dead"),),
            order="id desc",
            columns=("record_name", "endpoint_id", "failure_cause", "last_error", "created_at"),
            size=12,
            empty=self.env._("No delivery was given up."),
        )
