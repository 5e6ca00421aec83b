from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from ..builders.figures import STATES
from ..builders.tables import MODULE

DAYS = 60


@tagged("post_install", "-at_install")
class TestDemoFigures(TransactionCase):
    """Charts have a past: what was open in the nights before the installation."""

    def _kept(self, code, **place):
        domain = [("kpi_id", "=", self.env["ops.kpi"]._by_code(code).id)]
        domain += [(name, "=", value) for name, value in place.items()]
        return self.env["ops.kpi.value"].search(domain, order="date")

    def test_what_is_open_comes_and_goes(self):
        for code in STATES:
            with self.subTest(code=code):
                kept = self._kept(code, level="company", process_id=False)
                dates = kept.mapped("date")
                self.assertGreater(max(dates) - min(dates), timedelta(days=DAYS))
                self.assertGreater(len(set(kept.mapped("n"))), 3)

    def test_a_past_night_kept_the_cases_that_were_open_then(self):
        site = self.env.ref(f"{MODULE}.site_aus")
        process = self.env["ops.process"].search([("code", "=", "replenishment")])
        every = self._kept("open_cases", site_id=site.id, process_id=process.id)[:-1]
        night = every[len(every) // 2]
        moment = f"{night.date} 01:00:00"  # at two o'clock in Berlin, before or after the change
        cases = self.env["ops.case"].search(
            [
                ("process_id", "=", process.id),
                ("site_id", "=", site.id),
                ("opened_at", "<=", moment),
                "|",
                ("closed_at", "=", False),
                ("closed_at", ">", moment),
            ]
        )
        self.assertTrue(cases)
        self.assertEqual(night.n, len(cases))
        short = self._kept("supply_below_critical", site_id=site.id, date=night.date)
        self.assertEqual(short.n, len(cases))

    def test_sites_add_up_to_their_company(self):
        for code in STATES:
            kept = self._kept(code, process_id=False)
            for _place, values in kept.grouped(lambda each: (each.company_id, each.date)).items():
                whole = values.filtered(lambda each: each.level == "company")
                self.assertEqual(sum((values - whole).mapped("n")), whole.n)
