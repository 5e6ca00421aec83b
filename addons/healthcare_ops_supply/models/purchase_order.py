from odoo import models
from odoo.exceptions import ValidationError

from odoo.addons.healthcare_ops_approvals.models.gate.ops_approval_mixin import LineSpec


class PurchaseOrder(models.Model):
    """Purchase orders under approval.

    A submitted order waits in *To Approve*: replenishment adds to any draft that it finds.
    """

    _name = "purchase.order"
    _inherit = ["purchase.order", "ops.approval.mixin"]

    _approval_gated_states = ("purchase",)
    _approval_open_states = ("draft", "sent", "to approve")
    _approval_submitted_state = "to approve"
    _approval_returned_state = "draft"
    _approval_rejected_state = "cancel"
    _approval_amount_field = "amount_total"
    _approval_date_field = "date_order"
    _approval_identity_fields = (
        "partner_id",
        "currency_id",
        "company_id",
        "picking_type_id",
        "dest_address_id",
        "payment_term_id",
        "fiscal_position_id",
        # The rate at which the amount is measured is that of this day.
        "date_order",
    )
    _approval_lines = {
        "order_line": LineSpec(
            identity=("product_id", "product_uom_id", "tax_ids", "display_type"),
            measured=("product_qty", "price_unit", "discount"),
        )
    }
    _approval_summary_fields = (
        "name",
        "partner_id",
        "amount_untaxed",
        "amount_total",
        "date_order",
        "date_planned",
        "picking_type_id",
    )
    _approval_category_model = "product.category"

    def _approval_categories(self):
        # sudo: what is bought decides the way, whoever looks
        return [
            [line.product_id.categ_id for line in order.order_line if not line.display_type]
            for order in self.sudo()
        ]

    def _ops_place(self):
        # sudo: the place of an order follows from its warehouse, whoever asks
        return [
            (order.company_id, order.picking_type_id.warehouse_id.ops_site_id)
            for order in self.sudo()
        ]

    def _approval_counted_lines(self, name):
        return self[name].filtered(lambda line: not line.display_type)

    def _approval_allowed(self):
        # Odoo's own limit and its right to approve give way to the policy, where there is one;
        # whether the order may be confirmed is then decided by the gate.
        self.ensure_one()
        return bool(self._approval_version()) or super()._approval_allowed()

    def _approval_check_submittable(self):
        problems = {}
        for order in self:
            if not order.order_line:
                problems[order.id] = self.env._("it has no lines.")
                continue
            message = order._confirmation_error_message()
            if message:
                problems[order.id] = message
                continue
            try:
                lines = order.order_line.with_context(validate_analytic=True)
                lines._validate_analytic_distribution()
            except ValidationError as error:
                problems[order.id] = str(error)
        return problems

    def _approval_rejected(self):
        self.with_context(tracking_disable=True).button_cancel()

    def _approval_execute(self):
        self.button_approve()

    def button_approve(self, force=False):
        # Odoo notes price and vendor on the products when an order is sent to be approved; here
        # they are worth noting once they are approved.
        submitted = self.filtered(lambda order: order.state == self._approval_submitted_state)
        result = super().button_approve(force=force)
        for order in submitted.filtered(lambda order: order.state in self._approval_gated_states):
            order._add_supplier_to_product()
        return result
