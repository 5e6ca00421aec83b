from datetime import date, datetime

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from .policies import PolicyCase


@tagged("post_install", "-at_install")
class TestPurchasePolicyRoute(PolicyCase):
    def _labels(self, version, orders):
        return [route.row_label for route in version._route(orders)]

    def test_an_edge_belongs_to_the_band_above_it(self):
        version = self.published(
            self.row("Small", amount_to=1000, outcome="none", stages=[]),
            self.row("Medium", amount_from=1000, amount_to=5000),
        )
        orders = self.order(999.99) + self.order(1000) + self.order(4999.99) + self.order(5000)
        routes = version._route(orders)
        self.assertEqual([r.row_label for r in routes], ["Small", "Medium", "Medium", ""])
        self.assertEqual([r.outcome for r in routes], ["none", "approve", "approve", "no_match"])
        self.assertIn("No row of this version", routes[-1].reasons[-1])

    def _rate(self, currency, rate, day="2026-01-01", company=None):
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "rate": rate,
                "name": day,
                "company_id": (company or self.company).id,
            }
        )

    def test_amounts_are_compared_in_the_currency_of_the_policy(self):
        """1,265 JPY are no thousand, and 200,000 JPY are more than one."""
        self._rate(self.yen, 160)
        version = self.published(
            self.row("Small", amount_to=1000), self.row("Large", amount_from=1000)
        )
        day = {"currency_id": self.yen.id, "date_order": datetime(2026, 2, 1, 12)}
        orders = self.order(1265, **day) + self.order(159999, **day) + self.order(160000, **day)
        routes = version._route(orders)
        self.assertEqual([r.row_label for r in routes], ["Small", "Small", "Large"])
        self.assertEqual(routes[2].amount, 1000)
        self.assertEqual(routes[2].document_amount, 160000)
        self.assertEqual(routes[2].document_currency, "JPY")
        self.assertEqual(routes[2].policy_currency, "EUR")
        self.assertAlmostEqual(routes[2].rate, 1 / 160)
        self.assertIn("1 JPY = 0.00625 EUR", routes[2].reasons[1])

    def test_the_rate_is_that_of_the_documents_company_and_day(self):
        self._rate(self.yen, 100, "2026-01-01")
        self._rate(self.yen, 200, "2026-03-01")
        self._rate(self.yen, 1, "2026-01-01", self.other_company)
        version = self.published(
            self.row("Small", amount_to=1000), self.row("Large", amount_from=1000)
        )
        yen = {"currency_id": self.yen.id}
        before = self.order(100000, date_order=datetime(2026, 2, 1, 12), **yen)
        after = self.order(100000, date_order=datetime(2026, 3, 1, 12), **yen)
        # Whoever asks, from whichever company:
        asked = (before + after).with_company(self.other_company).with_context(tz="Asia/Tokyo")
        self.assertEqual(self._labels(version, asked), ["Large", "Small"])

    def test_the_day_is_that_of_the_site(self):
        """Half past eleven at night in London is the next day in Berlin."""
        self._rate(self.yen, 100, "2026-01-01")
        self._rate(self.yen, 200, "2026-03-01")
        order = self.order(100, currency_id=self.yen.id, date_order=datetime(2026, 2, 28, 23, 30))
        [route] = self.published()._route(order)
        self.assertEqual(str(route.rate_date), "2026-03-01")

    def test_without_a_rate_nothing_matches(self):
        self.env["res.currency.rate"].search([("currency_id", "=", self.yen.id)]).unlink()
        [route] = self.published()._route(self.order(5, currency_id=self.yen.id))
        self.assertEqual(route.outcome, "no_match")
        self.assertIn("no exchange rate between JPY and EUR", route.reasons[-1])

    def test_places_categories_and_filters_decide(self):
        other_buyer = self.person("buyer", "user")
        devices = self.env["product.category"].create({"name": "Devices"})
        pumps = self.env["product.category"].create({"name": "Pumps", "parent_id": devices.id})
        version = self.published(
            self.row("Devices", category_id=devices.id),
            self.row("North", site_id=self.site.id, amount_to=100),
            self.row("Buyer", domain=f"[('user_id', '=', {other_buyer.id})]"),
            self.row("Rest"),
        )
        pump_line = Command.create(
            {
                "product_id": self.product(pumps).id,
                "product_qty": 1,
                "price_unit": 1,
                "tax_ids": [Command.clear()],
            }
        )
        with_pump = self.order(10)
        with_pump.order_line = [pump_line]
        orders = (
            with_pump
            + self.order(50)
            + self.order(50, site=self.part)
            + self.order(50, site=self.west)
            + self.order(500, user_id=other_buyer.id)
            + self.order(500)
        )
        self.assertEqual(
            self._labels(version, orders), ["Devices", "North", "North", "Rest", "Buyer", "Rest"]
        )

    def test_letting_a_category_pass_needs_all_lines_of_it(self):
        office = self.env["product.category"].create({"name": "Office"})
        version = self.published(
            self.row("Paper", category_id=office.id, outcome="none", stages=[]), self.row("Rest")
        )

        def line(category=None):
            product = self.product(category)
            return Command.create({"product_id": product.id, "product_qty": 1, "price_unit": 1})

        paper = self.order(order_line=[line(office), line(office)])
        mixed = self.order(order_line=[line(office), line()])
        self.assertEqual(self._labels(version, paper + mixed), ["Paper", "Rest"])

    def test_the_department_of_the_requester_counts_with_those_above(self):
        head = self.env["hr.department"].create({"name": "Care", "company_id": self.company.id})
        ward = self.env["hr.department"].create(
            {"name": "Ward", "company_id": self.company.id, "parent_id": head.id}
        )
        self.env["hr.employee"].create(
            {
                "name": "Requester",
                "user_id": self.requester.id,
                "company_id": self.company.id,
                "department_id": ward.id,
            }
        )
        version = self.published(self.row("Care", department_id=head.id), self.row("Rest"))
        order = self.order()
        self.assertEqual(self._labels(version, order.with_user(self.requester)), ["Care"])
        self.assertEqual(self._labels(version, order.with_user(self.ann)), ["Rest"])

    def test_nothing_that_a_client_sends_changes_the_way(self):
        """Here: the context by which archived tags are seen, and a date for rates."""
        tag = self.env["res.partner.category"].create({"name": "Trusted", "active": False})
        self.vendor.category_id = tag
        self._rate(self.yen, 100, "2026-01-01")
        self._rate(self.yen, 10**6, "1990-01-01")
        domain = "[('partner_id.category_id.name', '=', 'Trusted')]"
        version = self.published(
            self.row("Trusted", domain=domain, outcome="none", stages=[]),
            self.row("Small", amount_to=10),
            self.row("Rest"),
        )
        order = self.order(100000, currency_id=self.yen.id, date_order=datetime(2026, 2, 1, 12))
        self.assertEqual(self._labels(version, order), ["Rest"])
        context = {"active_test": False, "date": "1990-06-01", "lang": "xx_XX", "tz": "Asia/Tokyo"}
        hostile = order.with_user(self.requester).with_context(**context)
        self.assertEqual(self._labels(version, hostile), ["Rest"])

    def test_a_row_is_valid_on_the_day_of_asking_whatever_date_the_order_bears(self):
        version = self.published(
            self.row("Until March", date_to=date(2026, 3, 31)),
            self.row("Since April", date_from=date(2026, 4, 1)),
        )
        order = self.order(date_order=datetime(2026, 2, 1, 12))
        for day, label in (
            ("2026-03-31 08:00", "Until March"),
            ("2026-04-02 08:00", "Since April"),
        ):
            with freeze_time(day):
                self.assertEqual(self._labels(version, order), [label])

    def test_a_policy_edited_meanwhile_routes_as_before(self):
        version = self.published(self.row("Old"))
        version.policy_id.with_user(self.editor).action_new_draft()
        version.policy_id.draft_version_id.row_ids.with_user(self.editor).name = "New"
        order = self.order()
        self.assertEqual(self._labels(version, order), ["Old"])
        newer = self.publish(version.policy_id)
        self.assertEqual(self._labels(version, order), ["Old"])
        self.assertEqual(self._labels(newer, order), ["New"])

    def test_forty_orders_cost_no_more_queries_than_four(self):
        version = self.published(
            self.row("Filter", domain="[('partner_id.name', '=', 'Nobody')]"),
            self.row("Rest", stages=[self.stage(self.ann), self.stage(site_role="manager")]),
        )
        orders = self.env["purchase.order"].concat(*(self.order(10) for _each in range(40)))

        def cost(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            routes = version._route(some)
            version._plan(some, routes, [self.requester] * len(some))
            return self.env.cr.sql_log_count - before

        cost(orders[:2])
        self.assertLessEqual(cost(orders), cost(orders[:4]) + 2)

    def test_what_one_reader_may_see_does_not_decide_the_way(self):
        """A relation that somebody has read holds only what they may see, for everybody."""
        version = self.published(
            self.row("Far", company_id=self.other_company.id, outcome="none", stages=[]),
            self.row("Rest"),
            company_id=False,
            by=self.everywhere(self.editor),
        )
        manager = self.person("blinkered", "manager")
        self.env.invalidate_all()
        self.assertEqual(version.with_user(manager).row_ids.mapped("name"), ["Rest"])
        foreign = self.make_site("FAR", self.other_company)
        order = self.order(site=foreign, company_id=self.other_company.id)
        self.assertEqual(self._labels(version.with_user(manager), order), ["Far"])
