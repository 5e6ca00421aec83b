from datetime import timedelta

from odoo import fields

from .cases import CasesMixin


class AlertsMixin(CasesMixin):
    """A KPI that counts open cases of a company of its own, and rules on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.alert.rule"].search([]).active = False
        cls.company = cls.env["res.company"].create({"name": "Alert and Sons"})
        cls.manager = cls.in_role("manager", cls.company)
        cls.now = fields.Datetime.now()
        cls.kpi = cls.make_kpi()

    @classmethod
    def make_kpi(cls, **values):
        return cls.env["ops.kpi"].create(
            {
                "code": f"t_alert_{cls._next()}",
                "name": "Open cases",
                "formula": "Cases that are open",
                "unit": "records",
                "direction": "lower",
                "owner": "healthcare_ops_monitoring",
                "model_name": "ops.case",
                "domain": "[('state', '=', 'open')]",
                "process_field": "process_id",
                "kind": "count",
                **values,
            }
        )

    @classmethod
    def make_rule(cls, **values):
        return cls.env["ops.alert.rule"].create(
            {
                "name": "Many open cases",
                "kpi_id": cls.kpi.id,
                "company_id": cls.company.id,
                "threshold": 2,
                "hold_minutes": 5,
                "clear_minutes": 10,
                "quiet_minutes": 30,
                "severity": "high",
                **values,
            }
        )

    def open_cases(self, count, **values):
        cases = [self.make_case(company=self.company, **values) for _n in range(count)]
        return self.env["ops.case"].concat(*cases)

    def _sites(self):
        values = [
            {"name": name, "code": f"T-{name.upper()}", "company_id": self.company.id}
            for name in ("North", "South")
        ]
        return self.env["ops.site"].with_company(self.company).create(values)

    def watch(self, rule, minutes=0):
        """Look at the rule as if so many minutes had gone by since the test began.

        :return: its alerts' states by what they are about
        """
        rule._watch(self.now + timedelta(minutes=minutes))
        self.assertFalse(rule.last_error)
        return {alert.group_label or "": alert.state for alert in rule.alert_ids}

    def fire(self, rule, minutes=0):
        self.watch(rule, minutes)
        states = self.watch(rule, minutes + 5)
        self.assertEqual(set(states.values()), {"firing"})
        return rule.alert_ids
