import json

from odoo.fields import Command
from odoo.tests import tagged

from .approvals import ApprovalCase


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
