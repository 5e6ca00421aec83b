import dataclasses

from odoo.tests import TransactionCase, tagged

from .dashboards import DashboardMixin

# A dashboard's answer, all of its tiles: what many cells or sites do not make more.
MOST_QUERIES = 170


@tagged("post_install", "-at_install")
class TestDashboardCounts(DashboardMixin, TransactionCase):
    """Every number is that of the list it opens: for every tile, as each reader."""

    def test_each_tile_of_each_dashboard_counts_what_its_list_shows(self):
        for name, (user, companies) in self.readers().items():
            dashboards = self.as_reader(user, companies)
            codes = [each["code"] for each in dashboards.describe()["dashboards"]]
            for code in codes:
                places = [{}, {"site": self.north.id}]
                places += [{"company": company.id} for company in companies]
                for place in places:
                    for period in ("30d", "all"):
                        with self.subTest(reader=name, dashboard=code, period=period, **place):
                            self.assert_lists_agree(dashboards, code, {**place, "period": period})

    def test_every_kpi_on_a_dashboard_is_there(self):
        manager = self.as_reader(self.manager)
        for dashboard in manager._readable():
            for tile in dashboard.tiles:
                for code in tile.kpis:
                    with self.subTest(dashboard=dashboard.code, tile=tile.code, kpi=code):
                        self.assertTrue(self.env["ops.kpi"]._by_code(code))

    def test_each_kind_of_tile_counts_what_its_list_shows(self):
        tiles = self.trial_tiles()
        with self.make_dashboard(*tiles):
            for name, (user, companies) in self.readers().items():
                dashboards = self.as_reader(user, companies)
                for params in ({}, {"site": self.north.id}, {"process": self.process.id}):
                    with self.subTest(reader=name, **params):
                        checked = self.assert_lists_agree(dashboards, "t_trial", params)
                        self.assertGreater(checked, 10)

    def test_each_sees_the_own_places_only(self):
        tiles = self.trial_tiles()
        counts = {}
        with self.make_dashboard(*tiles):
            for name, (user, companies) in self.readers().items():
                found = self.as_reader(user, companies).load("t_trial", ["median", "open"])
                counts[name] = [found["tiles"][tile]["n"] for tile in ("median", "open")]
        self.assertEqual(
            counts,
            {
                "manager": [6, 3],
                "manager of a site": [4, 2],  # and what is of no site
                "manager of two companies": [10, 4],
                "auditor": [10, 4],
                "administrator": [6, 3],
            },
        )

    def test_a_site_and_a_process_narrow(self):
        with self.make_dashboard(*self.trial_tiles()):
            dashboards = self.as_reader(self.manager)
            for params, counted in (
                ({"site": self.north.id}, 3),
                ({"site": self.north.id, "period": "all"}, 4),
                ({"process": self.process.id}, 6),
                ({"process": self.env["ops.process"].search([], limit=1).id}, 0),
            ):
                with self.subTest(**params):
                    found = dashboards.load("t_trial", ["median"], params)["tiles"]["median"]
                    self.assertEqual(found["n"], counted)

    def test_a_table_that_is_cut_shows_the_worst_lines_with_all_of_their_numbers(self):
        with self.make_dashboard(self.crowded_table()):
            manager = self.as_reader(self.manager)
            found = manager.load("t_trial", ["crowd"])["tiles"]["crowd"]
            self.assert_lists_agree(manager, "t_trial")
        codes = [column["kpi"] for column in found["columns"]]
        self.assertEqual(
            [
                (line["label"][1], *[line["cells"][code]["value"] for code in codes])
                for line in found["rows"]
            ],
            [("B", 2, 4), ("Z", 3, 1)],
        )
        self.assertEqual(found["cut"], "The 2 worst of 4 are shown, by “Open”.")

    def test_a_table_that_is_whole_says_nothing_of_it(self):
        with self.make_dashboard(dataclasses.replace(self.crowded_table(), limit=4)):
            found = self.as_reader(self.manager).load("t_trial", ["crowd"])["tiles"]["crowd"]
        self.assertEqual([line["label"][1] for line in found["rows"]], ["A", "B", "M", "Z"])
        self.assertEqual(found["cut"], "")

    def test_a_table_costs_no_query_for_each_line(self):
        dashboards = self.as_reader(self.manager)
        with self.make_dashboard(*self.trial_tiles()):
            self.load_all(dashboards, "t_trial")
            first = self.count_queries(dashboards, "t_trial")
            for number in range(20):
                site = self.make_place(f"M{number}")
                self.make_cases(40, 50, 60, site_id=site.id)
            self.load_all(dashboards, "t_trial")  # a new site empties Odoo's caches
            second = self.count_queries(dashboards, "t_trial")
        self.assertLessEqual(second, first + 2)

    def test_a_dashboard_costs_a_bounded_number_of_queries(self):
        dashboards = self.as_reader(self.manager)
        for each in dashboards.describe()["dashboards"]:
            self.load_all(dashboards, each["code"])
            with self.subTest(dashboard=each["code"]):
                self.assertLessEqual(self.count_queries(dashboards, each["code"]), MOST_QUERIES)

    def count_queries(self, dashboards, code):
        dashboards.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.load_all(dashboards, code)
        return self.env.cr.sql_log_count - before
