from odoo import api, fields, models


class OpsExceptionCause(models.Model):
    """Why exceptions come about, as far as people found out; a cause may have finer ones."""

    _name = "ops.exception.cause"
    _description = "Cause of Exceptions"
    _inherit = ["ops.exception.code"]
    _parent_store = True
    _order = "complete_name"
    _rec_name = "complete_name"
    _rec_names_search = ["complete_name", "name", "code"]

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", recursive=True, store=True, string="Cause"
    )
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        "ops.exception.cause", string="Part of", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    category_ids = fields.Many2many(
        "ops.exception.category",
        "ops_exception_cause_category_rel",
        "cause_id",
        "category_id",
        string="Only for",
        help="Categories it is offered for. Empty: all.",
    )
    description = fields.Char(translate=True, help="When to choose it.")

    _code_uniq = models.UniqueIndex("(code)", "Another cause has this code.")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for cause in self:
            above = cause.parent_id.complete_name
            cause.complete_name = f"{above} / {cause.name}" if above else cause.name

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        # The complete name is stored, to sort by, in the language of who wrote it.
        for cause in self:
            names, each = [], cause
            while each:
                names.insert(0, each.name or "")
                each = each.parent_id
            cause.display_name = " / ".join(names)
