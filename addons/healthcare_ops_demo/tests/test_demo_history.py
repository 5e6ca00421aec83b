from datetime import timedelta

from odoo.tests import TransactionCase, tagged

from ..builders.tables import MODULE, table


@tagged("post_install", "-at_install")
class TestDemoHistory(TransactionCase):
    """What the module promises about the three months before its installation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        buyer = cls.env.ref(f"{MODULE}.user_procurement")
        orders = cls.env["purchase.order"].search([("user_id", "=", buyer.id)])
        # Those under approval are of the days before; see test_demo_approvals.
        cls.orders = orders.filtered(lambda order: not order.approval_request_id)
        cls.events = cls.env["ops.event"].search([("origin", "=", "imported")])
        # The day on which the module was installed: the history ends before it.
        cls.installed = min(cls.events.mapped("emitted_at"))

    def test_orders_are_few_and_of_both_companies(self):
        self.assertTrue(50 <= len(self.orders) <= 100, len(self.orders))
        self.assertEqual(len(self.orders.company_id), 2)
        self.assertEqual(set(self.orders.mapped("state")), {"purchase"})
        self.assertGreaterEqual(len(self.orders.partner_id), 8)

    def test_history_spans_three_months_and_ends_before_the_installation(self):
        first = min(self.orders.mapped("date_order"))
        self.assertGreaterEqual((self.installed - first).days, 80)
        for moments in (
            self.orders.mapped("date_order"),
            self.orders.picking_ids.filtered("date_done").mapped("date_done"),
            self.events.mapped("occurred_at"),
        ):
            self.assertLess(max(moments), self.installed)
            self.assertGreater(max(moments) - min(moments), timedelta(days=60))

    def test_orders_lead_to_receipts_and_posted_bills(self):
        done = self.orders.filtered(lambda order: order.invoice_ids)
        self.assertGreaterEqual(len(done), 30)
        self.assertEqual(set(done.invoice_ids.mapped("state")), {"posted"})
        for order in done:
            receipt = order.picking_ids.filtered(lambda picking: picking.state == "done")
            self.assertTrue(receipt, order.name)
            self.assertLess(order.date_order, min(receipt.mapped("date_done")))
            self.assertLessEqual(
                max(receipt.mapped("date_done")).date(),
                max(order.invoice_ids.mapped("invoice_date")),
            )
            received = sum(line.qty_received * line.price_unit for line in order.order_line)
            self.assertAlmostEqual(sum(order.invoice_ids.mapped("amount_untaxed")), received, 2)

    def test_some_receipts_were_late_and_some_came_in_parts(self):
        done = self.orders.picking_ids.filtered(lambda picking: picking.state == "done")
        late = done.filtered(
            lambda picking: picking.date_done.date() > picking.scheduled_date.date()
        )
        self.assertGreaterEqual(len(late), 5)
        self.assertTrue(done.backorder_id)
        self.assertTrue(self.orders.filtered(lambda order: order.receipt_status != "full"))

    def test_moves_have_their_own_day(self):
        moves = self.orders.picking_ids.move_ids.filtered(lambda move: move.state == "done")
        self.assertTrue(moves)
        for move in moves:
            self.assertEqual(move.date, move.picking_id.date_done)
            self.assertEqual(set(move.move_line_ids.mapped("date")), {move.date})

    def test_no_internal_stock_is_negative(self):
        domain = [("location_id.usage", "=", "internal"), ("quantity", "<", 0)]
        self.assertFalse(self.env["stock.quant"].search(domain))

    def test_imported_events_are_sealed_in_order_and_delivered_to_nobody(self):
        self.assertGreaterEqual(len(self.events), 200)
        self.assertEqual(set(self.events.mapped("state")), {"sealed"})
        self.assertTrue(all(self.events.mapped("body_sha256")))
        self.assertFalse(self.events.delivery_ids)
        by_record = self.events.sorted("sequence").grouped("record_key")
        for events in by_record.values():
            moments = events.mapped("occurred_at")
            self.assertEqual(moments, sorted(moments))

    def test_the_last_event_of_an_item_agrees_with_its_stock(self):
        for row in table("shortages"):
            key = f"{row['site']}_{row['product'].replace('-', '_')}".lower()
            item = self.env.ref(f"{MODULE}.item_{key}")
            events = self.events.filtered(
                lambda event, item=item: event.record_key == f"ops.supply.item,{item.id}"
            )
            last = events.sorted("sequence")[-1]
            self.assertEqual(last.type_code, "supply.item.below_critical", item.display_name)

    def test_suppliers_answered_some_and_procurement_has_exceptions(self):
        answers = self.env["ops.supply.answer"].search([("event_id", "in", self.events.ids)])
        self.assertGreaterEqual(len(answers), 30)
        self.assertEqual(set(answers.mapped("can_deliver")), {True, False})
        exceptions = self.env["ops.exception"].search([("first_seen", "<", self.installed)])
        self.assertGreaterEqual(len(exceptions), 12)
        self.assertLessEqual(
            {"new", "in_work", "waiting", "resolved"}, set(exceptions.mapped("state"))
        )
        closed = exceptions.filtered(lambda each: not each.is_open)
        self.assertTrue(all(each.first_seen < each.closed_at for each in closed))

    def test_exceptions_have_a_past_and_somebody_who_answers_for_them(self):
        exceptions = self.env["ops.exception"].search([("first_seen", "<", self.installed)])
        exceptions = exceptions.filtered(lambda each: each.res_model == "ops.supply.item")
        self.assertEqual(
            set(exceptions.filtered("is_open").mapped("age_bucket")),
            {"d00", "d01", "d04", "d08", "d31"},
        )
        self.assertTrue(all(each.responsible_id for each in exceptions.filtered("is_open")))
        self.assertTrue(exceptions.grouped_ids)
        for each in exceptions:
            steps = each.step_ids
            self.assertEqual(steps[:1].at, each.first_seen, each.name)
            self.assertEqual(
                sum(steps.filtered(lambda step: step.kind != "status").mapped("count")),
                each.occurrence_count,
            )
            self.assertTrue(all(step.at <= self.installed for step in steps))
            last = steps.filtered(lambda step: step.kind == "status")[-1:]
            self.assertEqual(last.new or "new", each.state)

    def test_yesterday_s_review_was_held(self):
        review = self.env.ref(f"{MODULE}.review_yesterday")
        self.assertEqual((review.state, review.user_id.login), ("held", "manager"))
        self.assertTrue(review.line_ids)
        self.assertEqual(review.decided_count, review.line_count)
        self.assertLess(review.finished_at, self.installed)

    def test_no_mail_was_written_nor_will_be(self):
        self.assertFalse(self.env["mail.mail"].search([]))
        users = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "res.users")]
        )
        self.assertTrue(users)
        subscribed = self.env["digest.digest"].search([("user_ids", "in", users.mapped("res_id"))])
        self.assertFalse(subscribed, "a digest is an e-mail")
