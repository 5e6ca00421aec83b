import json
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_ops_supply.models.stock_move import StockMove

from .approvals import ApprovalCase


def cancel_unwatched(moves):
    """As it is without this pack."""
    return super(StockMove, moves)._action_cancel()


@tagged("post_install", "-at_install")
class TestPurchaseEvents(ApprovalCase):
    """An order tells its way as events; monitoring makes a case of it."""

    def _told(self, orders):
        self.env.cr.flush()
        events = self.env["ops.event"].search(
            [("res_model", "=", "purchase.order"), ("res_id", "in", orders.ids)], order="id"
        )
        self.assertEqual(set(events.mapped("state")), {"sealed"})
        return [event.type_code.removeprefix("purchase.order.") for event in events]

    def _received(self, order):
        return self.env["ops.event"].search(
            [("type_code", "=", "purchase.order.received"), ("res_id", "=", order.id)]
        )

    def _receive(self, order, quantity, backorder=False):
        """The warehouse takes delivery, on behalf of somebody who reads no orders."""
        picking = order.picking_ids.filtered(lambda each: each.state not in ("done", "cancel"))
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        if not backorder:
            picking = picking.with_context(cancel_backorder=True)
        picking._action_done()

    def test_its_way_is_told_from_the_first_draft_to_the_last_receipt(self):
        order = self.order(400).sudo()
        self.assertEqual(self._told(order), ["created"])
        order.button_confirm()
        self.assertEqual(self._told(order), ["created", "confirmed"])
        self._receive(order, 4, backorder=True)
        self.assertEqual(self._told(order), ["created", "confirmed"], "some is still to come")
        self._receive(order, 6)
        self.assertEqual(self._told(order), ["created", "confirmed", "received"])
        event = self._received(order)
        data = json.loads(event.sudo().body)["data"]
        self.assertEqual((data["order"], data["complete"]), (order.name, True))
        self.assertEqual((event.company_id, event.site_id), (self.company, self.site))

    def test_what_is_not_awaited_any_more_is_received_incompletely(self):
        order = self.order(400).sudo()
        order.button_confirm()
        self._receive(order, 4)
        self.assertEqual(self._told(order)[-1], "received")
        event = self._received(order)
        self.assertIs(json.loads(event.sudo().body)["data"]["complete"], False)

    def _backordered(self):
        """Of ten eight came."""
        order = self.order(400).sudo()
        order.button_confirm()
        self._receive(order, 8, backorder=True)
        self.assertEqual(self._told(order), ["created", "confirmed"])
        return order

    def test_when_the_backorder_is_cancelled_the_order_is_received_incompletely(self):
        order = self._backordered()
        order.picking_ids.filtered(lambda each: each.state != "done").action_cancel()
        self.assertEqual(self._told(order), ["created", "confirmed", "received"])
        event = self._received(order)
        self.assertIs(json.loads(event.sudo().body)["data"]["complete"], False)

    def test_when_the_order_is_lowered_to_what_came_it_is_received(self):
        order = self._backordered()
        order.order_line.product_qty = 9
        self.assertEqual(self._told(order), ["created", "confirmed"], "one is still to come")
        order.order_line.product_qty = 8
        self.assertEqual(self._told(order), ["created", "confirmed", "received"])

    def test_lowering_one_line_while_another_is_added_is_no_receipt(self):
        order = self._backordered()
        lines = [
            Command.update(order.order_line.id, {"product_qty": 8}),
            Command.create(self.line(10, 3)),
        ]
        order.write({"order_line": lines})
        self.assertEqual(self._told(order), ["created", "confirmed"])

    def test_an_order_of_which_nothing_came_is_not_received(self):
        cancelled, lowered = self.order(400).sudo(), self.order(400).sudo()
        (cancelled + lowered).button_confirm()
        cancelled.picking_ids.action_cancel()
        lowered.order_line.product_qty = 0
        for order in (cancelled, lowered):
            self.assertEqual(self._told(order), ["created", "confirmed"])

    def test_an_order_cancelled_after_a_part_of_it_came_is_cancelled_and_not_received(self):
        order = self._backordered()
        order.button_cancel()
        self.assertEqual(self._told(order), ["created", "confirmed", "cancelled"])

    def test_cancelling_what_nobody_ordered_costs_no_query_more(self):
        def cost():
            move = self.env["stock.move"].create(
                {
                    "product_id": self.product.id,
                    "product_uom_qty": 3,
                    "company_id": self.warehouse.company_id.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                }
            )
            move._action_confirm()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            move._action_cancel()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost()  # caches
        watched = cost()
        with patch.object(StockMove, "_action_cancel", cancel_unwatched):
            bare = cost()
        self.assertEqual(watched, bare)

    def test_a_service_is_received_when_somebody_says_so(self):
        service = self.env["product.product"].create(
            {"name": "Calibration", "type": "service", "supplier_taxes_id": False}
        )
        line = {"product_id": service.id, "product_qty": 1, "price_unit": 100}
        order = self.order(100, order_line=[Command.create(line)]).sudo()
        order.button_confirm()
        order.order_line.qty_received = 1
        self.assertEqual(self._told(order), ["created", "confirmed", "received"])

    def test_cancelled_and_taken_up_again(self):
        order = self.order(400).sudo()
        order.button_cancel()
        order.button_draft()
        self.assertEqual(self._told(order), ["created", "cancelled", "reopened"])

    def test_a_batch_costs_no_more_queries_than_one(self):
        costs = []
        for count in (1, 20):
            orders = self.env["purchase.order"].concat(*(self.order(10) for _n in range(count)))
            orders = orders.sudo()
            self.env.cr.flush()
            orders.mapped("amount_total")
            orders.mapped("display_name")
            orders._ops_place()
            before = self.env.cr.sql_log_count
            orders._ops_tell("purchase.order.confirmed")
            self.env.cr.flush()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], max(costs[0], 6), costs)

    def test_monitoring_makes_a_case_of_it(self):
        self.env.cr.execute("UPDATE ops_event SET projected = TRUE")
        order = self.order(400).sudo()
        order.button_confirm()
        self._receive(order, 10)
        self.env.cr.flush()
        self.env["ops.projector"]._project_batch()
        case = self.env["ops.case"].search(
            [("res_model", "=", "purchase.order"), ("res_id", "=", order.id)]
        )
        self.assertEqual((case.process_id.code, case.state), ("purchase", "closed"))
        self.assertEqual(case.end_milestone_id.code, "received")
        self.assertEqual((case.company_id, case.site_id), (self.company, self.site))
