from functools import partial

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from .marks import Mark, marks_of

# Set by the engine alone.
ENGINE_FIELDS = ("approval_editor_id",)


class OpsApprovalMixin(models.AbstractModel):
    """Where every change of a document passes, however it comes in.

    How it works: this is the innermost ``create`` and ``write``, so that it sees what is really
    written. A change of what is approved is noted and settled once before the commit; entering a
    gated state is judged at once. Neither sudo nor OdooBot nor anything in the context passes,
    because nothing here looks at them.
    """

    _inherit = "ops.approval.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._approval_refuse_computed(vals)
        documents = super().create(vals_list)
        documents._approval_mark()
        name = self._approval_state_field
        gated = documents.filtered(lambda each: each[name] in self._approval_gated_states)
        if gated:
            gated._approval_mark_entering()
            gated._approval_enter()
        return documents

    def write(self, vals):
        self._approval_refuse_computed(vals)
        names = self._approval_material_names() & vals.keys()
        moves = self._approval_state_field in vals
        if not names and not moves:
            return super().write(vals)
        before = self._approval_values(names)
        states = self._approval_states() if moves else {}
        self._approval_remember(names)
        if vals.get(self._approval_state_field) in self._approval_gated_states:
            self._approval_mark_entering(states)
        try:
            result = super().write(vals)
        except Exception:
            self._approval_mark()  # whoever catches it keeps what was written until then
            raise
        changed = [
            id_ for id_, values in self._approval_values(names).items() if values != before[id_]
        ]
        self.browse(changed)._approval_mark()
        if moves:
            self._approval_moved(states)
        return result

    def unlink(self):
        self._approval_close_deleted()
        return super().unlink()

    # -- what is watched ------------------------------------------------------------------------

    @api.model
    def _approval_material_names(self):
        """Names of the document's own fields that are approved; lines tell of themselves."""
        return {*self._approval_identity_fields, *self._approval_measured_fields}

    def _approval_values(self, names):
        """{id: values of these fields}, comparable after a write."""
        # sudo: comparing needs no right on what is compared
        return (
            {
                document.id: [_comparable(document[name]) for name in sorted(names)]
                for document in self.sudo()
            }
            if names
            else {}
        )

    def _approval_states(self):
        name = self._approval_state_field
        return {document.id: document[name] for document in self.sudo()}  # sudo: as above

    @api.model
    def _approval_refuse_computed(self, vals):
        """Refuse values for what is computed: an amount that is written routes as it likes."""
        names = {self._approval_amount_field, *ENGINE_FIELDS} & vals.keys()
        for name in names:
            field = self._fields[name]
            if name in ENGINE_FIELDS or (field.compute and field.readonly):
                raise UserError(
                    self.env._(
                        "%(field)s of %(model)s is computed and cannot be written.",
                        field=field._description_string(self.env),
                        model=self._description,
                    )
                )

    # -- noting ---------------------------------------------------------------------------------

    def _approval_mark(self):
        """Note that the user of these records changed what is approved of them."""
        if not self:
            return
        noted = self._approval_marks()
        # What automation changes is not a person's: the last person stays the last editor.
        editor = None if self.env.uid == SUPERUSER_ID else self.env.uid
        for id_ in self._ids:
            mark = noted.setdefault(id_, Mark())
            mark.editor = editor or mark.editor

    def _approval_marks(self):
        """The marks of the transaction, which are going to be settled."""
        cr = self.env.cr
        noted = marks_of(cr, self._name)
        if not noted:
            # sudo: the engine settles what anybody changed
            engine = self.browse().sudo()._ops_engine()
            cr.precommit.add(partial(engine._approval_settle_marked))
        return noted

    def _approval_mark_entering(self, states=None):
        """Note who is about to enter a gated state, until it is judged: code that catches the
        refusal without undoing what it tried gets no further than to the commit.

        :param dict states: ``{id: state before}``; those who stand in a gated state are left out
        """
        gated, states = self._approval_gated_states, states or {}
        outside = [id_ for id_ in self._ids if states.get(id_) not in gated]
        if outside:
            noted = self._approval_marks()
            for id_ in outside:
                noted.setdefault(id_, Mark()).entering = True

    def _approval_remember(self, names=True):
        """Take down what stood in a gated state before it is changed: the only thing there is to
        compare with when nobody ever had to approve it."""
        if not names or not self.env["ops.approval.policy"]._is_armed_anywhere(self._name):
            return
        # sudo: what was confirmed is compared, whoever changes it
        documents = self.sudo()._ops_engine()
        name = self._approval_state_field
        gated = documents.filtered(lambda each: each[name] in self._approval_gated_states)
        noted = marks_of(self.env.cr, self._name)
        gated = gated.filtered(lambda each: each.id not in noted or not noted[each.id].before)
        if not gated:
            return
        contents = gated._approval_contents()
        gated.with_env(self.env)._approval_mark_before(contents)

    def _approval_mark_before(self, contents):
        noted = self._approval_marks()
        for document, content in zip(self, contents, strict=True):
            noted.setdefault(document.id, Mark()).before = content


def _comparable(value):
    return value._ids if isinstance(value, models.BaseModel) else value
