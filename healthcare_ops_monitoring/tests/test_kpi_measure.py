from odoo.tests import TransactionCase, tagged

from ..core.measure import FEW, NO_ACCESS, NO_DATA, NOT_INSTALLED, OK
from ..models.kpi.scope import Scope
from .cases import CasesMixin


@tagged("post_install", "-at_install")
class TestKpiMeasure(CasesMixin, TransactionCase):
    """Figures come from rows; their number is that of the list they open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Kpi and Sons"})
        cls.manager = cls.in_role("manager", cls.company)

    def _kpi(self, **values):
        kpi = self.env["ops.kpi"].create(
            {
                "code": f"t_{self._next()}",
                "name": "Try",
                "formula": "In words",
                "unit": "seconds",
                "direction": "lower",
                "owner": "healthcare_ops_monitoring",
                "model_name": "ops.case",
                "domain": "[('state', '=', 'closed')]",
                "period_field": "closed_at",
                "process_field": "process_id",
                **values,
            }
        )
        return kpi.with_user(self.manager)

    def _measure(self, kpi, **params):
        measure = kpi._measure(Scope.of(kpi.env, params))
        if measure.model in self.env:
            found = kpi.env[measure.model].search_count(measure.domain)
            self.assertEqual(found, measure.n, "the list shows what is counted")
        return measure

    def _cases(self, *seconds):
        return [self.make_case(each, company=self.company) for each in seconds]

    def test_median_is_of_the_rows_of_ones_own_company(self):
        self._cases(10, 20, 90)
        self.make_case(7000)
        kpi = self._kpi(kind="percentile", percentile=0.5, value_field="wall_seconds")
        measure = self._measure(kpi)
        self.assertEqual((measure.status, measure.value, measure.n), (OK, 20, 3))

    def test_share_names_its_hits(self):
        cases = self._cases(10, 20, 30, 40)
        cases[0].rework_count = 2
        kpi = self._kpi(kind="share", hits_domain="[('rework_count', '>', 0)]", unit="share")
        measure = self._measure(kpi)
        self.assertEqual((measure.value, measure.n, measure.hits), (0.25, 4, 1))
        hits = kpi.env["ops.case"].search(measure.hits_domain)
        self.assertEqual(hits.ids, cases[0].ids)

    def test_age_of_open_cases_is_counted_until_now(self):
        self.make_case(company=self.company, ago=500)
        kpi = self._kpi(
            kind="percentile",
            percentile=0.5,
            domain="[('state', '=', 'open')]",
            period_field=False,
            from_field="opened_at",
        )
        self.assertAlmostEqual(self._measure(kpi).value, 500, delta=60)

    def test_nothing_few_no_access_and_not_installed_are_different(self):
        kpi = self._kpi(kind="percentile", percentile=0.9, value_field="wall_seconds", min_n=2)
        self.assertEqual(self._measure(kpi).status, NO_DATA)
        self._cases(10)
        few = self._measure(kpi)
        self.assertEqual((few.status, few.value, few.n), (FEW, None, 1))
        count = self._kpi(kind="count", domain="[('state', '=', 'open')]", period_field=False)
        self.assertEqual((self._measure(count).status, self._measure(count).value), (OK, 0))
        stranger = self.in_role("user", self.company)
        self.assertEqual(self._measure(kpi.with_user(stranger)).status, NO_ACCESS)
        missing = self._kpi(kind="count", model_name="x.no.such.model")
        self.assertEqual(self._measure(missing).status, NOT_INSTALLED)
