from odoo.tests import tagged

from .policies import PolicyCase


@tagged("post_install", "-at_install")
class TestPurchasePolicyRoute(PolicyCase):
    def test_smoke(self):
        version = self.published(
            self.row("Small", amount_to=1000, outcome="none", stages=[]),
            self.row("Large", amount_from=1000),
        )
        self.assertEqual(self.policies._in_force(self.company, "purchase.order"), version)
        self.assertTrue(self.policies._is_armed(self.company, "purchase.order"))
        orders = self.order(999.99) + self.order(1000)
        routes = version._route(orders)
        self.assertEqual([r.row_label for r in routes], ["Small", "Large"])
        plans = version._plan(orders, routes, [self.requester] * 2)
        self.assertEqual(plans[0], [])
        self.assertEqual(plans[1][0].user_ids, tuple(self.ann.ids))
