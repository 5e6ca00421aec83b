import itertools
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from ..core.dashboard import KPI, Tile
from .dashboards import DashboardMixin

LOGGER = "odoo.addons.healthcare_ops_monitoring.models.dashboard.ops_dashboard"


@tagged("post_install", "-at_install", "browser")
class TestDashboardInBrowser(DashboardMixin, HttpCase):
    def walk(self, tour, user, address="/odoo/ops-dashboard"):
        self.start_tour(address, f"healthcare_ops_monitoring.{tour}", login=user.login)

    def test_a_manager_chooses_opens_and_comes_back(self):
        with self.make_dashboard(*self.trial_tiles(), sequence=90):
            self.walk("dashboard", self.make_reader("manager"), "/odoo/ops-health")

    def test_an_address_can_be_shared(self):
        address = f"/odoo/ops-dashboard?dashboard=t_trial&period=all&site={self.north.id}"
        with self.make_dashboard(*self.trial_tiles()):
            self.walk("dashboard_deep", self.make_reader("manager"), address)

    def test_filters_of_other_dashboards_leave_the_address(self):
        address = "/odoo/ops-dashboard?dashboard=control_tower&period=7d"
        self.walk(
            "dashboard_foreign", self.make_reader("manager"), f"{address}&process={self.process.id}"
        )

    def test_too_few_say_what_would_give_a_figure(self):
        closed = self.make_median(min_n=50).code
        state = self.make_median(min_n=50, period_field=False).code
        tiles = (Tile("closed", KPI, (closed,)), Tile("now", KPI, (state,)))
        address = f"/odoo/ops-dashboard?dashboard=t_trial&site={self.north.id}"
        with self.make_dashboard(*tiles):
            self.walk("dashboard_few", self.make_reader("manager"), address)

    def test_an_address_that_leads_nowhere_says_so(self):
        with claim_log("odoo.http", "WARNING", "fortnight"):
            self.walk(
                "dashboard_lost",
                self.make_reader("auditor"),
                "/odoo/ops-dashboard?dashboard=processes&period=fortnight",
            )

    def test_a_requester_is_told_that_they_are_not_for_them(self):
        with claim_log("odoo.http", "WARNING", "Dashboards are shown to"):
            self.walk(
                "dashboard_refused",
                self.make_reader("requester"),
                "/odoo/ops-dashboard?period=7d",
            )

    def test_a_dashboard_that_there_is_not_is_not_offered_without_filters(self):
        with claim_log("odoo.http", "WARNING", "no dashboard “no_such”"):
            self.walk(
                "dashboard_unknown",
                self.make_reader("auditor"),
                "/odoo/ops-dashboard?dashboard=no_such&period=7d",
            )

    def test_a_tile_that_failed_is_tried_again(self):
        bad, good = self.make_open_count().code, self.make_open_count().code
        model = type(self.env["ops.kpi"])
        compared, calls = model._compared, itertools.count(1)

        def fails_once(kpi, scope):
            if kpi.code == bad and next(calls) == 1:
                raise RuntimeError("broken on purpose")
            return compared(kpi, scope)

        tiles = (Tile("bad", KPI, (bad,)), Tile("open", KPI, (good,)))
        with (
            self.make_dashboard(*tiles),
            patch.object(model, "_compared", fails_once),
            claim_log(LOGGER, "ERROR", "Tile bad of dashboard t_trial raised", 1),
        ):
            address = "/odoo/ops-dashboard?dashboard=t_trial"
            self.walk("dashboard_broken_tile", self.make_reader("manager"), address)
