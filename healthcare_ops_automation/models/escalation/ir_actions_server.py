import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...core.causation import Cause, caused_by, current_cause
from ..authoring import (
    check_domain,
    check_domain_readable,
    check_text,
    check_text_readable,
    fill_in,
)
from ..events.ops_event_emit import MAX_DEPTH
from ..exceptions.ops_exception_category import SEVERITIES
from ..service_levels.guard import undoable
from ..worker import CONFLICTS

_logger = logging.getLogger(__name__)

RAISE = "ops_raise_exception"
START = "ops_start_escalation"
# What each type of action is configured with.
FIELDS = {
    RAISE: ("ops_category_id", "ops_reason", "ops_severity", "ops_owner_id"),
    START: ("ops_escalation_policy_id", "ops_stop_domain"),
}


class IrActionsServer(models.Model):
    """The server actions *Raise Exception* and *Start Escalation*: in automation rules, scheduled
    actions and the Action menu.

    Both are guarded: whatever is wrong with them, the document goes through. They act as the
    engine, because whoever's work triggers a rule need not see exceptions or escalations; that
    the action may run on the records was checked by Odoo before.
    """

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[(RAISE, "Raise Exception"), (START, "Start Escalation"), ("code",)],
        ondelete={RAISE: "cascade", START: "cascade"},
    )
    ops_category_id = fields.Many2one(
        "ops.exception.category",
        string="Exception category",
        compute="_compute_ops_exception",
        store=True,
        readonly=False,
        ondelete="restrict",
        tracking=True,
        index="btree_not_null",
        help="Says how severe it is, how soon it is due, and what people do by hand meanwhile.",
    )
    ops_reason = fields.Text(
        string="Reason",
        compute="_compute_ops_exception",
        store=True,
        readonly=False,
        tracking=True,
        help="What happened, in words a colleague understands. Fields of the record as "
        "{{ object.name }}, or with a text for when they are empty: "
        "{{ object.user_id ||| nobody }}.",
    )
    ops_severity = fields.Selection(
        SEVERITIES,
        string="Severity",
        compute="_compute_ops_exception",
        store=True,
        readonly=False,
        help="Empty: as the category says.",
    )
    ops_owner_id = fields.Many2one(
        "res.users",
        string="Owner",
        compute="_compute_ops_exception",
        store=True,
        readonly=False,
        ondelete="set null",
        domain="[('share', '=', False)]",
        help="Empty: as the category says, else the manager of the site.",
    )
    # Cascades with a model that is uninstalled; else a policy in use cannot be deleted.
    ops_escalation_policy_id = fields.Many2one(
        "ops.escalation.policy",
        string="Escalation policy",
        compute="_compute_ops_escalation_policy_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        tracking=True,
        index="btree_not_null",
        domain="[('model_id', '=', model_id)]",
        help="What happens step by step until the record is settled.",
    )
    ops_stop_domain = fields.Char(
        string="Stops when",
        compute="_compute_ops_escalation_policy_id",
        store=True,
        readonly=False,
        tracking=True,
        help="Instead of what the policy says. Empty: as the policy says.",
    )
    ops_policy_steps = fields.Text(
        string="Steps", compute="_compute_ops_policy_steps", compute_sudo=True
    )
    ops_policy_active = fields.Boolean(
        related="ops_escalation_policy_id.active", string="Policy is on", readonly=True
    )

    @api.model
    def _ops_states(self):
        return [*super()._ops_states(), RAISE, START]

    @api.depends("state")
    def _compute_ops_exception(self):
        self._forget_unless(RAISE)

    @api.depends("state", "model_id")
    def _compute_ops_escalation_policy_id(self):
        self._forget_unless(START)
        for action in self:
            if action.ops_escalation_policy_id.model_id != action.model_id:
                action.update(dict.fromkeys(FIELDS[START], False))

    def _forget_unless(self, state):
        for action in self:
            if action.state != state:
                action.update(dict.fromkeys(FIELDS[state], False))

    @api.depends("ops_escalation_policy_id")
    def _compute_ops_policy_steps(self):
        for action in self:
            action.ops_policy_steps = action.ops_escalation_policy_id.version_ids[:1].summary

    def _name_depends(self):
        return [*super()._name_depends(), "ops_category_id", "ops_escalation_policy_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == RAISE and self.ops_category_id:
            return self.env._("Raise “%s”", self.ops_category_id.name)
        if self.state == START and self.ops_escalation_policy_id:
            return self.env._("Escalate: %s", self.ops_escalation_policy_id.name)
        return super()._generate_action_name()

    # -- checks ---------------------------------------------------------------------------

    @api.constrains(
        "state", "usage", "model_id", "ops_event_domain", *FIELDS[RAISE], *FIELDS[START]
    )
    def _check_ops_actions(self):
        """Refuse here what would else go wrong when a document is saved."""
        for action in self.filtered(lambda each: each.state in FIELDS):
            if action.state == RAISE:
                action._check_raise()
            else:
                action._check_start()
            action._ops_check_records()

    def _check_raise(self):
        if not self.ops_category_id:
            raise ValidationError(
                self.env._("Exception category: choose what “%s” raises.", self.name)
            )
        if not (self.ops_reason or "").strip():
            raise ValidationError(
                self.env._("Reason: say in words what happened when “%s” runs.", self.name)
            )
        if self.model_name in ("ops.exception", "ops.escalation"):
            raise ValidationError(
                self.env._(
                    "Model: an exception about “%s” would lead to the next one. Choose the records "
                    "that people work with.",
                    self.model_id.name,
                )
            )
        check_text(self.env[self.model_name], self.ops_reason, self.env._("Reason"))

    def _check_start(self):
        policy = self.ops_escalation_policy_id
        if not policy:
            raise ValidationError(
                self.env._("Escalation policy: choose the one that “%s” starts.", self.name)
            )
        if policy.model_id != self.model_id:
            raise ValidationError(
                self.env._(
                    "Escalation policy: “%(policy)s” is about %(its_model)s, and the action runs "
                    "on %(model)s. Choose a policy about the same.",
                    policy=policy.name,
                    its_model=policy.model_id.name,
                    model=self.model_id.name,
                )
            )
        check_domain(self.env[self.model_name], self.ops_stop_domain, self.env._("Stops when"))

    def _check_ops_author(self):
        """Who writes an action must be allowed to read what it tells and asks for.

        Called with the rights of whoever writes; Odoo runs constraints as superuser.
        """
        for action in self.filtered(lambda each: each.state in FIELDS):
            model = self.env[action.model_name]
            if not model.has_access("read"):
                raise AccessError(
                    self.env._("Model: you may not read “%s”.", action.model_id.sudo().name)
                )
            check_text_readable(model, action.ops_reason, self.env._("Reason"))
            check_domain_readable(model, action.ops_stop_domain, self.env._("Stops when"))

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions._check_ops_author()
        return actions

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"state", "model_id", "ops_reason", "ops_stop_domain"}:
            self._check_ops_author()
        return result

    # -- running --------------------------------------------------------------------------

    def _run_action_ops_start_escalation_multi(self, eval_context=None):
        """Escalate each record the action runs on."""
        # sudo: whoever's work triggers the rule need not see policies
        policy = self.sudo().ops_escalation_policy_id
        rule = self.sudo().base_automation_id.name or self.name
        for records in self._ops_records(eval_context):
            policy._start_guarded(
                records, self.env._("Started by “%s”.", rule), stop_domain=self.ops_stop_domain
            )
        return False

    def _run_action_ops_raise_exception_multi(self, eval_context=None):
        """Raise the exception about each record the action runs on, or count the repeat."""
        for records in self._ops_records(eval_context):
            for record in records:
                self._ops_raise_guarded(record)
        return False

    def _ops_raise_guarded(self, record):
        """Raise; whatever is wrong with the exception, the document goes through."""
        cr = self.env.cr
        cause = current_cause(cr) or Cause(None, None, 0)
        if cause.depth > MAX_DEPTH:
            _logger.warning(
                "“%s” raises no exception about %s: it follows from %s others, which is taken for "
                "a loop",
                self.name,
                record,
                cause.depth,
            )
            return
        deeper = Cause(cause.event_uuid, cause.correlation_id, cause.depth + 1)
        self.env.flush_all()  # what fails here is the document's own
        try:
            with undoable(self.env), caused_by(cr, deeper):
                self._ops_raise(record)
        except CONFLICTS:
            raise  # for Odoo to run the document's transaction again, never for us to swallow
        except Exception:
            _logger.warning("“%s” raised no exception about %s", self.name, record, exc_info=True)

    def _ops_raise(self, record):
        # sudo: that its author may read what the reason tells was checked when it was written
        action, told = self.sudo(), record.sudo()._ops_engine()
        company, site = self.env["ops.escalation.policy"]._place_of(told, told.env.company)
        self.env["ops.exception"]._raise_exception(
            action.ops_category_id.code,
            fill_in(told, action.ops_reason, site.tz or "UTC"),
            record,
            severity=action.ops_severity,
            owner=action.ops_owner_id,
            place=(company, site),
            cause_key=f"action:{action.id}:{record._name},{record.id}",
        )
