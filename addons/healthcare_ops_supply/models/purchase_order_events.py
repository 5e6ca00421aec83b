from contextlib import contextmanager, nullcontext

from odoo import api, models
from odoo.tools import float_compare

from ..contracts.purchase_order import CANCELLED, CONFIRMED, CREATED, RECEIVED, REOPENED


class PurchaseOrder(models.Model):
    """The way of an order as events, so that it is measured."""

    _inherit = "purchase.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._ops_tell(CREATED)
        return orders

    def write(self, vals):
        before = {order.id: order.state for order in self} if "state" in vals else {}
        # One line may get less while another one is added.
        with self._ops_receiving() if "order_line" in vals else nullcontext():
            result = super().write(vals)
        if before:
            self._ops_tell_states(before)
        return result

    def _ops_tell_states(self, before):
        for code, old, new in (
            (CONFIRMED, None, "purchase"),
            (CANCELLED, None, "cancel"),
            (REOPENED, "cancel", "draft"),
        ):
            self.filtered(
                lambda order, old=old, new=new: (
                    before[order.id] != new
                    and order.state == new
                    and old in (None, before[order.id])
                )
            )._ops_tell(code)

    def _ops_tell(self, code):
        if self:
            # sudo: facts of the orders, whoever's work changed them
            orders = self.sudo()
            self.env["ops.event"]._emit_guarded(code, orders, lambda each: each._ops_facts(code))

    def _ops_facts(self, code):
        """The content of an event, as contracts/purchase_order.py has it."""
        facts = {
            "order": self.name,
            "vendor": self.partner_id.id,
            "vendor_ref": self.partner_id.ref or None,
        }
        if code in (CONFIRMED, RECEIVED, CANCELLED):
            facts |= {"amount": self.amount_total, "currency": self.currency_id.name}
        if code == RECEIVED:
            facts["complete"] = self._ops_is_complete()
        return facts

    # -- receiving ----------------------------------------------------------------------------

    def button_cancel(self):
        # What is still to come is cancelled before the order is: not received, but cancelled.
        with self._ops_receiving():
            return super().button_cancel()

    @contextmanager
    def _ops_receiving(self):
        """Tell of those orders that are received after what is done within, and not before.

        Of what is done within something else that is watched, the outer one tells: receiving
        cancels moves, too.
        """
        watched = self.env.cr.precommit.data.setdefault("ops_orders_watched", set())
        # sudo: whoever receives goods need not read orders
        orders = self.sudo().filtered(
            lambda order: order.id not in watched and order.state == "purchase"
        )
        waiting = orders.filtered(lambda order: not order._ops_is_received())
        watched.update(orders.ids)
        try:
            yield
        finally:
            watched.difference_update(orders.ids)
        waiting.filtered(
            lambda order: order.state == "purchase" and order._ops_is_received()
        )._ops_tell(RECEIVED)

    def _ops_is_received(self):
        """Whether nothing more is to come, and something came."""
        return self.receipt_status == "full" or self._ops_is_complete()

    def _ops_is_complete(self):
        """Whether all of every line came. An order of nothing was not received."""
        lines = self.order_line.filtered(lambda line: not line.display_type)
        return any(line.qty_received > 0 for line in lines) and all(
            float_compare(
                line.qty_received,
                line.product_qty,
                precision_rounding=line.product_uom_id.rounding or 0.01,
            )
            >= 0
            for line in lines
        )
