from odoo import models

from odoo.addons.healthcare_ops_monitoring.core.dashboard import (
    BREAKDOWN,
    KPI,
    LIST,
    TREND,
    Dashboard,
    Section,
    Tile,
)
from odoo.addons.healthcare_ops_monitoring.models.dashboard.ops_dashboard import READER_GROUPS


class OpsDashboard(models.AbstractModel):
    _inherit = "ops.dashboard"

    def _dashboards(self):
        return {**super()._dashboards(), "supply": self._supply()}

    def _supply(self):
        """What runs short, and who can deliver."""
        return Dashboard(
            "supply",
            self.env._("Supply"),
            (
                Section(
                    self.env._("What runs short"),
                    (
                        Tile("below_critical", KPI, ("supply_below_critical",)),
                        Tile("stockouts", KPI, ("supply_stockouts",)),
                        Tile("service_level", KPI, ("supply_service_level",)),
                        Tile("cover", KPI, ("supply_days_of_cover_median",)),
                        self._short_items(),
                        self._short_by_site(),
                        Tile(
                            "short_trend",
                            TREND,
                            ("supply_below_critical", "supply_stockouts"),
                            name=self.env._("Items below critical level, and out of stock"),
                            size=6,
                        ),
                        self._cover_by_site(),
                    ),
                ),
                Section(
                    self.env._("Who delivers"),
                    (
                        Tile("unanswered", KPI, ("supply_unanswered",), size=4),
                        Tile("answer_time", KPI, ("supply_answer_time_median",), size=4),
                        Tile("lead_time", KPI, ("supplier_lead_time_median",), size=4),
                        self._answers_by_vendor(),
                        self._latest_answers(),
                    ),
                ),
            ),
            READER_GROUPS,
            icon="fa-cubes",
            sequence=50,
            note=self.env._("What runs short, how long it lasts, and who can deliver."),
        )

    def _short_items(self):
        return Tile(
            "short_items",
            LIST,
            name=self.env._("Below their critical level"),
            model="ops.supply.item",
            domain=(("below_critical", "=", True),),
            order="availability_order, ved_class desc, id",
            columns=("product_id", "site_id", "ved_class", "on_hand_usable", "critical_level"),
            limit=8,
            size=8,
            empty=self.env._("No item is below its critical level."),
        )

    def _short_by_site(self):
        return Tile(
            "short_by_site",
            BREAKDOWN,
            ("supply_below_critical",),
            name=self.env._("Short items, by site"),
            field="site_id",
            limit=8,
            size=4,
        )

    def _cover_by_site(self):
        return Tile(
            "cover_by_site",
            BREAKDOWN,
            ("supply_days_of_cover_median",),
            name=self.env._("Days of cover, by site"),
            note=self.env._("The shortest first"),
            field="site_id",
            limit=8,
            size=6,
        )

    def _answers_by_vendor(self):
        return Tile(
            "answers_by_vendor",
            BREAKDOWN,
            ("supply_answer_time_median",),
            name=self.env._("Time to answer, by supplier"),
            field="vendor_name",
            limit=8,
            size=5,
        )

    def _latest_answers(self):
        return Tile(
            "latest_answers",
            LIST,
            name=self.env._("Latest answers"),
            model="ops.supply.answer",
            order="checked_at desc, id desc",
            columns=("vendor_name", "item_id", "can_deliver", "lead_days", "checked_at"),
            limit=8,
            size=7,
            empty=self.env._("No supplier has answered yet."),
        )
