from odoo import api, fields, models
from odoo.exceptions import UserError

SEVERITIES = [
    ("low", "Low"),
    ("medium", "Medium"),
    ("high", "High"),
    ("critical", "Critical"),
]


class OpsExceptionCategory(models.Model):
    """What kinds of exceptions there are, how soon they are due and who gets them."""

    _name = "ops.exception.category"
    _description = "Exception Category"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Technical name by which modules and rules raise exceptions of this category.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    severity = fields.Selection(SEVERITIES, required=True, default="medium")
    due_hours = fields.Float(
        string="Due within (hours)",
        required=True,
        default=24.0,
        help="Hours, around the clock, from the first occurrence to the due time.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Default owner",
        help="Who gets exceptions of this category. Empty: the manager of the site.",
    )
    manual_procedure = fields.Html(
        translate=True,
        help="What people do by hand while the automation cannot: shown on each exception.",
    )

    _code_uniq = models.UniqueIndex("(code)", "Another category has this code.")
    _due_positive = models.Constraint(
        "CHECK (due_hours > 0)", "Due within: give a number of hours greater than zero."
    )

    def write(self, vals):
        if "code" in vals and not self.env.su:
            self._check_not_of_a_module()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_own(self):
        self._check_not_of_a_module()

    def _check_not_of_a_module(self):
        """Modules raise exceptions by code: what they brought must stay findable."""
        for category, xmlid in zip(self, self.get_external_id().values(), strict=True):
            if xmlid and not xmlid.startswith("__"):
                raise UserError(
                    self.env._(
                        "“%s” belongs to a module: its code cannot be changed and it cannot be "
                        "deleted. Archive it instead.",
                        category.name,
                    )
                )
