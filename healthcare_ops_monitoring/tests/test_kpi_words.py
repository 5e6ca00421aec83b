from odoo.tests import TransactionCase, tagged

from .kpis import KpiMixin


@tagged("post_install", "-at_install")
class TestKpiWords(KpiMixin, TransactionCase):
    """Figures and definitions as people read them."""

    def test_figures_read_as_people_say_them(self):
        for unit, value, words in (
            ("seconds", 8100, "2 h 15 min"),
            ("seconds", 3 * 86400, "3 d"),
            ("working_seconds", 72 * 3600, "72 h"),
            ("share", 0.934, "93.4 %"),
            ("share", 1.0, "100 %"),
            ("records", 17.0, "17"),
            ("records", 12345, "12,345"),
            ("milliseconds", 230.04, "230 ms"),
            ("days", 2.5, "2.5 d"),
            ("records", None, ""),
        ):
            with self.subTest(unit=unit, value=value):
                self.assertEqual(self.make_kpi(kind="count", unit=unit)._words(value), words)

    def test_a_definition_says_what_is_counted_and_when(self):
        kpi = self.make_kpi(kind="count", unit="records", site_field=False)
        self.assertEqual(
            kpi._definition(),
            {
                "code": kpi.code,
                "name": "Try",
                "formula": "In words",
                "unit": "Records",
                "direction": "Less is better",
                "records": "Case",
                "period": "Records whose time “Closed” is within the period.",
                "module": "Healthcare Operations: Monitoring",
                "by_site": False,
                "by_process": True,
            },
        )
        missing = self.make_kpi(kind="count", model_name="x.no.such.model")
        self.assertEqual(missing._definition()["records"], "not installed")

    def test_a_kpi_is_found_by_its_code_while_it_is_active(self):
        kpi = self.make_kpi(kind="count")
        kpis = self.env["ops.kpi"].with_user(self.manager)
        self.assertEqual(kpis._by_code(kpi.code), kpi)
        kpi.sudo().active = False
        self.assertFalse(kpis._by_code(kpi.code))
        self.assertFalse(kpis._by_code("no_such_code"))
