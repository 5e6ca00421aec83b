from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from .ops_automation import REFERENCES

AUDITED_FIELDS = {
    "name",
    "code",
    "owner_id",
    "risk",
    "autonomy",
    "runbook_id",
    "company_id",
    "active",
    "kind",
    *REFERENCES.values(),
}
# What the switch writes down, and nobody else.
MEMORY = ("switched_off_at", "switched_off_by_id", "off_reason", "switch_memory")


class OpsAutomation(models.Model):
    """Entering and changing: who may, and that nothing is left off behind the register's back."""

    _inherit = "ops.automation"

    @api.onchange("kind")
    def _onchange_kind(self):
        for name in REFERENCES.values():
            if name != REFERENCES.get(self.kind) and self._has_field_access(
                self._fields[name], "write"
            ):
                self[name] = False

    @api.onchange("endpoint_id")
    def _onchange_endpoint_id(self):
        if self.endpoint_id:
            self.company_id = self.endpoint_id.company_id

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_not_of_the_switch(vals)
        automations = super().create(vals_list)
        automations._check_reach()
        automations._check_may_enter()
        self.env["ops.audit.entry"]._record("automation.entered", automations)
        return automations

    def write(self, vals):
        self._check_not_of_the_switch(vals)
        self._check_reach()
        others = self.filtered(lambda each: each._becomes_another(vals))
        others._check_holds_nothing()
        if vals.get("active") is False:
            self._check_no_fallback()
        result = super().write(vals)
        self._check_reach()
        if others:
            others._check_may_enter()
            # What the switch remembers is about something that exists no more.
            # sudo: nobody writes it; who changed the reference was allowed to
            others.sudo().write(dict.fromkeys(MEMORY, False))
        changed = {name: vals[name] for name in sorted(AUDITED_FIELDS & vals.keys())}
        if changed:
            self.env["ops.audit.entry"]._record("automation.changed", self, changed)
        return result

    def unlink(self):
        self._check_reach()
        self.env["ops.audit.entry"]._record("automation.removed", self)
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_holds_nothing(self):
        self._check_holds_nothing()

    def copy_data(self, default=None):
        # Two entries cannot stand for the same thing, so a copy has nothing to stand for.
        raise ValidationError(
            self.env._("An entry stands for one thing: make a new one for another.")
        )

    # -- checks ---------------------------------------------------------------------------

    def _check_may_enter(self):
        """Who enters something into the register must be allowed to change it, for the
        register lets managers switch it.

        :raise AccessError: from the real thing
        :raise UserError: for a rule that a service-level policy keeps
        """
        for automation in self:
            # sudo: which one it is; the check itself is made with the user's own rights
            real = automation.sudo()[REFERENCES[automation.kind]].with_env(self.env)
            real.check_access("write")
            if automation.kind == "rule":
                # Off while its policy is on, it would be found broken, not switched off.
                real._check_not_of_a_policy()

    def _check_not_of_the_switch(self, vals):
        if not self.env.su and vals.keys() & set(MEMORY):
            raise UserError(
                self.env._("Who switched it off, when and why is written down by the switch.")
            )

    def _becomes_another(self, vals):
        """Whether these values make the entry stand for something else."""
        self.ensure_one()
        # sudo: which one it is
        automation = self.sudo()
        for name in {"kind", *REFERENCES.values()} & vals.keys():
            value = automation[name]
            if (value if name == "kind" else value.id or False) != (vals[name] or False):
                return True
        return False

    def _check_holds_nothing(self):
        """Whether the entry may let go of what it stands for: else that would stay off for
        good, with nobody who knows that it was on.

        :raise UserError: while a fallback is active, or what it switched off is still off
        """
        self._check_no_fallback()
        for automation in self:
            if automation._left_off():
                raise UserError(
                    self.env._(
                        "“%s” holds something switched off: switch it on first, or archive the "
                        "entry.",
                        automation.name,
                    )
                )

    def _check_no_fallback(self):
        # sudo: whether there is one, also where the user does not look
        domain = [("state", "=", "active"), ("automation_id", "in", self.ids)]
        fallback = self.env["ops.fallback"].sudo().search(domain, limit=1)
        if fallback:
            raise UserError(
                self.env._(
                    "A manual fallback is active for “%s”: end it first.",
                    fallback.automation_id.name,
                )
            )
