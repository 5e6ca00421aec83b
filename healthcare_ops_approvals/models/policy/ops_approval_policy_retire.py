from odoo import models
from odoo.exceptions import UserError

from .part import as_engine


class OpsApprovalPolicy(models.Model):
    """Taking a policy out of force: one person asks for it, another one does it."""

    _inherit = "ops.approval.policy"

    def action_ask_to_retire(self):
        """Say that the policy should not be in force any more. Somebody else confirms."""
        self._check_admin()
        for policy in self:
            if not policy.is_armed:
                raise UserError(self.env._("“%s” is not in force.", policy.name))
        with as_engine(self.env):
            self.write({"retirement_asked_by_id": self.env.uid})
        self.env["ops.audit.entry"]._record("approval_policy.retirement_asked", self)
        for policy in self:
            policy.message_post(body=self.env._("Asked to retire the policy."))
        return True

    def action_keep(self):
        """Withdraw the wish to retire it."""
        self._check_admin()
        with as_engine(self.env):
            self.write({"retirement_asked_by_id": False})
        return True

    def action_retire(self):
        """Take it out of force: its documents pass without approval, unless a policy of a
        company above or of every company is for them."""
        self._check_admin()
        for policy in self:
            if not policy.retirement_asked_by_id:
                raise UserError(self.env._("“%s”: ask to retire it first.", policy.name))
            if policy.retirement_asked_by_id == self.env.user:
                raise UserError(
                    self.env._(
                        "You asked to retire “%s”. Somebody else has to confirm it.", policy.name
                    )
                )
        asked = {policy: policy.retirement_asked_by_id for policy in self}
        with as_engine(self.env):
            self.write({"active": False, "retirement_asked_by_id": False})
        for policy in self:
            self.env["ops.audit.entry"]._record(
                "approval_policy.retired", policy, {"asked_by": asked[policy].id}
            )
            policy.message_post(body=self.env._("The policy is not in force any more."))
        return True
