from odoo import models

from ...core.dashboard import KPI, LIST, STATUS, TABLE, Dashboard, Section, Tile
from .ops_dashboard import READER_GROUPS


class OpsDashboard(models.AbstractModel):
    _inherit = "ops.dashboard"

    def _dashboards(self):
        return {**super()._dashboards(), "control_tower": self._control_tower()}

    def _control_tower(self):
        """Now: what needs a person, what is broken, what is late."""
        return Dashboard(
            "control_tower",
            self.env._("Control tower"),
            (
                Section(
                    self.env._("Needs a person"),
                    (
                        Tile("unowned", KPI, ("exceptions_unowned",)),
                        Tile("overdue", KPI, ("exceptions_overdue",)),
                        Tile("approvals_overdue", KPI, ("approvals_overdue",)),
                        Tile("sla_at_risk", KPI, ("sla_at_risk",)),
                        self._urgent_exceptions(),
                        self._what_is_broken(),
                    ),
                ),
                Section(
                    self.env._("What is late"),
                    (
                        self._late_approvals(),
                        Tile(
                            "late",
                            STATUS,
                            (
                                "sla_breached_running",
                                "exceptions_overdue",
                                "approvals_overdue",
                                "callbacks_overdue",
                                "escalations_running",
                            ),
                            name=self.env._("Past its time"),
                            size=5,
                        ),
                    ),
                ),
                Section(self.env._("Site by site"), (self._site_by_site(),)),
            ),
            READER_GROUPS,
            icon="fa-binoculars",
            sequence=10,
            filters=("site",),
            period="today",
            note=self.env._("What needs somebody now, and where."),
        )

    def _urgent_exceptions(self):
        return Tile(
            "urgent_exceptions",
            LIST,
            name=self.env._("Most urgent exceptions"),
            model="ops.exception",
            domain=(("is_open", "=", True),),
            order="due_at, id",
            columns=("name", "severity", "site_id", "user_id", "due_at"),
            size=8,
            empty=self.env._("Nothing waits for a person. Exceptions appear here by due time."),
        )

    def _what_is_broken(self):
        return Tile(
            "broken",
            STATUS,
            (
                "fallbacks_active",
                "endpoints_broken",
                "dead_letters",
                "authentication_failures",
                "automation_failures",
            ),
            name=self.env._("What is broken"),
            size=4,
        )

    def _late_approvals(self):
        return Tile(
            "late_approvals",
            LIST,
            name=self.env._("Approvals by due time"),
            model="ops.approval.request",
            domain=(("state", "=", "pending"),),
            order="due_at, submitted_at",
            columns=("name", "res_name", "requester_id", "site_id", "due_at"),
            size=7,
            empty=self.env._("No approval waits."),
        )

    def _site_by_site(self):
        return Tile(
            "sites",
            TABLE,
            (
                "exceptions_open",
                "exceptions_overdue",
                "approvals_waiting",
                "approvals_overdue",
                "deliveries_waiting",
                "dead_letters",
            ),
            name=self.env._("Open work of each site"),
            field="site_id",
            limit=50,
            size=12,
        )
