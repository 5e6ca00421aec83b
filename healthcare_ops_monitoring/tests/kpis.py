from ..models.kpi.scope import Scope
from .cases import CasesMixin


class KpiMixin(CasesMixin):
    """A company of its own with a manager, and KPIs to try on its cases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Kpi and Sons"})
        cls.manager = cls.in_role("manager", cls.company)

    def make_kpi(self, **values):
        """A KPI as the manager sees it: of closed cases unless told otherwise."""
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

    def make_median(self, **values):
        return self.make_kpi(
            **{"kind": "percentile", "percentile": 0.5, "value_field": "wall_seconds", **values}
        )

    def make_open_count(self, **values):
        return self.make_kpi(
            **{
                "kind": "count",
                "unit": "records",
                "domain": "[('state', '=', 'open')]",
                "period_field": False,
                **values,
            }
        )

    def scope(self, kpi, **params):
        return Scope.of(kpi.env, params)

    def measure(self, kpi, **params):
        """The figure; what it counts is what its list shows."""
        measure = kpi._measure(self.scope(kpi, **params))
        if measure.model in self.env:
            found = kpi.env[measure.model].search_count(measure.domain)
            self.assertEqual(found, measure.n, "the list shows what is counted")
        return measure

    def make_cases(self, *seconds, **values):
        return [self.make_case(each, company=self.company, **values) for each in seconds]

    def make_site(self, code, company=None, **values):
        company = company or self.company
        calendar = self.env["resource.calendar"].create(
            {"name": code, "company_id": company.id, "tz": values.pop("tz", "UTC")}
        )
        return self.env["ops.site"].create(
            {
                "name": code,
                "code": code,
                "company_id": company.id,
                "resource_calendar_id": calendar.id,
                **values,
            }
        )
