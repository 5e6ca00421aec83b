import json
import re

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError

from ...core.composed import compose_contract, example_of
from ...core.contract import DECLARED
from ...core.masking import is_sensitive
from ..authoring import available_models, may_be_subject
from ..one_change import one_change, within_one_change

PROCESS_PATTERN = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
# A place is business; the other tables of the engine would tell of themselves for ever.
BUSINESS_OF_ENGINE = ("ops.site",)


class OpsEventType(models.Model):
    """Event types that an administrator composes: a model, and fields chosen by label.

    Each change of the fields makes a new version with a JSON Schema of its own; the contract
    is built from the stored fields. Who composes needs the right to read what is chosen; at
    emission the values are read whoever's work causes it.
    """

    _inherit = "ops.event.type"

    model_id = fields.Many2one(
        "ir.model",
        string="About",
        ondelete="cascade",
        tracking=True,
        domain="[('id', 'in', available_model_ids)]",
        help="The kind of record that the event tells about.",
    )
    model_name = fields.Char(related="model_id.model", string="Model")
    # In words for those who read no models: everybody but administrators.
    model_label = fields.Char(related="model_id.name", string="Kind of record")
    available_model_ids = fields.Many2many("ir.model", compute="_compute_available_model_ids")
    field_ids = fields.One2many("ops.event.type.field", "type_id", string="Fields", copy=True)

    _composed_model = models.Constraint(
        "CHECK (kind <> 'composed' OR model_id IS NOT NULL)",
        "About: choose the kind of record that the event tells about.",
    )

    def _compute_available_model_ids(self):
        self.available_model_ids = available_models(self.env, BUSINESS_OF_ENGINE)

    @api.onchange("model_id")
    def _onchange_model_id(self):
        """Fields of another model mean nothing here."""
        self.sample_id = False
        if self.model_id != self._origin.model_id or not self._origin:
            self.field_ids = False

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("model_id", "kind")
    def _check_subject(self):
        for event_type in self.filtered(lambda each: each.kind == "composed"):
            name = event_type.model_name
            if not name or not may_be_subject(self.env, name, BUSINESS_OF_ENGINE):
                raise ValidationError(
                    self.env._(
                        "About: events cannot be composed about “%s”. Choose records that people "
                        "work with.",
                        event_type.model_id.name or "",
                    )
                )
            event_type.field_ids._check_choice()

    def _check_may_be_read(self):
        """Who chooses a model must be allowed to read it and the fields chosen of it.

        Called with the rights of whoever writes; Odoo runs constraints as superuser.

        :raise AccessError: naming the model or the field
        """
        for event_type in self.filtered(lambda each: each.kind == "composed"):
            if not self.env[event_type.model_name].has_access("read"):
                raise AccessError(
                    self.env._(
                        "About: you may not read “%s”, so you cannot compose events about it.",
                        event_type.model_id.sudo().name,  # sudo: the name of what was chosen
                    )
                )
            event_type.field_ids._check_may_be_read()

    @api.constrains("code", "kind")
    def _check_composed_code(self):
        for event_type in self.filtered(lambda each: each.kind == "composed"):
            if event_type.code in DECLARED.events:
                raise ValidationError(
                    self.env._(
                        "Code: “%s” belongs to an event type that a module declares. "
                        "Choose another.",
                        event_type.code,
                    )
                )

    @api.constrains("process_code", "milestone_code", "kind")
    def _check_process_codes(self):
        for event_type in self:
            for name in ("process_code", "milestone_code"):
                if not PROCESS_PATTERN.fullmatch(event_type[name] or "none"):
                    raise ValidationError(
                        self.env._(
                            "%s: use lower-case letters, digits and underscores, such as "
                            "purchase_order.",
                            self._fields[name].string,
                        )
                    )

    def _require_composed(self):
        declared = self.filtered(lambda each: each.kind != "composed")
        if declared:
            raise UserError(
                self.env._(
                    "The fields of “%s” are given by the module that declares it. Compose an "
                    "event type of your own instead.",
                    declared[0].name,
                )
            )

    def _check_unused(self):
        """Refuse what would break events on record or actions that emit them."""
        for event_type in self.filtered(lambda each: each.kind == "composed"):
            # sudo: counts across companies, and actions that the user need not see
            if (
                self.env["ops.event"]
                .sudo()
                .search_count([("type_id", "=", event_type.id)], limit=1)
            ):
                raise UserError(
                    self.env._(
                        "“%s” has events on record, which would not be understood any more. "
                        "Archive it instead: then no more are written.",
                        event_type.name,
                    )
                )
            actions = self.env["ir.actions.server"].sudo()
            used = actions.search([("ops_event_type_id", "=", event_type.id)])
            if used:
                raise UserError(
                    self.env._(
                        "“%(type)s” is emitted by: %(actions)s. Archive it, or change those "
                        "actions first.",
                        type=event_type.name,
                        actions=", ".join(used.mapped("name")),
                    )
                )

    # -- versions -------------------------------------------------------------------------

    def _fields_changed(self):
        if not within_one_change(self):
            self._take_version()

    def _take_version(self):
        """Keep the schema under the version; for composed types a changed one is a new one."""
        # sudo: nobody writes versions; who changed the type or its fields was allowed to
        for event_type in self.sudo():
            schema = event_type._schema()
            text = json.dumps(schema, indent=2, ensure_ascii=False) if schema else False
            known = event_type.version_ids.sorted("version")[-1:]
            if event_type.kind == "composed" and not self._same(known.json_schema, schema):
                example = example_of(event_type._field_lines())
                values = {
                    "version": known.version + 1 if known else 1,
                    "json_schema": text,
                    "example": json.dumps(example, indent=2, ensure_ascii=False),
                }
                with one_change(event_type):
                    event_type.write(values)
                self.env["ops.audit.entry"]._record(
                    "event_type.composed",
                    event_type,
                    {"version": event_type.version, "keys": event_type.field_ids.mapped("key")},
                )
            event_type._keep_version(schema, text)
        self.env.registry.clear_cache()

    @api.model
    def _same(self, text, schema):
        return bool(text) and json.loads(text) == schema

    def _keep_version(self, schema, text):
        self.ensure_one()
        sensitive = is_sensitive(schema)
        current = self.version_ids.filtered(lambda each: each.version == self.version)
        if not current:
            current.create(
                {
                    "type_id": self.id,
                    "version": self.version,
                    "json_schema": text,
                    "has_sensitive": sensitive,
                }
            )
        elif not self._same(current.json_schema, schema):
            current.write({"json_schema": text, "has_sensitive": sensitive})
        if self.has_sensitive != sensitive:
            self.has_sensitive = sensitive

    def action_take_over_model(self):
        """Read labels and choices of the fields again, as the model has them today."""
        self._require_composed()
        self.field_ids.check_access("write")
        self.env.add_to_compute(self.field_ids._fields["label"], self.field_ids)
        self.field_ids._recompute_recordset(["label", "field_type", "choices"])
        self._take_version()

    # -- the contract ---------------------------------------------------------------------

    def _field_lines(self):
        return [line._as_line() for line in self.field_ids.sorted("sequence")]

    def _compose(self):
        self.ensure_one()
        return compose_contract(self.code or "new", self._field_lines())

    def _schema(self):
        """The JSON Schema of the data as a dict; None when nobody says what it is."""
        self.ensure_one()
        if self.kind == "composed":
            return self._compose().model_json_schema()
        declared = DECLARED.events.get(self.code)
        return declared.contract.model_json_schema() if declared else None

    @api.model
    def _contract(self, code):
        if code in DECLARED.events:
            return super()._contract(code)
        type_id, version, *_facts = self._emission_facts(code)
        return self._composed_contract(type_id, version) or super()._contract(code)

    @api.model
    @tools.ormcache("type_id", "version")
    def _composed_contract(self, type_id, version):
        # sudo: whoever's work causes an event need not read the catalogue
        event_type = self.sudo().browse(type_id)
        return event_type._compose() if event_type.kind == "composed" else None

    def _payload(self, record):
        """The data that the type sends of a record, read with the rights of ``record``."""
        company = record.company_id if "company_id" in record._fields else None
        if company:
            # What depends on the company is told as the record's own company has it.
            record = record.with_company(company)
        return {line.key: line._value(record) for line in self.field_ids}
