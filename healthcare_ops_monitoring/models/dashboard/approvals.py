from odoo import models

from ...core.dashboard import BREAKDOWN, KPI, LIST, TREND, Dashboard, Section, Tile
from .ops_dashboard import READER_GROUPS


class OpsDashboard(models.AbstractModel):
    _inherit = "ops.dashboard"

    def _dashboards(self):
        return {**super()._dashboards(), "approvals": self._approvals()}

    def _approvals(self):
        """How long decisions take, and whose turn it is."""
        return Dashboard(
            "approvals",
            self.env._("Approval flow"),
            (
                Section(
                    self.env._("How long decisions take"),
                    (
                        Tile("turnaround_median", KPI, ("approval_turnaround_median",)),
                        Tile("turnaround_p90", KPI, ("approval_turnaround_p90",)),
                        Tile("rejected", KPI, ("approval_rejected_share",)),
                        Tile("approver_wait", KPI, ("approver_wait_median",)),
                        Tile(
                            "turnaround_trend",
                            TREND,
                            ("approval_turnaround_median", "approval_turnaround_p90"),
                            name=self.env._("Turnaround of decided requests"),
                            size=6,
                        ),
                        Tile(
                            "approvers",
                            BREAKDOWN,
                            ("approver_wait_median",),
                            name=self.env._("Bottleneck approvers"),
                            note=self.env._("Median time that a request waits for each"),
                            field="user_id",
                            limit=8,
                            size=6,
                        ),
                    ),
                ),
                Section(
                    self.env._("What waits"),
                    (
                        Tile("waiting", KPI, ("approvals_waiting",), size=4),
                        Tile("overdue", KPI, ("approvals_overdue",), size=4),
                        Tile("age_p90", KPI, ("approval_age_p90",), size=4),
                        Tile(
                            "waiting_by_site",
                            BREAKDOWN,
                            ("approvals_waiting",),
                            name=self.env._("Waiting, by site"),
                            field="site_id",
                            limit=8,
                            size=5,
                        ),
                        self._longest_waiting(),
                    ),
                ),
            ),
            READER_GROUPS,
            icon="fa-check-square-o",
            sequence=30,
            note=self.env._("How long decisions take, and whose turn it is."),
        )

    def _longest_waiting(self):
        return Tile(
            "longest_waiting",
            LIST,
            name=self.env._("Waiting longest"),
            model="ops.approval.request",
            domain=(("state", "=", "pending"),),
            order="submitted_at, id",
            columns=("name", "res_name", "requester_id", "submitted_at", "due_at"),
            limit=8,
            size=7,
            empty=self.env._("No approval waits."),
        )
