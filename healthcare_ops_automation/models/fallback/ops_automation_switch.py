from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from ..roles import OPERATORS
from .ops_automation import REFERENCES, SETTINGS
from .ops_automation_change import MEMORY

ADMIN = "healthcare_ops_automation.group_ops_admin"


class OpsAutomation(models.Model):
    """The off switch: pauses the real thing, and remembers what was so that it comes back.

    How it works: an entry is carried by one or several records that can be on or off (a server
    action by the rules and scheduled actions that run it, and by its place in a menu). Switching
    off turns off those that are on and keeps what they were; switching on gives that back to
    those which are still off. The entry is locked meanwhile, so two people cannot do both at once.
    """

    _inherit = "ops.automation"

    switched_off_at = fields.Datetime(readonly=True, copy=False, string="Switched off")
    switched_off_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, string="Switched off by", ondelete="set null"
    )
    off_reason = fields.Char(readonly=True, copy=False, string="Reason")
    # {"model,id": values to give back}
    switch_memory = fields.Json(readonly=True, copy=False, groups=SETTINGS)
    may_switch = fields.Boolean(compute="_compute_may_switch")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_switch(self):
        for automation in self:
            automation.may_switch = not automation._why_not_switch()

    def _why_not_switch(self):
        """Why the user may not switch this one, in words; None when they may."""
        self.ensure_one()
        user = self.env.user
        if self.env.su:
            return None
        if not any(user.has_group(group) for group in OPERATORS):
            return self.env._(
                "Switching automations is for operations managers and administrators."
            )
        # sudo: which endpoint it is; whether they may is asked with their own rights
        endpoint = self.sudo().endpoint_id.with_env(self.env)
        if endpoint:
            return endpoint._why_not_operate()
        if user.ops_site_ids and not user.has_group(ADMIN):
            return self.env._(
                "“%s” works for every site: ask somebody who looks after all of them.", self.name
            )
        return self._why_out_of_reach()

    def _check_may_switch(self):
        """Whether the user may switch these.

        :raise AccessError: saying why not
        """
        self.check_access("read")
        for automation in self:
            problem = automation._why_not_switch()
            if problem:
                raise AccessError(problem)

    # -- what carries it ------------------------------------------------------------------

    def _carriers(self):
        """The records that are on or off for this entry; called with sudo."""
        self.ensure_one()
        real = self.kind and self._ops_engine()[REFERENCES[self.kind]]
        if not real:
            return []
        if self.kind != "action":
            return [real]
        actions, above = real, real.parent_id
        while above:
            actions, above = actions | above, above.parent_id - actions
        # What the switch turned off is carried until it is on again, whatever it runs by then.
        rules = actions.base_automation_id | self._remembered("base.automation")
        crons = actions.ir_cron_ids | self._remembered("ir.cron")
        bound = actions.filtered("binding_model_id") | self._remembered("ir.actions.server")
        return [*rules, *crons, *bound]

    def _remembered(self, model):
        """The records of a model that the switch turned off and that still exist."""
        keys = [key.split(",") for key in self.switch_memory or {}]
        ids = [int(res_id) for name, res_id in keys if name == model]
        return self._ops_engine().env[model].browse(ids).exists()

    @api.model
    def _is_on(self, carrier):
        if carrier._name == "ops.endpoint":
            return carrier.active and carrier.state in ("active", "broken")
        if carrier._name == "ir.actions.server":
            return bool(carrier.binding_model_id)
        return carrier.active

    @api.model
    def _turn_off(self, carrier):
        """Turn one off; returns the values that give back what it was."""
        if carrier._name == "ops.endpoint":
            carrier.action_pause()
            return {"state": "active"}
        if carrier._name == "ir.actions.server":
            was = {"binding_model_id": carrier.binding_model_id.id}
            carrier.binding_model_id = False
            return was
        carrier.active = False
        return {"active": True}

    @api.model
    def _turn_on(self, carrier, values):
        if carrier._name == "ops.endpoint":
            carrier.action_activate()
        else:
            carrier.write(values)

    def _left_off(self):
        """Those that the switch turned off and that still are."""
        # sudo: what the switch remembers
        automation = self.sudo()
        kept = automation.switch_memory or {}
        carriers = automation._carriers()
        return [
            each for each in carriers if f"{each._name},{each.id}" in kept and not self._is_on(each)
        ]

    def _shared_with(self):
        """What else stops with it, by name: other actions of the same rule."""
        self.ensure_one()
        # sudo: names of actions that the switch would stop
        automation = self.sudo()
        rules = [each for each in automation._carriers() if each._name == "base.automation"]
        own = automation.action_id
        others = [action for rule in rules for action in rule.action_server_ids - own]
        return [action.name for action in others] if own else []

    # -- switching ------------------------------------------------------------------------

    def _lock(self):
        """Keep others from switching these meanwhile; see what they did before.

        :raise UserError: when somebody is switching one of them right now
        """
        self.env.flush_all()
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is switching “%s” right now. Look again.", self[:1].name)
            ) from error
        self.env.invalidate_all()

    def _pause(self):
        """Turn off what is on, and remember what it was. Access is checked by who calls this."""
        # sudo: who calls has checked the role, company and sites; nothing is written but
        # whether the real thing runs
        automation = self.sudo()
        memory = {}
        for carrier in automation._carriers():
            if self._is_on(carrier):
                memory[f"{carrier._name},{carrier.id}"] = self._turn_off(carrier)
        if memory:
            automation.switch_memory = {**(automation.switch_memory or {}), **memory}

    def _resume(self):
        """Give back what was, to what is still off. Access is checked by who calls this.

        :return: those that run again
        """
        # sudo: as in _pause
        automation = self.sudo()
        memory, left = automation.switch_memory or {}, self._left_off()
        for carrier in left:
            self._turn_on(carrier, memory[f"{carrier._name},{carrier.id}"])
        automation._forget_switch()
        return left

    def _turn_all_on(self):
        """Turn on what was switched off elsewhere: nobody remembers anything of it but that it
        was on. Access is checked by who calls this.

        :return: those that run again
        """
        # sudo: as in _pause
        carriers = self.sudo()._carriers()
        off = [each for each in carriers if each._name != "ir.actions.server"]
        off = [each for each in off if not self._is_on(each)]
        for carrier in off:
            self._turn_on(carrier, {"active": True})
        return off

    def _forget_switch(self):
        self.write(dict.fromkeys(MEMORY, False))

    def _switch_off(self, reason):
        """Stop it, and say who did and why. Access is checked by who calls this.

        :raise UserError: when it is off already, or there is nothing to switch
        """
        self.ensure_one()
        self._lock()
        if self.state != "on":
            raise UserError(
                self.env._("“%(name)s”: %(status)s", name=self.name, status=self.state_text)
            )
        self._pause()
        # sudo: as in _pause
        self.sudo().write(
            {
                "switched_off_at": fields.Datetime.now(),
                "switched_off_by_id": self.env.uid,
                "off_reason": reason,
            }
        )
        self._tell("automation.switched_off", self.env._("Switched off: %s", reason), reason)

    def _switch_on(self, reason):
        """Let it run again as it did. Access is checked by who calls this.

        :raise UserError: when it runs already, or is to be ended as a fallback
        """
        self.ensure_one()
        self._lock()
        if self.state == "fallback":
            raise UserError(
                self.env._("A manual fallback is active for “%s”: end it instead.", self.name)
            )
        if self.state != "off" and not self._left_off():
            raise UserError(
                self.env._("“%(name)s”: %(status)s", name=self.name, status=self.state_text)
            )
        if not (self._resume() or self._turn_all_on()):
            raise UserError(
                self.env._("“%s” has nothing that would run it: see its settings.", self.name)
            )
        self._tell("automation.switched_on", self.env._("Switched on: %s", reason), reason)

    def _tell(self, action, text, reason):
        # sudo: to note on it what was done to it; who did is the user
        automation = self.sudo()
        details = {"reason": reason, "subject": automation.subject}
        self.env["ops.audit.entry"]._record(action, automation, details)
        automation.message_post(body=text, subtype_xmlid="mail.mt_note")

    # -- buttons --------------------------------------------------------------------------

    def action_switch_off(self):
        """Open the dialog that stops it."""
        return self.env["ops.automation.switch"]._open(self, "off")

    def action_switch_on(self):
        """Open the dialog that lets it run again."""
        return self.env["ops.automation.switch"]._open(self, "on")

    def action_start_fallback(self):
        """Open the dialog that begins working by hand."""
        return self.env["ops.fallback.start"]._open(self)
