from odoo.tests import BaseCase, tagged

from ..core.dashboard import BREAKDOWN, KPI, LIST, TREND, BadDashboard, Dashboard, Section, Tile


@tagged("post_install", "-at_install")
class TestCoreDashboard(BaseCase):
    def test_a_tile_that_cannot_be_drawn_is_no_tile(self):
        for values in (
            {"kind": "pie", "kpis": ("a",)},
            {"kind": KPI},
            {"kind": KPI, "kpis": ("a", "b")},
            {"kind": TREND, "kpis": ("a", "b", "c")},
            {"kind": BREAKDOWN, "kpis": ("a",)},
            {"kind": LIST, "model": "ops.case", "name": "Cases"},
            {"kind": KPI, "kpis": ("a",), "size": 13},
        ):
            with self.subTest(**values), self.assertRaises(BadDashboard):
                Tile("x", **values)

    def test_codes_of_tiles_and_sections_without_tiles_are_minded(self):
        tile = Tile("x", KPI, ("a",))
        with self.assertRaises(BadDashboard):
            Section("Empty", ())
        with self.assertRaises(BadDashboard):
            Dashboard("d", "D", (Section("One", (tile,)), Section("Two", (tile,))), ())

    def test_tiles_come_in_the_order_of_the_page(self):
        one, two = Tile("one", KPI, ("a",)), Tile("two", KPI, ("b",))
        dashboard = Dashboard("d", "D", (Section("1", (one,)), Section("2", (two,))), ())
        self.assertEqual(dashboard.tiles, (one, two))
