from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from ..authoring import (
    check_domain,
    check_domain_readable,
    check_field,
    check_text,
    check_text_readable,
)

# What a kind of step must say; the fields are named by their labels.
NEEDED = {
    "activity": ("recipient", "activity_type_id"),
    "message": ("recipient", "text"),
    "email": ("template_id",),
    "reassign": ("recipient",),
    "priority": ("field_id",),
    "line": ("line_act",),
    "action": ("action_id",),
    "event": ("event_type_id",),
    "exception": ("category_id",),
}


class OpsEscalationStep(models.Model):
    """What a step must say to make sense, and what its author must be allowed to do.

    The engine acts as superuser; so whoever has a field changed or an action run must be allowed
    to do that by hand.
    """

    _inherit = "ops.escalation.step"

    @api.constrains(
        "policy_id",
        "kind",
        "recipient",
        "user_ids",
        "group_id",
        "activity_type_id",
        "summary",
        "text",
        "template_id",
        "field_id",
        "value_id",
        "line_act",
        "action_id",
        "event_type_id",
        "category_id",
        "condition_domain",
    )
    def _check_fits(self):
        """Refuse here what would else fail when somebody waits for help.

        :raise ValidationError: naming the step and the field
        """
        for step in self.sudo():  # sudo: a constraint, called by the policy's, too
            step._check_needed()
            model = self.env.get(step.model_name)
            if model is None:
                continue
            for name in ("summary", "text"):
                check_text(model, step[name], step._label(name))
            check_domain(model, step.condition_domain, step._label("condition_domain"))
            check = getattr(step, f"_check_{step.kind}", None)
            if check:
                check(model)

    def _label(self, name):
        field = self._fields[name]._description_string(self.env)
        return self.env._("Step “%(step)s”, %(field)s", step=self.says, field=field)

    def _refuse(self, name, problem):
        raise ValidationError(
            self.env._("%(field)s: %(problem)s", field=self._label(name), problem=problem)
        )

    def _check_needed(self):
        for name in self._needed_of(self.kind):
            if not self[name]:
                self._refuse(name, self.env._("choose one."))
        if self.recipient not in self._recipients_of(self.kind):
            self._refuse("recipient", self.env._("this is no choice for what the step does."))
        if self.recipient == "users" and not self.user_ids:
            self._refuse("user_ids", self.env._("name at least one person."))
        if self.recipient == "group" and not self.group_id:
            self._refuse("group_id", self.env._("choose one."))
        if self.recipient == "responsible" and not self._names_responsible():
            self._refuse(
                "recipient",
                self.env._("say on the policy which field names the responsible person."),
            )

    @api.model
    def _needed_of(self, kind):
        """Names of the fields that a kind of step must say."""
        return NEEDED.get(kind, ())

    def _names_responsible(self):
        """Hook: whether it can be told who has a record of the policy in hand."""
        return bool(self.policy_id.responsible_field_id)

    def _check_activity(self, model):
        self._require_mixin(model, "mail.activity.mixin", self.env._("activities"))
        kind = self.activity_type_id.res_model
        if kind and kind != model._name:
            self._refuse("activity_type_id", self.env._("it is for another kind of record."))

    def _check_message(self, model):
        self._require_mixin(model, "mail.thread", self.env._("messages"))

    def _check_email(self, model):
        if self.template_id.model_id.model != model._name:
            self._refuse("template_id", self.env._("it is for another kind of record."))

    def _check_reassign(self, model):
        if not self.policy_id.responsible_field_id:
            self._refuse(
                "kind", self.env._("say on the policy which field names the responsible person.")
            )
        if self.recipient == "users" and len(self.user_ids) != 1:
            self._refuse("user_ids", self.env._("name one person, who gets the record."))

    def _check_line(self, model):
        if self.line_act == "reassign":
            self._check_reassign(model)
            return
        if not self.activity_type_id:
            self._refuse("activity_type_id", self.env._("choose one."))
        self._check_activity(model)

    def _check_priority(self, model):
        field = model._fields.get(self.field_id.name)
        ranked = field is not None and field.store and field.type in ("selection", "integer")
        if self.field_id.model != model._name or not ranked or field.name == "state":
            self._refuse(
                "field_id",
                self.env._("choose a field of the record whose values are ranked, no status."),
            )
        if field.type == "selection" and self.value_id.field_id != self.field_id:
            self._refuse("value_id", self.env._("choose one."))

    def _check_action(self, model):
        if self.action_id.model_id.model != model._name:
            self._refuse("action_id", self.env._("it is for another kind of record."))

    def _check_event(self, model):
        event_type = self.event_type_id
        if event_type.kind != "composed" or event_type.model_id.model != model._name:
            self._refuse("event_type_id", self.env._("choose a composed type about such records."))

    def _check_exception(self, model):
        if model._name == "ops.exception":
            self._refuse("kind", self.env._("an exception about an exception helps nobody."))

    def _require_mixin(self, model, mixin, what):
        if not isinstance(model, self.pool[mixin]):
            self._refuse(
                "kind",
                self.env._("“%(model)s” has no %(what)s.", model=model._description, what=what),
            )

    # -- what the author may --------------------------------------------------------------

    def _check_author(self):
        """Called with the rights of whoever writes the step.

        :raise AccessError: naming what is not allowed
        """
        for step in self:
            model = self.env[step.model_name]
            label = step._label
            check_domain_readable(model, step.condition_domain, label("condition_domain"))
            for name in ("summary", "text"):
                check_text_readable(model, step[name], label(name))
            # sudo: only names of fields, and groups of the action
            chosen = step.sudo()
            if step.kind == "reassign" or (step.kind, step.line_act) == ("line", "reassign"):
                name = chosen.policy_id.responsible_field_id.name
                check_field(model, model._fields[name], "write", label("kind"))
            elif step.kind == "priority":
                field = model._fields[chosen.field_id.name]
                check_field(model, field, "write", label("field_id"))
            elif step.kind == "action":
                step._check_may_run(chosen.action_id, model)

    def _check_may_run(self, action, model):
        """As Odoo asks before it runs a server action."""
        groups = action.group_ids
        if groups and not groups & self.env.user.all_group_ids and not self.env.su:
            raise AccessError(
                self.env._("Server action: you may not run “%s” yourself.", action.name)
            )
        if not groups and not model.has_access("write"):
            raise AccessError(
                self.env._(
                    "Server action: you may not change “%s”, so you cannot have it done.",
                    model._description,
                )
            )
