from odoo import api, models


class IrModelData(models.Model):
    """External ids have no service levels.

    Odoo deletes them with the record they stand for, in an empty context: while this module is
    uninstalled, nothing tells then that its tables are going (``Model.unlink``).
    """

    _inherit = "ir.model.data"

    @api.model
    def _ops_is_measured(self):
        return False
