from odoo.fields import Command
from odoo.tests import tagged

from .approvals import ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalReplenish(ApprovalCase):
    """Replenishment works as OdooBot and in sudo: it may make drafts, and nothing more."""

    def setUp(self):
        super().setUp()
        self.arm()
        self.env.user.company_ids += self.company
        buy = self.env.ref("purchase_stock.route_warehouse0_buy")
        self.product.write(
            {
                "route_ids": [Command.link(buy.id)],
                "seller_ids": [
                    Command.create(
                        {"partner_id": self.vendor.id, "price": 10, "company_id": self.company.id}
                    )
                ],
            }
        )
        self.orderpoint = (
            self.env["stock.warehouse.orderpoint"]
            .with_company(self.company)
            .create(
                {
                    "product_id": self.product.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "warehouse_id": self.warehouse.id,
                    "product_min_qty": 60,
                    "product_max_qty": 60,
                    "trigger": "auto",
                }
            )
        )
        self.settle()

    def _replenish(self):
        self.env["stock.rule"].with_company(self.company).run_scheduler(company_id=self.company.id)
        self.settle()
        return self.env["purchase.order"].search([("company_id", "=", self.company.id)], order="id")

    def test_it_does_not_add_to_an_order_that_was_submitted(self):
        first = self._replenish()
        self.assertEqual((first.state, first.order_line.product_qty), ("draft", 60))
        first.with_user(self.buyer).action_submit_for_approval()
        self.settle()
        request = self.request_of(first)
        self.orderpoint.write({"product_min_qty": 80, "product_max_qty": 80})
        orders = self._replenish()
        self.assertEqual(first.order_line.product_qty, 60)
        self.assertEqual((request.state, request.version), ("pending", 1))
        self.approve(first, self.lead)
        self.assertEqual(first.state, "purchase")
        others = orders - first
        self.assertTrue(others)
        self.assertEqual(set(others.mapped("state")), {"draft"})

    def test_what_it_ordered_needs_an_approval_too(self):
        order = self._replenish()
        with self.refused("approval of Lead"):
            order.sudo().button_confirm()

    def test_it_does_not_hide_who_changed_the_order_last(self):
        order = self._replenish()
        order.with_user(self.buyer).order_line.price_unit = 11
        self.settle()
        self.orderpoint.write({"product_min_qty": 90, "product_max_qty": 90})
        self._replenish()
        self.assertEqual(order.order_line.product_qty, 90)
        self.assertEqual(order.approval_editor_id, self.buyer)
