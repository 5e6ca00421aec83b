from odoo import api, fields, models

# What the engine closes with when the reason for an exception has gone by itself.
SETTLED_ITSELF = "settled_itself"


class OpsExceptionResolution(models.Model):
    """How exceptions are resolved: a code to count by, besides the words."""

    _name = "ops.exception.resolution"
    _description = "Resolution Code"
    _inherit = ["ops.exception.code"]
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    category_ids = fields.Many2many(
        "ops.exception.category",
        "ops_exception_resolution_category_rel",
        "resolution_id",
        "category_id",
        string="Only for",
        help="Categories it is offered for. Empty: all.",
    )
    description = fields.Char(translate=True, help="When to choose it.")

    _code_uniq = models.UniqueIndex("(code)", "Another resolution has this code.")

    @api.model
    def _settled_itself(self):
        """The code for what nobody resolved; modules brought it, so it is there."""
        # sudo: the engine closes whoever's work made the reason go
        codes = self.sudo().with_context(active_test=False)
        return codes.search([("code", "=", SETTLED_ITSELF)], limit=1).with_env(self.env)
