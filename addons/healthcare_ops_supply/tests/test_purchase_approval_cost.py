import time

from odoo.tests import tagged

from .approvals import ApprovalCase


@tagged("post_install", "-at_install")
class TestPurchaseApprovalCost(ApprovalCase):
    """What a gate costs those who do not need it, and a batch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()

    def _orders(self, count, amount=1000.0):
        orders = self.order(amount)
        for _number in range(count - 1):
            orders += orders[0].copy()
        self.settle()
        return orders

    def _write(self, orders, **values):
        """Queries of a write, commit included, as a request would begin it."""
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        orders.write(values)
        self.settle()
        return self.env.cr.sql_log_count - before

    def test_writing_drafts_costs_at_most_two_queries_more(self):
        """A field that nobody approves passes untouched; of one that is approved the change is
        noted. The cost does not grow with the number of drafts."""
        orders = self._orders(20)
        mixin = self.env.registry["ops.approval.mixin"]
        free = self._write(orders, partner_ref="X")
        gated = self._write(orders, payment_term_id=self._term("one"))
        watched = mixin._approval_material_names
        try:
            mixin._approval_material_names = lambda self: set()
            bare = self._write(orders, payment_term_id=self._term("two"))
        finally:
            mixin._approval_material_names = watched
        self.assertLessEqual(gated - bare, 2, (free, gated, bare))

    def _term(self, name):
        return self.env["account.payment.term"].create({"name": name}).id

    def test_a_batch_is_submitted_in_bulk(self):
        orders = self._orders(100)
        self.env.invalidate_all()
        before, started = self.env.cr.sql_log_count, time.monotonic()
        orders.action_submit_for_approval()
        self.settle()
        queries = self.env.cr.sql_log_count - before
        seconds = time.monotonic() - started
        self.assertEqual(set(orders.mapped("approval_state")), {"pending"})
        # 177 for 500 of them when this was written.
        self.assertLessEqual(queries, 240, f"{queries} queries, {seconds:.2f} s")
