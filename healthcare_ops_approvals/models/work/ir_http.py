from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client whether to count approvals: nobody else asks the server for them."""
        info = super().session_info()
        info["ops_decides"] = self.env.user._ops_decides()
        return info
