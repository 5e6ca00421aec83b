from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .kpis import KpiMixin

DAY = datetime(2026, 3, 29).date()  # of 23 hours in Berlin


@tagged("post_install", "-at_install")
class TestKpiSnapshot(KpiMixin, TransactionCase):
    """What a day's figures were stays known, of each place, in its own time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Europe/Berlin"
        cls.berlin = cls.make_site(cls, "BER", tz="Europe/Berlin")
        cls.tokyo = cls.make_site(cls, "TYO", tz="Asia/Tokyo")
        cls.env["ops.kpi"].search([]).active = False
        cls.values = cls.env["ops.kpi.value"]

    def _closed(self, closed_at, seconds, site, **values):
        ago = (fields.Datetime.now() - closed_at).total_seconds() + seconds
        site_id = site.id if site else False
        company = values.pop("company", self.company)
        return self.make_case(seconds, ago=ago, company=company, site_id=site_id, **values)

    def _kept(self, kpi, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        found = self.values.search([("kpi_id", "=", kpi.id), *domain])
        return [(row.value, row.n, row.hits, row.withheld) for row in found]

    def test_a_day_is_the_places_own(self):
        self._closed(datetime(2026, 3, 28, 23, 30), 10, self.berlin)  # 0:30 in Berlin
        self._closed(datetime(2026, 3, 29, 21, 30), 30, self.berlin)  # 23:30
        self._closed(datetime(2026, 3, 29, 22, 30), 900, self.berlin)  # the day after
        self._closed(datetime(2026, 3, 28, 15, 30), 50, self.tokyo)  # 0:30 in Tokyo
        self._closed(datetime(2026, 3, 29, 15, 30), 70, self.tokyo)  # the day after there
        kpi = self.make_median()
        self.values._snapshot(DAY)
        place = {"date": DAY, "process_id": False}
        at = {"level": "site", **place}
        self.assertEqual(self._kept(kpi, site_id=self.berlin.id, **at), [(20, 2, 0, False)])
        self.assertEqual(self._kept(kpi, site_id=self.tokyo.id, **at), [(50, 1, 0, False)])
        company = {"company_id": self.company.id, "level": "company", **place}
        # Of the company's own day: two in Berlin, and 70 s which ended at 17:30 there.
        self.assertEqual(self._kept(kpi, **company), [(30, 3, 0, False)])
        process = {**company, "process_id": self.process.id}
        self.assertEqual(self._kept(kpi, **process), [(30, 3, 0, False)])

    def test_doing_a_day_again_overwrites_it_and_no_other(self):
        self._closed(datetime(2026, 3, 29, 12), 10, self.berlin)
        kpi = self.make_kpi(kind="share", unit="share", hits_domain="[('rework_count', '>', 0)]")
        self.values._snapshot(DAY - timedelta(days=1))
        rows = self.values._snapshot(DAY)
        self._closed(datetime(2026, 3, 29, 13), 10, self.berlin, rework_count=1)
        self.assertEqual(self.values._snapshot(DAY), rows)
        at = {"site_id": self.berlin.id, "process_id": False}
        self.assertEqual(self._kept(kpi, date=DAY, **at), [(0.5, 2, 1, False)])
        before = self._kept(kpi, date=DAY - timedelta(days=1), **at)
        self.assertEqual(before, [(0, 0, 0, True)])
        self.assertEqual(
            self.values.search_count([("kpi_id", "=", kpi.id), ("date", "=", DAY)]), rows
        )

    def test_no_records_and_too_few_are_told_apart(self):
        self._closed(datetime(2026, 3, 29, 12), 10, self.berlin)
        kpi = self.make_median(min_n=2)
        self.values._snapshot(DAY)
        kept = self.values.search(
            [("kpi_id", "=", kpi.id), ("level", "=", "site"), ("process_id", "=", False)]
        )
        words = {row.site_id: row.in_words for row in kept}
        self.assertEqual(words[self.berlin], "Too few records")
        self.assertEqual(words[self.tokyo], "No records")

    def test_a_graph_is_of_the_days_of_one_kpi(self):
        self.make_case(company=self.company)
        self.make_case(10, company=self.company)
        kpi = self.make_open_count()
        self.make_median()
        self.values._snapshot()
        everything = self.env.ref("healthcare_ops_monitoring.action_kpi_value")
        self.assertEqual(everything.view_mode, "list")
        action = kpi.action_open_history()
        self.assertEqual([kind for _view, kind in action["views"]], ["list", "graph"])
        self.assertIn(kpi.name, action["name"])
        self.assertEqual(self.values.search(action["domain"]).kpi_id, kpi.sudo())
        self.assertIn("search_default_whole_company", action["context"])
        self.manager.ops_site_ids = [Command.set(self.berlin.ids)]
        context = kpi.action_open_history()["context"]
        self.assertIn("search_default_by_site", context)
        self.assertEqual(context["graph_groupbys"], ["date:day", "site_id"])

    def test_states_are_kept_for_today_with_their_zeros(self):
        self.make_case(company=self.company, site_id=self.berlin.id)
        self.make_case(company=self.company)
        kpi = self.make_open_count()
        with freeze_time("2026-03-30 23:30:00"):  # the 31st in Berlin and Tokyo
            self.values._snapshot()
        day = datetime(2026, 3, 31).date()
        place = {"date": day, "company_id": self.company.id, "process_id": False}
        at = {"level": "site", **place}
        self.assertEqual(self._kept(kpi, level="company", **place), [(2, 2, 0, False)])
        self.assertEqual(self._kept(kpi, site_id=self.berlin.id, **at), [(1, 1, 0, False)])
        self.assertEqual(self._kept(kpi, site_id=self.tokyo.id, **at), [(0, 0, 0, False)])
        self.assertEqual(self._kept(kpi, site_id=False, **at), [(1, 1, 0, False)])

    def test_a_night_keeps_the_days_before_too_and_takes_few_queries(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        kpi = self.make_median(site_field=False, process_field=False)
        self.values._snapshot()
        days = self.values.search([("kpi_id", "=", kpi.id)]).mapped("date")
        self.assertIn(yesterday, days)
        self.assertEqual(len(set(days)) in (3, 4), True, "three days, in zones of two dates")
        for _each in range(30):
            self.make_site(f"S{self._next()}")
        with self.assertQueryCount(20):
            self.values._snapshot(yesterday)

    def test_shared_records_count_in_each_company(self):
        endpoints = self.env["ops.endpoint"].search([("state", "=", "broken")])
        endpoints.state = "disabled"
        self.make_endpoint(company_id=False).state = "broken"
        self.make_endpoint(company_id=self.company.id).state = "broken"
        kpi = self.make_open_count(
            model_name="ops.endpoint",
            domain="[('state', '=', 'broken')]",
            site_field=False,
            process_field=False,
            shared=True,
        )
        self.values._snapshot()
        rows = self.values.search([("kpi_id", "=", kpi.id)])
        counts = {row.company_id: row.value for row in rows}
        self.assertEqual(counts.pop(self.company), 2)
        self.assertEqual(set(counts.values()), {1})
        self.assertEqual(self.measure(kpi).value, 2)

    def test_history_is_of_ones_own_companies_and_sites(self):
        kpi = self.make_open_count()
        self.values._snapshot()
        seen = self.values.with_user(self.manager).search([("kpi_id", "=", kpi.id)])
        self.assertEqual(seen.company_id, self.company)
        self.manager.ops_site_ids = [Command.set(self.berlin.ids)]
        seen = self.values.with_user(self.manager).search([("kpi_id", "=", kpi.id)])
        self.assertEqual(set(seen.mapped("level")), {"site"}, "the whole tells of other sites")
        self.assertEqual(seen.site_id, self.berlin)
        with self.assertRaises(AccessError):
            seen[0].value = 7

    def test_an_administrator_takes_one_by_hand(self):
        kpi = self.make_open_count()
        admin = self.in_role("admin", self.company)
        self.values.with_user(admin).action_snapshot()
        self.assertTrue(self.values.search_count([("kpi_id", "=", kpi.id)]))
        with self.assertRaises(AccessError):
            self.values.with_user(self.manager).action_snapshot()

    def test_a_kpi_that_cannot_be_worked_out_keeps_the_others_from_nothing(self):
        self._closed(datetime(2026, 3, 29, 12), 10, self.berlin)
        self.make_median(value_field="no_such_field")
        kpi = self.make_median()
        name = "odoo.addons.healthcare_ops_monitoring.models.kpi.ops_kpi_snapshot"
        with claim_log(name, "ERROR", "is missing from the snapshot"):
            self.values._snapshot(DAY)
        self.assertEqual(
            self._kept(kpi, site_id=self.berlin.id, date=DAY, level="site", process_id=False),
            [(10, 1, 0, False)],
        )
