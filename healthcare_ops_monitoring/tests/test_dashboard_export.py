import io

import openpyxl

from odoo.tests import HttpCase, TransactionCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from ..core.dashboard import KPI, Tile
from .dashboards import DashboardMixin


def sheets_of(content):
    """``{title: [row]}`` of a workbook, formulas as they are written."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [list(row) for row in sheet.iter_rows()] for sheet in book}


@tagged("post_install", "-at_install")
class TestDashboardExport(DashboardMixin, TransactionCase):
    def export(self, dashboards, params=None):
        name, content = dashboards._export("t_trial", params or {})
        self.assertRegex(name, r"^t_trial-\d{4}-\d\d-\d\d\.xlsx$")
        return sheets_of(content)

    def test_the_workbook_says_what_the_page_shows(self):
        with self.make_dashboard(*self.trial_tiles()):
            for params in ({}, {"site": self.north.id, "period": "all"}):
                dashboards = self.as_reader(self.manager)
                page = self.load_all(dashboards, "t_trial", params)
                sheets = self.export(dashboards, params)
                figures = {row[2].value: row for row in sheets["Figures"][1:]}
                for tile, code in (
                    ("median", "t_median"),
                    ("open", "t_open"),
                    ("share", "t_share"),
                ):
                    with self.subTest(tile=tile, **params):
                        answer, row = page[tile], figures[code]
                        days = 86400 if answer["unit"] == "seconds" else 1
                        value = row[3].value
                        if hasattr(value, "total_seconds"):
                            value = value.total_seconds() / 86400
                        self.assertAlmostEqual(value * days, answer["value"], places=3)
                        self.assertEqual(row[5].value, answer["n"])
                        self.assertEqual(row[6].value, answer.get("hits"))
                        self.assertEqual(row[10].value, "In words")
                self.assertEqual(figures["t_share"][3].number_format, "0.0 %")
                self.assertEqual(figures["t_median"][3].number_format, "[h]:mm:ss")
                self.check_breakdowns(sheets["Breakdowns"], page)

    def check_breakdowns(self, rows, page):
        found = [tuple(cell.value for cell in row) for row in rows[1:]]
        sites = [row for row in found if row[0] == "Sites"]
        self.assertEqual(
            [(row[2], row[5]) for row in sites],
            [(row["label"], row["n"]) for row in page["by_site"]["rows"]],
        )
        course = [row[2] for row in found if row[0] == "Course"]
        self.assertEqual(course, [each["when"] for each in page["trend"]["series"][0]["points"]])
        cells = [cell for row in page["table"]["rows"] for cell in row["cells"].values()]
        self.assertEqual(len([row for row in found if row[0] == "All"]), len(cells))

    def test_a_table_that_is_cut_says_so(self):
        with self.make_dashboard(self.crowded_table()):
            rows = self.export(self.as_reader(self.manager))["Breakdowns"]
        self.assertIn("The 2 worst of 4 are shown, by “Open”.", [row[1].value for row in rows])

    def test_filters_and_definitions_go_with_it(self):
        with self.make_dashboard(*self.trial_tiles()):
            rows = self.export(self.as_reader(self.manager), {"site": self.north.id})[
                "Filters and definitions"
            ]
        texts = {(row[0].value, row[1].value): row[2].value for row in rows}
        self.assertIn(self.north.name, texts[("Site", None)])
        self.assertEqual(texts[("Companies", None)], self.company.name)
        self.assertEqual(texts[("Period", None)], "30 days")
        self.assertEqual(texts[("Median", "Formula")], "In words")
        self.assertTrue(texts[("As of", None)])

    def test_nobodys_words_become_a_formula(self):
        evil = '=HYPERLINK("https://example.com","Free")'
        self.north.name = evil
        kpi = self.make_median(name="+1+1", formula="@SUM(1)")
        with self.make_dashboard(*self.trial_tiles(), Tile("evil", KPI, (kpi.code,))):
            sheets = self.export(self.as_reader(self.manager), {"site": self.north.id})
        cells = [cell for rows in sheets.values() for row in rows for cell in row]
        self.assertTrue([cell for cell in cells if evil in str(cell.value)])
        self.assertFalse([cell for cell in cells if cell.data_type == "f" or cell.hyperlink])


@tagged("post_install", "-at_install")
class TestDashboardExportRoute(DashboardMixin, HttpCase):
    URL = "/healthcare_ops/dashboard/processes.xlsx"

    def get(self, user, url=URL, status=200):
        self.authenticate(user.login, user.login)
        answer = self.url_open(url, allow_redirects=False)
        self.assertEqual(answer.status_code, status, answer.text[:200])
        return answer

    def test_readers_get_it_as_a_file(self):
        answer = self.get(self.make_reader("auditor"))
        self.assertIn("spreadsheetml", answer.headers["Content-Type"])
        self.assertIn("processes-", answer.headers["Content-Disposition"])
        self.assertEqual(len(sheets_of(answer.content)), 3)

    def test_others_do_not(self):
        self.authenticate(None, None)
        self.assertIn(self.url_open(self.URL, allow_redirects=False).status_code, (302, 303))
        for role in ("requester", "user"):
            with claim_log("odoo.http", "WARNING", "Dashboards are shown to"):
                self.get(self.make_reader(role), status=403)

    def test_foreign_places_and_junk_are_refused(self):
        manager = self.make_reader("manager")
        for query, status, words in (
            (f"company={self.other.id}", 403, "Company"),
            (f"site={self.abroad.id}", 403, "Site"),
            (f"cids={self.other.id}", 403, "compan"),
            ("cids=all", 422, "Companies"),
            ("period=fortnight", 422, "fortnight"),
            ("flavour=sweet", 422, "flavour"),
            ("site=" + "9" * 5000, 422, "is no site"),
        ):
            with self.subTest(query=query), claim_log("odoo.http", "WARNING", words):
                self.get(manager, f"{self.URL}?{query}", status)
        with claim_log("odoo.http", "WARNING", "no dashboard"):
            self.get(manager, "/healthcare_ops/dashboard/nothing.xlsx", 422)

    def test_it_covers_the_companies_that_are_switched_on(self):
        both = self.make_reader("auditor", self.company + self.other)
        for companies in (self.company, self.company + self.other):
            cids = "-".join(map(str, companies.ids))
            answer = self.get(both, f"{self.URL}?cids={cids}")
            rows = sheets_of(answer.content)["Filters and definitions"]
            named = next(row[2].value for row in rows if row[0].value == "Companies")
            self.assertEqual(named, ", ".join(companies.mapped("name")))
