from odoo import api, fields, models

from ...core.escalation import PREVIOUS, START
from ..authoring import check_companies
from ..exceptions.ops_exception_category import SEVERITIES

KINDS = [
    ("activity", "Schedule an activity"),
    ("message", "Post a message"),
    ("email", "Send an e-mail"),
    ("reassign", "Reassign"),
    ("priority", "Raise the priority"),
    ("line", "Go up the line"),
    ("action", "Run a server action"),
    ("event", "Emit an event"),
    ("exception", "Open an exception"),
]
RECIPIENTS = [
    ("responsible", "Responsible person"),
    ("manager", "One level up"),
    ("site_manager", "Site manager"),
    ("users", "Named people"),
    ("group", "Everybody in a group"),
    ("followers", "The record's followers"),
]
LINE_ACTS = [("notify", "Schedule an activity"), ("reassign", "Reassign")]


class OpsEscalationStep(models.Model):
    """One step of a policy: when, under which condition, what, to whom, how often.

    Checks are in ``ops_escalation_step_checks.py``; what the kinds do is in
    ``ops_escalation_acts.py``. A pack adds a kind by ``selection_add`` and the methods that ask
    for the kind: ``_kinds_about``, ``_recipients_of``, ``_needed_of``, ``_in_words``, ``_settings``
    and, where it must be about certain records, ``_check_<kind>``.
    """

    _name = "ops.escalation.step"
    _description = "Escalation Step"
    _order = "policy_id, sequence, id"
    _rec_name = "says"

    policy_id = fields.Many2one(
        "ops.escalation.policy", required=True, index=True, ondelete="cascade"
    )
    model_id = fields.Many2one(related="policy_id.model_id")
    model_name = fields.Char(related="policy_id.model_name", string="Model")
    sequence = fields.Integer(default=10)
    name = fields.Char(
        translate=True, help="What it is called on escalations; empty: what it does, in words."
    )
    delay_hours = fields.Float(
        string="After (hours)", required=True, help="Hours and minutes; 00:00 is at once."
    )
    delay_from = fields.Selection(
        [(PREVIOUS, "the previous step"), (START, "the start")],
        string="Counted from",
        required=True,
        default=PREVIOUS,
    )
    condition_domain = fields.Char(
        string="Only when",
        help="Asked when the step is due; a record that does not match is left out, and the log "
        "says so. Empty: always.",
    )
    kind = fields.Selection(KINDS, string="Do what", required=True, default="activity")
    kind_choices = fields.Json(compute="_compute_kind_choices")
    has_recipient = fields.Boolean(compute="_compute_asks_for")
    needs_recipient = fields.Boolean(compute="_compute_asks_for")
    has_text = fields.Boolean(compute="_compute_asks_for")
    recipient = fields.Selection(
        RECIPIENTS,
        string="Whom",
        compute="_compute_recipient",
        store=True,
        readonly=False,
        help="One level up is the line manager of whoever has the record in hand, at its site. "
        "People who have no access to the company or site of the record are passed over.",
    )
    user_ids = fields.Many2many("res.users", string="People", domain="[('share', '=', False)]")
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity type",
        ondelete="restrict",
        domain="['|', ('res_model', '=', False), ('res_model', '=', model_name)]",
    )
    deadline_days = fields.Integer(string="Due in (days)", help="0 is the same day.")
    summary = fields.Char(string="Title", help="Fields of the record as {{ object.name }}.")
    text = fields.Text(
        help="Fields of the record as {{ object.name }}, or with a text for when they are empty: "
        "{{ object.user_id ||| nobody }}."
    )
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail template",
        ondelete="restrict",
        domain="[('model_id', '=', model_id)]",
    )
    field_id = fields.Many2one(
        "ir.model.fields",
        string="Priority field",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('selection', 'integer')), "
        "('store', '=', True), ('name', '!=', 'state')]",
    )
    field_type = fields.Selection(related="field_id.ttype")
    value_id = fields.Many2one(
        "ir.model.fields.selection",
        string="Raise to",
        ondelete="cascade",
        domain="[('field_id', '=', field_id)]",
        help="A record that has this priority already, or a higher one, is left as it is.",
    )
    value_number = fields.Integer(
        string="Raise to the number",
        help="A record that has this number already, or a higher one, is left as it is.",
    )
    line_act = fields.Selection(
        LINE_ACTS,
        string="How",
        default="notify",
        help="Each repetition goes one level further up.",
    )
    action_id = fields.Many2one(
        "ir.actions.server",
        string="Server action",
        ondelete="restrict",
        groups="base.group_system",
        domain="[('model_id', '=', model_id), ('usage', '=', 'ir_actions_server')]",
        help="Runs on the record. Only somebody with the right Settings can choose it.",
    )
    event_type_id = fields.Many2one(
        "ops.event.type",
        string="Event type",
        ondelete="restrict",
        domain="[('kind', '=', 'composed'), ('model_id', '=', model_id)]",
    )
    category_id = fields.Many2one(
        "ops.exception.category", string="Exception category", ondelete="restrict"
    )
    severity = fields.Selection(SEVERITIES, help="Empty: as the category says.")
    repeat_every_hours = fields.Float(
        string="Repeat every (hours)", help="00:00: it is done once only."
    )
    repeat_times = fields.Integer(
        string="At most (times)", help="How often it is repeated after the first time."
    )
    says = fields.Char(string="What it does", compute="_compute_says", compute_sudo=True)

    _delay_positive = models.Constraint(
        "CHECK (delay_hours BETWEEN 0 AND 87600)",
        "After: give a number of hours, 0 or more, and ten years at most.",
    )
    _repeat_positive = models.Constraint(
        "CHECK (repeat_every_hours BETWEEN 0 AND 87600 AND repeat_times BETWEEN 0 AND 100)",
        "Repeat: give a number of hours, ten years at most, and at most 100 times.",
    )
    _deadline_positive = models.Constraint(
        "CHECK (deadline_days BETWEEN 0 AND 366)", "Due in: give a number of days up to 366."
    )

    @api.depends("model_name")
    def _compute_kind_choices(self):
        for step in self:
            step.kind_choices = self._kinds_about(step.model_name)

    @api.depends("kind")
    def _compute_asks_for(self):
        for step in self:
            choices = self._recipients_of(step.kind)
            step.has_recipient = choices != (False,)
            step.needs_recipient = False not in choices
            step.has_text = step.kind in self._kinds_with_text()

    @api.depends("kind")
    def _compute_recipient(self):
        for step in self:
            choices = self._recipients_of(step.kind)
            if step.recipient not in choices:
                step.recipient = choices[0] if False not in choices else False

    @api.model
    def _kinds_about(self, model_name):
        """The kinds of steps there are about records of a model."""
        return [kind for kind, _label in KINDS]

    @api.model
    def _kinds_with_text(self):
        """The kinds of steps for which a text can be given."""
        return ["activity", "line", "message", "exception"]

    @api.model
    def _recipients_of(self, kind):
        """The choices of whom that a kind of step has, the first of which is suggested."""
        return {
            "activity": ("responsible", "manager", "site_manager", "users", "group"),
            "message": ("responsible", "manager", "site_manager", "users", "group", "followers"),
            "email": ("responsible", "manager", "site_manager", "users", "group", False),
            "reassign": ("manager", "site_manager", "users"),
        }.get(kind, (False,))

    @api.depends(
        "action_id.name",
        "category_id.name",
        "event_type_id.name",
        "field_id",
        "group_id",
        "kind",
        "line_act",
        "name",
        "recipient",
        "template_id.name",
        "user_ids.name",
        "value_id.name",
        "value_number",
    )
    def _compute_says(self):
        for step in self:
            step.says = step.name or step._in_words()

    def _in_words(self):
        self.ensure_one()
        whom = self._whom_in_words()
        value = self.value_id.name or self.value_number
        return {
            "activity": self.env._("Activity for %s", whom),
            "message": self.env._("Message to %s", whom),
            "email": self.env._("E-mail “%s”", self.template_id.name or ""),
            "reassign": self.env._("Reassign to %s", whom),
            "priority": self.env._(
                "Raise “%(field)s” to %(value)s",
                field=self.field_id.field_description or "",
                value=value,
            ),
            "line": self.env._("Go up the line: %s", self._label_of("line_act") or ""),
            "action": self.env._("Run “%s”", self.action_id.name or ""),
            "event": self.env._("Emit “%s”", self.event_type_id.name or ""),
            "exception": self.env._("Open an exception: %s", self.category_id.name or ""),
        }.get(self.kind, "")

    def _whom_in_words(self):
        if self.recipient == "users":
            return ", ".join(self.user_ids.mapped("name"))
        if self.recipient == "group":
            return self.group_id.display_name or ""
        return (self._label_of("recipient") or "").lower()

    def _label_of(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name])

    # -- versions of the policy -----------------------------------------------------------

    def _planned(self, number):
        """The step as JSON, for the version of its policy."""
        self.ensure_one()
        return {
            "number": number,
            "says": self.says,
            "kind": self.kind,
            "delay": round(self.delay_hours * 3600),
            "after": self.delay_from,
            "every": round(self.repeat_every_hours * 3600) if self.repeat_times else 0,
            "times": self.repeat_times if self.repeat_every_hours else 0,
            "condition": self.condition_domain or "",
            "settings": self._settings(),
        }

    def _settings(self):
        """What the kind of step needs, and nothing of what was chosen for another kind."""
        return {
            "activity": lambda: {**self._whom(), **self._activity()},
            "message": lambda: {**self._whom(), "text": self.text or ""},
            "email": lambda: {**self._whom(), "template": self.template_id.id},
            "reassign": self._whom,
            "priority": lambda: {
                "field": self.field_id.name,
                "value": self.value_id.value if self.value_id else self.value_number,
            },
            "line": lambda: {"act": self.line_act, **self._activity()},
            "action": lambda: {"action": self.action_id.id},
            "event": lambda: {"type": self.event_type_id.id},
            "exception": lambda: {
                "category": self.category_id.id,
                "severity": self.severity or None,
                "text": self.text or "",
            },
        }[self.kind]()

    def _whom(self):
        return {
            "recipient": self.recipient or None,
            "users": sorted(self.user_ids.ids) if self.recipient == "users" else [],
            "group": self.group_id.id if self.recipient == "group" else None,
        }

    def _activity(self):
        return {
            "activity_type": self.activity_type_id.id or None,
            "summary": self.summary or "",
            "text": self.text or "",
            "days": self.deadline_days,
        }

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        check_companies(steps.policy_id)
        steps._check_author()
        steps.policy_id._steps_changed()
        return steps

    def write(self, vals):
        policies = self.policy_id
        result = super().write(vals)
        check_companies(policies | self.policy_id)
        self._check_author()
        (policies | self.policy_id)._steps_changed()
        return result

    def unlink(self):
        policies = self.policy_id
        check_companies(policies)
        result = super().unlink()
        policies.exists()._steps_changed()
        return result
