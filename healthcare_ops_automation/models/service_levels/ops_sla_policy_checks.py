from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ..authoring import check_companies, check_domain, check_domain_readable, may_be_subject
from .ops_sla_policy import MEASURABLE_OF_ENGINE

# Filters on the records of the policy's model.
DOMAIN_FIELDS = ("domain", "start_domain", "stop_domain", "pause_domain", "cancel_domain")


class OpsSlaPolicy(models.Model):
    """What a policy must say to make sense, and what its author must be allowed to do."""

    _inherit = "ops.sla.policy"

    @api.constrains("model_id")
    def _check_measurable(self):
        for policy in self:
            if not may_be_subject(self.env, policy.model_name, MEASURABLE_OF_ENGINE):
                raise ValidationError(
                    self.env._(
                        "Records: there can be no service levels for “%s”. Choose records that "
                        "people work with.",
                        policy.model_id.name,
                    )
                )

    def _check_stays_of_one_kind(self, vals):
        """What was measured stays what it is about: ids of other records would mean nothing."""
        for policy in self:
            if "model_id" in vals and vals["model_id"] != policy.model_id.id and policy._is_used():
                raise UserError(
                    self.env._(
                        "Records: “%s” has measured such records already. Archive it and make a "
                        "new policy for others.",
                        policy.name,
                    )
                )

    def _is_used(self):
        # sudo: clocks of every company
        clocks = self.env["ops.sla.clock"].sudo()
        return bool(clocks.search_count([("policy_id", "=", self.id)], limit=1))

    @api.constrains("model_id", *DOMAIN_FIELDS)
    def _check_domains(self):
        for policy in self:
            records = self.env[policy.model_name]
            for name in DOMAIN_FIELDS:
                check_domain(
                    records, policy[name], self._fields[name]._description_string(self.env)
                )
            if not policy.stop_domain or policy.stop_domain == "[]":
                raise ValidationError(
                    self.env._("Stops when: say what “%s” waits for.", policy.name)
                )

    def _check_rights(self):
        """Who sets up a policy must be allowed to read what it asks of the records, and to
        enter the companies it is for.

        Called with the rights of whoever writes; Odoo runs constraints as superuser.
        """
        if self.env.su:
            return
        check_companies(self)
        for policy in self:
            records = self.env[policy.model_name]
            records.check_access("read")
            for name in DOMAIN_FIELDS:
                check_domain_readable(
                    records, policy[name], self._fields[name]._description_string(self.env)
                )
            for target in policy.target_ids:
                target._check_rights(records)
