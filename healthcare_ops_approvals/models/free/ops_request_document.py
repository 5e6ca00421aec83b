from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .ops_request import DRAFT


class OpsRequestDocument(models.Model):
    """A document attached to a request: part of what is approved, to the last byte.

    How it works: its checksum is the one Odoo keeps of the stored file, so that a file which was
    exchanged in any other way is another content of the request. It changes only while the request
    is a draft.
    """

    _name = "ops.request.document"
    _description = "Document of a Request"
    _inherit = ["ops.approval.line.mixin"]
    _order = "request_id, kind_id, id"
    _approval_parent_field = "request_id"

    request_id = fields.Many2one("ops.request", required=True, index=True, ondelete="cascade")
    category_id = fields.Many2one(related="request_id.category_id")
    kind_id = fields.Many2one(
        "ops.request.category.document",
        string="Document asked for",
        domain="[('category_id', '=', category_id)]",
        index="btree_not_null",
        ondelete="restrict",
    )
    name = fields.Char(
        string="Document",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
    )
    file = fields.Binary(attachment=True)
    filename = fields.Char(string="File name")
    required = fields.Boolean(related="kind_id.required", string="Has to be attached")
    hint = fields.Char(related="kind_id.hint")
    checksum = fields.Char(
        compute="_compute_stored", help="SHA-1 of the stored file, as Odoo keeps it."
    )
    size = fields.Integer(string="Size (bytes)", compute="_compute_stored")

    @api.depends("kind_id", "filename")
    def _compute_name(self):
        for document in self:
            named = document.sudo().kind_id.name  # sudo: named to who attaches it
            document.name = document.name or named or document.filename

    @api.depends("file")
    def _compute_stored(self):
        # sudo: facts about files of documents which the user reads
        found = (
            self.env["ir.attachment"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "in", self.ids),
                ],
                ["res_id", "checksum", "file_size"],
            )
        )
        by_id = {attachment.res_id: attachment for attachment in found}
        for document in self:
            stored = by_id.get(document.id, found.browse())
            document.checksum = stored.checksum
            document.size = stored.file_size

    @api.constrains("kind_id", "request_id")
    def _check_kind(self):
        for document in self:
            if document.kind_id and document.kind_id.category_id != document.category_id:
                raise ValidationError(
                    self.env._(
                        "Document asked for: “%(kind)s” is none of “%(category)s”.",
                        kind=document.kind_id.name,
                        category=document.category_id.name,
                    )
                )

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        documents._check_changeable()
        return documents

    def write(self, vals):
        self._check_changeable()
        result = super().write(vals)
        self._check_changeable()  # nor is it moved to a request that cannot be changed
        if "request_id" in vals:
            self.check_access("write")  # or to somebody else's
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_from_draft_only(self):
        self._check_changeable()

    def _check_changeable(self):
        self.check_access("read")  # before anything is said about it
        for request in self.sudo().request_id:  # sudo: the status counts, whoever may read it
            if request.state != DRAFT:
                raise UserError(request._unchangeable_in_words())
