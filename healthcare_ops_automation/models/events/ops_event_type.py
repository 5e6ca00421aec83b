import json
import re

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ...core.contract import DECLARED
from ..one_change import one_change
from ..parameters import RETENTION_DAYS

EVENT_SEVERITIES = [
    ("info", "Information"),
    ("low", "Low"),
    ("medium", "Medium"),
    ("high", "High"),
    ("critical", "Critical"),
]
EVENT_LANES = [("critical", "Critical"), ("standard", "Standard"), ("bulk", "Bulk")]
# What the engine writes, whoever made the type.
ENGINE_FIELDS = {"kind", "version", "owner", "example", "json_schema", "has_sensitive"}
# What the declaring module says; the rest is for administrators to tune.
OWNED_FIELDS = {
    "code",
    "version",
    "owner",
    "process_code",
    "milestone_code",
    "example",
    "json_schema",
    "kind",
    "has_sensitive",
    "model_id",
    "field_ids",
}
# What administrators decide: each change is audited.
TUNED_FIELDS = ("active", "severity", "lane", "retention_days", "answer_within")
CODE_PATTERN = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


class OpsEventType(models.Model):
    """The catalogue of what can happen.

    Modules declare their types in Python beside the contract; :meth:`_sync_declared`
    brings them here at each install and upgrade. What the module owns (contract, codes,
    description) follows the code; what an administrator tunes (severity, lane, retention,
    the off switch) is set once and then left alone. Other types are composed by an
    administrator from the fields of a model.
    """

    _name = "ops.event.type"
    _description = "Event Type"
    _inherit = ["mail.thread"]
    _order = "code"
    _rec_names_search = ["name", "code"]

    kind = fields.Selection(
        [("declared", "Declared by a module"), ("composed", "Composed here")],
        string="Origin",
        required=True,
        readonly=True,
        # Whoever may create one by hand composes it; modules work as superuser.
        default=lambda self: "declared" if self.env.su else "composed",
    )
    code = fields.Char(
        required=True,
        tracking=True,
        copy=False,
        help="What receivers know the type by and endpoints subscribe to: lower-case words "
        "separated by dots, such as purchase.order.late.",
    )
    name = fields.Char(required=True, translate=True)
    version = fields.Integer(
        required=True, default=1, readonly=True, copy=False, help="Of the contract."
    )
    active = fields.Boolean(
        default=True, tracking=True, help="Switched off, the type writes no events any more."
    )
    owner = fields.Char(string="Module", readonly=True, help="The module that declares it.")
    process_code = fields.Char(
        string="Process", index=True, help="Code of the process in which it happens."
    )
    milestone_code = fields.Char(string="Milestone", help="Code of the step it stands for.")
    severity = fields.Selection(EVENT_SEVERITIES, required=True, default="info", tracking=True)
    lane = fields.Selection(
        EVENT_LANES,
        required=True,
        default="standard",
        tracking=True,
        help="Critical events are delivered first and never wait behind bulk ones.",
    )
    retention_days = fields.Integer(
        string="Retention (days)",
        required=True,
        default=lambda self: RETENTION_DAYS.value(self.env),
        tracking=True,
        help="Days until the content of an event is removed; earlier when it is personal or "
        "secret (Settings). The event itself, its times and the SHA-256 of its content stay.",
    )
    answer_within = fields.Float(
        string="Answer within (minutes)",
        required=True,
        default=0.0,
        tracking=True,
        help="An exception is opened when an endpoint that took such an event has not answered "
        "with a callback after so many minutes. 0: no answer is expected.",
    )
    description = fields.Text(translate=True, help="What happened when such an event is written.")
    example = fields.Text(readonly=True, help="An example of the data, as JSON.")
    json_schema = fields.Text(string="JSON Schema", readonly=True, copy=False)
    has_sensitive = fields.Boolean(
        string="Personal or secret",
        readonly=True,
        help="The content may say something personal or secret: it is masked for readers "
        "without need and removed early.",
    )
    version_ids = fields.One2many("ops.event.type.version", "type_id", string="Versions")
    event_count = fields.Integer(compute="_compute_event_count", string="Events")

    _code_uniq = models.UniqueIndex("(code)", "Another event type has this code.")
    _owner_of_declared = models.Constraint(
        "CHECK (kind <> 'declared' OR owner IS NOT NULL)",
        "Module: a declared event type belongs to a module.",
    )
    _retention_positive = models.Constraint(
        "CHECK (retention_days > 0)", "Retention: give a number of days greater than zero."
    )
    _answer_not_negative = models.Constraint(
        "CHECK (answer_within >= 0)", "Answer within: give a number of minutes, or 0 for none."
    )

    @api.constrains("code")
    def _check_code(self):
        for event_type in self:
            if not CODE_PATTERN.fullmatch(event_type.code):
                raise ValidationError(
                    self.env._(
                        "Code “%s”: use lower-case words separated by dots, such as "
                        "supply.item.below_critical.",
                        event_type.code,
                    )
                )

    def _compute_event_count(self):
        counts = dict(
            self.env["ops.event"]._read_group(
                [("type_id", "in", self.ids)], ["type_id"], ["__count"]
            )
        )
        for event_type in self:
            event_type.event_count = counts.get(event_type, 0)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._refuse(vals, ENGINE_FIELDS, {"kind": "composed"})
        with one_change(self):
            types = super().create(vals_list)
        types._check_may_be_read()
        types._take_version()
        return types

    def write(self, vals):
        if not self.env.su:
            declared = any(event_type.kind == "declared" for event_type in self)
            self._refuse(vals, OWNED_FIELDS if declared else ENGINE_FIELDS)
        if vals.keys() & {"code", "model_id"}:
            changed = self.filtered(
                lambda each: (
                    vals.get("code", each.code) != each.code
                    or vals.get("model_id", each.model_id.id) != each.model_id.id
                )
            )
            changed._check_unused()
        with one_change(self):
            result = super().write(vals)
        if "model_id" in vals:
            self._check_may_be_read()
        if vals.keys() & {"code", "version", "active", "severity", "lane"}:
            self.env.registry.clear_cache()
        if vals.keys() & {"code", "model_id", "field_ids", "version"}:
            self._fields_changed()
        tuned = {name: vals[name] for name in TUNED_FIELDS if name in vals}
        if tuned:
            self.env["ops.audit.entry"]._record("event_type.changed", self, tuned)
        return result

    def _refuse(self, vals, owned, allowed=None):
        """Refuse values that are not for people to give."""
        refused = [
            self._fields[name].string
            for name in vals
            if name in owned and (allowed or {}).get(name, vals) != vals[name]
        ]
        if refused:
            raise UserError(
                self.env._(
                    "%s: given by the module that declares the event type, and changed there; "
                    "for composed types, by what is composed.",
                    ", ".join(refused),
                )
            )

    def copy_data(self, default=None):
        copies = super().copy_data(default)
        for event_type, vals in zip(self, copies, strict=True):
            if "code" not in (default or {}):
                vals["code"] = f"{event_type.code}_copy"
            if not self.env.su:
                for name in ENGINE_FIELDS & vals.keys():
                    del vals[name]
        return copies

    @api.ondelete(at_uninstall=False)
    def _unlink_own_and_unused(self):
        declared = self.filtered(lambda each: each.kind == "declared")
        if declared and not self.env.su:
            raise UserError(
                self.env._(
                    "“%s” is given by the module that declares it and goes with it. Archive it: "
                    "then no more events of it are written.",
                    declared[0].name,
                )
            )
        self._check_unused()

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache("code")
    def _emission_facts(self, code):
        """What emitting needs to know of a type: (id, version, severity, lane, active).

        :raise ValidationError: for a code that no installed module declares
        """
        # sudo: whoever's work causes an event need not read the catalogue
        event_type = self.sudo().with_context(active_test=False).search([("code", "=", code)])
        if not event_type:
            raise ValidationError(self.env._("There is no event type with the code “%s”.", code))
        return (
            event_type.id,
            event_type.version,
            event_type.severity,
            event_type.lane,
            event_type.active,
        )

    @api.model
    def _contract(self, code):
        """The pydantic contract declared for the code.

        :raise ValidationError: when the module that declares it is not loaded
        """
        declared = DECLARED.events.get(code)
        if not declared:
            raise ValidationError(
                self.env._("The contract of the event type “%s” is not declared.", code)
            )
        return declared.contract

    @api.model
    def _sync_declared(self, module):
        """Bring the types that ``module`` declares into the catalogue.

        Called from each declaring module's data, so at install and at every upgrade.
        """
        for declared in DECLARED.events.values():
            if declared.module != module:
                continue
            owned = {
                "kind": "declared",
                "code": declared.code,
                "name": declared.name,
                "version": declared.version,
                "owner": module,
                "process_code": declared.process_code,
                "milestone_code": declared.milestone_code,
                "description": declared.description,
                "example": json.dumps(declared.example, indent=2, ensure_ascii=False),
                "json_schema": json.dumps(
                    declared.contract.model_json_schema(), indent=2, ensure_ascii=False
                ),
            }
            tuned = {
                "severity": declared.severity,
                "lane": declared.lane,
                "retention_days": declared.retention_days,
                "answer_within": declared.answer_minutes,
            }
            xmlid = f"{module}.event_type_{declared.code.replace('.', '_')}"
            known = self.env.ref(xmlid, raise_if_not_found=False)
            self._load_records(
                [{"xml_id": xmlid, "values": owned if known else {**owned, **tuned}}], update=True
            )
            self.env.ref(xmlid)._take_version()

    def action_open_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_event_action"
        )
        return {**action, "domain": [("type_id", "=", self.id)], "context": {}}
