from odoo import fields, models

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
    _inherit = ["ops.exception.code"]
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
        help="Who gets exceptions of this category for which no assignment rule says otherwise. "
        "Empty: the manager of the site.",
    )
    manual_procedure = fields.Html(
        translate=True,
        help="What people do by hand while the automation cannot: shown on each exception.",
    )

    _code_uniq = models.UniqueIndex("(code)", "Another category has this code.")
    _due_positive = models.Constraint(
        "CHECK (due_hours > 0)", "Due within: give a number of hours greater than zero."
    )

    def _load_records(self, data_list, update=False):
        """A module that is installed again takes back the categories that it left."""
        # Whoever imports a file is not the superuser, and takes nothing.
        if self.env.su:
            self._adopt([data for data in data_list if data.get("xml_id")])
        return super()._load_records(data_list, update)

    def _adopt(self, data_list):
        """Give categories their external ids again: ``keep_used_categories`` took them away.

        :param list data_list: of a module's data, see ``_load_records``; what another module
            calls its own is left to it
        """
        data_of = {data["values"].get("code"): data for data in data_list}
        left = self.with_context(active_test=False).search([("code", "in", list(data_of))])
        names = left._get_external_ids()
        for category in left:
            data = data_of[category.code]
            if all(name.startswith("__") for name in names[category.id]) and not self.env.ref(
                data["xml_id"], raise_if_not_found=False
            ):
                category.active = True
                self.env["ir.model.data"]._update_xmlids([{**data, "record": category}])
