import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...core.composed import LISTS, MAX_LINKS, TYPES, FieldLine
from ...core.contract import INTERNAL, PERSONAL, SECRET
from ...core.envelope import rfc3339

# The field itself, and at most two relations before it.
MAX_HOPS = 3
KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
FREE_TEXT = ("text", "html")
# Whose fields say something about a person unless somebody decides otherwise.
PERSONAL_MODELS = {
    "hr.employee",
    "hr.employee.public",
    "hr.version",
    "res.partner",
    "res.partner.bank",
    "res.users",
}


class OpsEventTypeField(models.Model):
    """One field of a composed event type: where its value comes from, and who may see it.

    Whoever chooses a field must be allowed to read it: an event is read by others, so it
    must not carry what its composer may not see. Type, label and choices of the field are
    kept here, so that the contract is a function of stored lines.
    """

    _name = "ops.event.type.field"
    _description = "Event Type Field"
    _order = "sequence, id"
    _rec_name = "label"

    type_id = fields.Many2one("ops.event.type", required=True, index=True, ondelete="cascade")
    model_name = fields.Char(related="type_id.model_name", string="Model")
    sequence = fields.Integer(default=10)
    path = fields.Char(
        string="Field",
        required=True,
        help="The field whose value is sent. Relations to one record can be followed.",
    )
    key = fields.Char(
        compute="_compute_key",
        store=True,
        readonly=False,
        help="Its name in the JSON that is sent: lower-case letters, digits and underscores.",
    )
    required = fields.Boolean(
        help="An event without a value here is invalid: it is kept, an exception is opened, "
        "and nothing is sent."
    )
    sensitivity = fields.Selection(
        [(INTERNAL, "Internal"), (PERSONAL, "Personal"), (SECRET, "Secret")],
        compute="_compute_sensitivity",
        store=True,
        readonly=False,
        help="Internal: whoever reads the event sees it. Personal: only managers, "
        "administrators and auditors do, and the content is removed early. Secret: it is sent, "
        "and shown to nobody here.",
    )
    label = fields.Char(compute="_compute_facts", store=True)
    field_type = fields.Char(string="Type of field", compute="_compute_facts", store=True)
    choices = fields.Json(compute="_compute_facts", store=True)

    _key_uniq = models.UniqueIndex("(type_id, key)", "Key: each field needs a key of its own.")

    # -- what follows from the path -------------------------------------------------------

    @api.depends("path")
    def _compute_key(self):
        for line in self:
            name = (line.path or "").rpartition(".")[2].lower().removesuffix("_id")
            line.key = re.sub(r"^[^a-z]+|[^a-z0-9_]", "", name) or False

    @api.depends("path", "type_id.model_id")
    def _compute_sensitivity(self):
        """Free text may hold anything, so nothing is assumed about it."""
        for line in self:
            chain = line._chain_if_any()
            models_seen = {model._name for model, _field in chain}
            models_seen |= {field.comodel_name for _model, field in chain}
            if not chain or chain[-1][1].type in FREE_TEXT:
                line.sensitivity = False
            else:
                line.sensitivity = PERSONAL if models_seen & PERSONAL_MODELS else INTERNAL

    @api.depends("path", "type_id.model_id")
    def _compute_facts(self):
        for line in self:
            chain = line._ops_engine()._chain_if_any()
            labels = [field._description_string(model.env) for model, field in chain]
            line.label = " › ".join(labels) or line.path
            field = chain[-1][1] if chain else None
            line.field_type = field.type if field else False
            line.choices = self._fixed_choices(field) if field else False

    @api.model
    def _fixed_choices(self, field):
        """The values of a selection that does not depend on the database's state."""
        if field.type != "selection" or not isinstance(field.selection, list):
            return False
        return [value for value, _label in field.selection if isinstance(value, str)]

    def _chain_if_any(self):
        try:
            return self._chain()
        except ValidationError:
            return []

    def _chain(self):
        """The way to the value.

        :return: a list of (model, field), the last of which holds the value
        :raise ValidationError: for a path that leads nowhere, or to what cannot be sent
        """
        self.ensure_one()
        model_name = self.type_id.model_name
        if not self.path or not model_name or model_name not in self.env:
            raise ValidationError(self.env._("Field: choose one of the model's fields."))
        names, model, chain = self.path.split("."), self.env[model_name], []
        if len(names) > MAX_HOPS:
            raise ValidationError(
                self.env._(
                    "“%(path)s”: at most %(most)s relations can be followed. Choose a field "
                    "nearer to the record.",
                    path=self.path,
                    most=MAX_HOPS - 1,
                )
            )
        for position, name in enumerate(names):
            field = model._fields.get(name)
            if field is None:
                raise ValidationError(
                    self.env._(
                        "“%(model)s” has no field “%(name)s”. Choose another, or remove it.",
                        model=model._description,
                        name=name,
                    )
                )
            chain.append((model, field))
            if position < len(names) - 1:
                if field.type != "many2one":
                    raise ValidationError(
                        self.env._(
                            "“%s” does not lead to one record, so nothing behind it can be "
                            "chosen. Choose the field itself.",
                            field._description_string(self.env),
                        )
                    )
                model = model.env[field.comodel_name]
        return chain

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("type_id", "path", "key", "sensitivity")
    def _check_choice(self):
        for line in self:
            line._check_may_be_sent(line._chain()[-1][1])
            if not KEY_PATTERN.fullmatch(line.key or ""):
                raise ValidationError(
                    self.env._(
                        "Key of “%s”: begin with a letter and use lower-case letters, digits "
                        "and underscores, such as expected_date.",
                        line.label,
                    )
                )
            if not line.sensitivity:
                raise ValidationError(
                    self.env._(
                        "Sensitivity of “%s”: it is free text and may hold anything. Say "
                        "whether it is internal, personal or secret.",
                        line.label,
                    )
                )

    def _check_may_be_read(self):
        """Who chooses a field must be allowed to read it, and every record on the way.

        Called with the rights of whoever writes, unlike a constraint, which Odoo runs as
        superuser. What a module's data brings is no person's choice.

        :raise AccessError: naming the field
        """
        for line in self:
            for model, field in line._chain():
                allowed = model.has_access("read") and model._has_field_access(field, "read")
                if allowed and field.relational:
                    allowed = model.env[field.comodel_name].has_access("read")
                if not allowed:
                    raise AccessError(
                        self.env._(
                            "You may not read “%(field)s” of “%(model)s”, so you cannot choose "
                            "it. Somebody who may can add it.",
                            field=field._description_string(self.env),
                            model=model._description,
                        )
                    )

    def _check_may_be_sent(self, field):
        if field.type in TYPES:
            return
        label = field._description_string(self.env)
        if field.type == "binary":
            raise ValidationError(
                self.env._(
                    "“%s” is a file. Events carry facts, not files: choose the record's ID, and "
                    "let the receiver fetch the file with it.",
                    label,
                )
            )
        raise ValidationError(
            self.env._("“%s” has no plain value that could be sent. Choose another.", label)
        )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_may_be_read()
        lines.type_id._require_composed()
        lines.type_id._fields_changed()
        return lines

    def write(self, vals):
        types = self.type_id
        result = super().write(vals)
        self._check_may_be_read()
        (types | self.type_id)._require_composed()
        (types | self.type_id)._fields_changed()
        return result

    def unlink(self):
        types = self.type_id
        result = super().unlink()
        types.exists()._fields_changed()
        return result

    # -- what the engine needs ------------------------------------------------------------

    def _as_line(self):
        """The line as :class:`~core.composed.FieldLine`."""
        self.ensure_one()
        return FieldLine(
            key=self.key,
            label=self.label,
            kind=self.field_type,
            required=self.required,
            sensitivity=self.sensitivity,
            choices=tuple(self.choices or ()),
        )

    def _value(self, record):
        """What the line says of a record, as JSON can hold it; None when it says nothing.

        :raise ValidationError: when a field on the way is gone
        """
        *relations, last = [field for _model, field in self._chain()]
        for field in relations:
            record = record[field.name]
        if not record:
            return None
        value = record[last.name]
        if last.type == "many2one":
            return self._link(value) if value else None
        if last.type in LISTS:
            return [self._link(linked) for linked in value[:MAX_LINKS]]
        if last.type in ("boolean", "integer", "float", "monetary"):
            return value
        if not value:
            return None
        if last.type == "datetime":
            return rfc3339(value)
        return value.isoformat() if last.type == "date" else str(value)

    def _link(self, record):
        return {"id": record.id, "name": record.display_name or ""}
