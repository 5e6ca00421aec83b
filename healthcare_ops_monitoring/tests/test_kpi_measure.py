from odoo.tests import TransactionCase, tagged

from ..core.measure import FEW, NO_ACCESS, NO_DATA, NOT_INSTALLED, OK
from .kpis import KpiMixin


@tagged("post_install", "-at_install")
class TestKpiMeasure(KpiMixin, TransactionCase):
    """Figures come from rows; their number is that of the list they open."""

    def test_median_is_of_the_rows_of_ones_own_company(self):
        self.make_cases(10, 20, 90)
        self.make_case(7000)
        kpi = self.make_kpi(kind="percentile", percentile=0.5, value_field="wall_seconds")
        measure = self.measure(kpi)
        self.assertEqual((measure.status, measure.value, measure.n), (OK, 20, 3))

    def test_share_names_its_hits(self):
        cases = self.make_cases(10, 20, 30, 40)
        cases[0].rework_count = 2
        kpi = self.make_kpi(kind="share", hits_domain="[('rework_count', '>', 0)]", unit="share")
        measure = self.measure(kpi)
        self.assertEqual((measure.value, measure.n, measure.hits), (0.25, 4, 1))
        hits = kpi.env["ops.case"].search(measure.hits_domain)
        self.assertEqual(hits.ids, cases[0].ids)

    def test_age_of_open_cases_is_counted_until_now(self):
        self.make_case(company=self.company, ago=500)
        kpi = self.make_kpi(
            kind="percentile",
            percentile=0.5,
            domain="[('state', '=', 'open')]",
            period_field=False,
            from_field="opened_at",
        )
        self.assertAlmostEqual(self.measure(kpi).value, 500, delta=60)

    def test_nothing_few_no_access_and_not_installed_are_different(self):
        kpi = self.make_kpi(kind="percentile", percentile=0.9, value_field="wall_seconds", min_n=2)
        self.assertEqual(self.measure(kpi).status, NO_DATA)
        self.make_cases(10)
        few = self.measure(kpi)
        self.assertEqual((few.status, few.value, few.n), (FEW, None, 1))
        count = self.make_kpi(kind="count", domain="[('state', '=', 'open')]", period_field=False)
        self.assertEqual((self.measure(count).status, self.measure(count).value), (OK, 0))
        jobs = {"model_name": "ir.cron", "domain": "[]", "company_field": False}
        closed = self.make_kpi(kind="count", period_field=False, site_field=False, **jobs)
        self.assertEqual(self.measure(closed.with_user(self.manager)).status, NO_ACCESS)
        missing = self.make_kpi(kind="count", model_name="x.no.such.model")
        self.assertEqual(self.measure(missing).status, NOT_INSTALLED)
