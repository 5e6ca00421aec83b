from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_cancel(self):
        # sudo: whoever cancels what is still to come need not read orders
        with self.sudo().purchase_line_id.order_id._ops_receiving():
            return super()._action_cancel()
