from odoo import api, fields, models
from odoo.exceptions import UserError


class OpsRequestCategoryDocument(models.Model):
    """A document that belongs to requests of a kind, such as a quotation."""

    _name = "ops.request.category.document"
    _description = "Document of a Kind of Request"
    _order = "category_id, sequence, id"

    category_id = fields.Many2one(
        "ops.request.category", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Document", required=True, translate=True)
    hint = fields.Char(translate=True, help="Shown with it, such as: not older than a month.")
    required = fields.Boolean(string="Has to be attached", default=True)
    active = fields.Boolean(default=True)

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        # sudo: drafts get a place for what is asked for from now on, whosever they are
        requests = self.env["ops.request"].sudo()
        drafts = requests.search(
            [("category_id", "in", documents.category_id.ids), ("state", "=", "draft")]
        )
        drafts._add_places()
        return documents

    @api.ondelete(at_uninstall=False)
    def _unlink_never_attached(self):
        # sudo: whether there are any, not which
        attached = self.env["ops.request.document"].sudo()
        for document in self:
            if attached.search_count([("kind_id", "=", document.id)], limit=1):
                raise UserError(
                    self.env._(
                        "“%s” was attached to requests already. Archive it instead: it is not "
                        "asked for any more then.",
                        document.name,
                    )
                )
