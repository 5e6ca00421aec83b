from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import split_every

STATE = "ops_emit_event"
# Records of a scheduled action that become events together: bounded memory, few statements.
CHUNK = 500


class IrActionsServer(models.Model):
    """The server action *Emit operations event*: in automation rules, scheduled actions and
    the Action menu.

    It writes events of a composed type about the records it runs on. Emission is guarded:
    whatever is wrong with the content, the document goes through.
    """

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[(STATE, "Emit Operations Event"), ("code",)],
        ondelete={STATE: "cascade"},
    )
    # Cascades with a model that is uninstalled; else a type in use cannot be deleted.
    ops_event_type_id = fields.Many2one(
        "ops.event.type",
        string="Event type",
        compute="_compute_ops_event_type_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        tracking=True,
        index="btree_not_null",
        domain="[('kind', '=', 'composed'), ('model_id', '=', model_id)]",
        help="What is written and sent. Its fields are chosen on the event type.",
    )
    ops_event_domain = fields.Char(
        string="Records",
        compute="_compute_ops_event_type_id",
        store=True,
        readonly=False,
        help="A scheduled action runs on no record of its own: it takes each record that matches, "
        "at every run.",
    )
    ops_event_field_ids = fields.One2many(
        related="ops_event_type_id.field_ids", string="What is sent", readonly=True
    )
    ops_event_active = fields.Boolean(
        related="ops_event_type_id.active", string="Event type is on", readonly=True
    )
    ops_sample_id = fields.Many2oneReference(
        string="Sample record",
        model_field="model_name",
        store=False,
        help="The preview shows what would be sent about this record. Nothing is written.",
    )
    ops_preview = fields.Text(string="Preview", compute="_compute_ops_preview")
    ops_preview_problems = fields.Text(string="Problems", compute="_compute_ops_preview")

    @api.model
    def _ops_states(self):
        """The engine's types of actions: in scheduled actions each asks for which records."""
        return [STATE]

    @api.depends("state", "model_id")
    def _compute_ops_event_type_id(self):
        for action in self:
            fits = action.state == STATE and action.ops_event_type_id.model_id == action.model_id
            if not fits:
                action.ops_event_type_id = False
            if not fits and (action.state == STATE or action.state not in self._ops_states()):
                action.ops_event_domain = False

    @api.depends("ops_event_type_id", "ops_sample_id", "model_name")
    def _compute_ops_preview(self):
        for action in self:
            event_type = action.ops_event_type_id
            record = event_type._sample(action.ops_sample_id)
            action.ops_preview, action.ops_preview_problems = event_type._preview(record)

    def _name_depends(self):
        return [*super()._name_depends(), "ops_event_type_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == STATE and self.ops_event_type_id:
            return self.env._("Emit %(event_type)s", event_type=self.ops_event_type_id.name)
        return super()._generate_action_name()

    @api.constrains("state", "usage", "model_id", "ops_event_type_id", "ops_event_domain")
    def _check_ops_event(self):
        """Refuse here what would else go wrong when a document is saved."""
        for action in self.filtered(lambda each: each.state == STATE):
            event_type = action.ops_event_type_id
            if not event_type:
                raise ValidationError(
                    self.env._(
                        "Event type: choose the composed event type that “%s” emits.", action.name
                    )
                )
            if event_type.kind != "composed":
                raise ValidationError(
                    self.env._(
                        "Event type: “%s” is declared by a module, which alone emits it. Choose "
                        "a composed one.",
                        event_type.name,
                    )
                )
            if event_type.model_id != action.model_id:
                raise ValidationError(
                    self.env._(
                        "Event type: “%(type)s” is about %(its_model)s, and the action runs on "
                        "%(model)s. Choose a type about the same.",
                        type=event_type.name,
                        its_model=event_type.model_id.name,
                        model=action.model_id.name,
                    )
                )
            action._ops_check_records()

    def _ops_check_records(self):
        """Refuse a filter of records that means nothing, or none where one is needed.

        :raise ValidationError: naming the field
        """
        domain = self._ops_records_domain()
        domain.validate(self.env[self.model_name])
        if self.usage == "ir_cron" and domain.is_true():
            raise ValidationError(
                self.env._(
                    "Records: say which records “%s” is for; without a filter it would take all "
                    "of them, at every run.",
                    self.name,
                )
            )

    def _ops_records_domain(self):
        """The domain of a scheduled action's records; relative dates are Odoo's own words,
        such as ``today -3d``, so nothing is evaluated.

        :raise ValidationError: when it is no domain
        """
        try:
            return Domain(literal_eval(self.ops_event_domain or "[]"))
        except (ValueError, SyntaxError, TypeError) as error:
            raise ValidationError(
                self.env._(
                    "Records: “%s” is no filter. Use the editor, and dates such as today -3d.",
                    self.ops_event_domain,
                )
            ) from error

    def _run_action_ops_emit_event_multi(self, eval_context=None):
        """Emit the type's event for each record the action runs on."""
        for records in self._ops_records(eval_context):
            self._ops_emit(records)
        return False

    def _ops_records(self, eval_context):
        """The records that the action is about, in bounded portions: those it runs on, or, of a
        scheduled action, those that match its filter."""
        if self.env.context.get("onchange_self") is not None:
            return  # nothing has happened yet
        records = eval_context["records"] or eval_context["record"]
        if records:
            yield records.exists()
        elif self.usage == "ir_cron":
            found = eval_context["model"].search(self._ops_records_domain(), order="id")
            for ids in split_every(CHUNK, found.ids):
                yield found.browse(ids)

    def _ops_emit(self, records):
        event_type = self.ops_event_type_id.sudo()

        def payload(record):
            # sudo: the fields were chosen, and access to each was checked, when the type was
            # composed; whose work causes the event need not be allowed to read them all
            return event_type._payload(record.sudo())

        records.env["ops.event"]._emit_guarded(event_type.code, records, payload)


class IrCron(models.Model):
    """A scheduled action emits events, too: about the records that match its filter."""

    _inherit = "ir.cron"

    # Its own, because what is inherited through delegation is not known before it is saved.
    allowed_states = fields.Json(compute="_compute_allowed_states")
    model_name = fields.Char(related="model_id.model", string="Model Name")
    ops_event_active = fields.Boolean(related="ops_event_type_id.active", string="Event type is on")
    ops_event_field_ids = fields.One2many(related="ops_event_type_id.field_ids")

    @api.depends("state")
    def _compute_allowed_states(self):
        """Odoo means scheduled actions to run code only; ours need no record to begin with."""
        ours = self.env["ir.actions.server"]._ops_states()
        for cron in self:
            cron.allowed_states = list(dict.fromkeys(["code", *ours, cron.state or "code"]))
