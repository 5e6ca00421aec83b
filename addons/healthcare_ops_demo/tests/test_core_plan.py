from datetime import date, timedelta

from odoo.tests import BaseCase

from ..builders.assembly import plan_of
from ..builders.simulation import MAX_REAL_ORDERS
from ..builders.tables import table

TODAY = date(2026, 3, 4)


class TestPlan(BaseCase):
    """The plan is plain Python: what holds for it holds on any day of installation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A week of installation days, and some in other seasons.
        cls.days = [TODAY + timedelta(days=days) for days in (0, 1, 2, 3, 4, 5, 6, 100, 250, 301)]
        cls.plans = {day: plan_of(day) for day in cls.days}

    def test_the_same_day_gives_the_same_history(self):
        self.assertEqual(plan_of(TODAY).fingerprint(), self.plans[TODAY].fingerprint())
        fingerprints = {plan.fingerprint() for plan in self.plans.values()}
        self.assertEqual(len(fingerprints), len(self.days), "another day, another history")

    def test_no_stock_comes_from_nowhere(self):
        for day, plan in self.plans.items():
            received = {id(item): 0 for item in plan.items}
            for order in [*plan.orders, *plan.call_offs]:
                for line in order.lines:
                    received[id(line.item)] += sum(each.quantity for each in line.receipts)
            for item in plan.items:
                opening = sum(lot.quantity for lot in item.opening)
                left = opening + received[id(item)] - sum(item.used.values())
                self.assertEqual(item.on_hand, left, f"{day} {item.site} {item.product}")
                self.assertGreaterEqual(item.on_hand, 0)

    def test_chains_are_few_and_receipts_are_in_the_past(self):
        for day, plan in self.plans.items():
            self.assertLessEqual(len(plan.orders), MAX_REAL_ORDERS)
            self.assertLessEqual(MAX_REAL_ORDERS, 100)
            for order in [*plan.orders, *plan.call_offs]:
                for line in order.lines:
                    for receipt in line.receipts:
                        self.assertLess(order.day, receipt.day)
                        self.assertLess(receipt.day, day)

    def test_some_orders_are_late_partial_or_open(self):
        for day, plan in self.plans.items():
            late = [
                o for o in plan.orders if any(r.day > o.due for x in o.lines for r in x.receipts)
            ]
            partial = [o for o in plan.orders if any(len(x.receipts) > 1 for x in o.lines)]
            still_open = [o for o in plan.orders if o.is_open]
            self.assertTrue(late and partial and still_open, day)

    def test_the_chosen_shortages_are_short_and_most_items_are_not(self):
        chosen = {(row["site"], row["product"]) for row in table("shortages")}
        for day, plan in self.plans.items():
            below = {(i.site, i.product) for i in plan.items if i.on_hand < i.critical}
            self.assertLessEqual(chosen, below, day)
            self.assertLess(len(below), len(plan.items) / 6, day)

    def test_crossings_alternate_and_agree_with_the_stock(self):
        for plan in self.plans.values():
            last = {}
            for crossing in plan.crossings:
                item = crossing.item
                self.assertNotEqual(last.get(id(item)), crossing.below, "each crosses back first")
                self.assertEqual(crossing.on_hand < item.critical, crossing.below)
                last[id(item)] = crossing.below
            for item in plan.items:
                if id(item) in last:
                    self.assertEqual(last[id(item)], item.on_hand < item.critical)

    def test_tables_name_each_other(self):
        items = {(i.site, i.product) for i in self.plans[TODAY].items}
        for name in ("shortages", "special_lots", "exceptions"):
            named = {(row["site"], row["product"]) for row in table(name)}
            self.assertLessEqual(named, items, name)
