from odoo import api, models
from odoo.exceptions import UserError


class OpsApprovalLineMixin(models.AbstractModel):
    """A line of a document under approval: what changes here changes the document.

    How to use it: the adapter of the lines names the field that leads to the document; which of
    their fields count, the document says (``_approval_lines``).
    """

    _name = "ops.approval.line.mixin"
    _description = "Line of a Document under Approval"

    # The many2one to the document.
    _approval_parent_field = None

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._approval_refuse_computed(vals)
        parents = self._approval_parents(vals_list)
        parents._approval_remember()
        lines = super().create(vals_list)
        lines._approval_documents()._approval_mark()
        return lines

    def write(self, vals):
        self._approval_refuse_computed(vals)
        names = self._approval_line_names() & vals.keys()
        if not names:
            return super().write(vals)
        parents = self._approval_documents()
        parents |= self._approval_parents([vals])
        parents._approval_remember()
        before = self._approval_values(names)
        try:
            result = super().write(vals)
        except Exception:
            parents._approval_mark()  # whoever catches it keeps what was written until then
            raise
        after = self._approval_values(names)
        changed = self.browse([id_ for id_ in self._ids if after[id_] != before[id_]])
        if self._approval_parent_field in names:
            parents._approval_mark()
        else:
            changed._approval_documents()._approval_mark()
        return result

    def unlink(self):
        parents = self._approval_documents()
        parents._approval_remember()
        result = super().unlink()
        parents._approval_mark()
        return result

    @api.model
    def _approval_document_model(self):
        return self.env[self._fields[self._approval_parent_field].comodel_name]

    def _approval_documents(self):
        # sudo: a line's document is settled whether or not its editor may read it
        documents = self.sudo()[self._approval_parent_field]
        return documents.with_env(self.env)

    @api.model
    def _approval_parents(self, vals_list):
        ids = [vals.get(self._approval_parent_field) for vals in vals_list]
        return self._approval_document_model().browse([id_ for id_ in dict.fromkeys(ids) if id_])

    @api.model
    def _approval_line_spec(self):
        documents = self._approval_document_model()
        for name, spec in documents._approval_lines.items():
            field = documents._fields[name]
            if field.comodel_name == self._name:
                return spec
        raise NotImplementedError(f"{documents._name} declares no lines of {self._name}")

    @api.model
    def _approval_line_names(self):
        spec = self._approval_line_spec()
        return {self._approval_parent_field, *spec.identity, *spec.measured}

    @api.model
    def _approval_refuse_computed(self, vals):
        """As of the document: what its amount is added up from is not written."""
        for name in self._approval_computed_fields():
            if name in vals:
                raise UserError(
                    self.env._(
                        "%(field)s of %(model)s is computed and cannot be written.",
                        field=self._fields[name]._description_string(self.env),
                        model=self._description,
                    )
                )

    @api.model
    def _approval_computed_fields(self):
        """Stored sums of a line that nobody may write."""
        return ()

    def _approval_values(self, names):
        return {
            line.id: [
                line[name]._ids if isinstance(line[name], models.BaseModel) else line[name]
                for name in sorted(names)
            ]
            for line in self.sudo()  # sudo: comparing needs no right on what is compared
        }
