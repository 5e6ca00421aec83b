from odoo import api, fields, models
from odoo.exceptions import UserError


class BaseAutomation(models.Model):
    """Rules that a service-level policy keeps: they stand in Odoo's list, but belong to it."""

    _inherit = "base.automation"

    ops_sla_policy_id = fields.Many2one(
        "ops.sla.policy",
        string="Service-level policy",
        readonly=True,
        copy=False,
        ondelete="cascade",
        index="btree_not_null",
        help="The rule belongs to this policy and is changed with it.",
    )

    _sla_policy_uniq = models.UniqueIndex(
        "(ops_sla_policy_id) WHERE ops_sla_policy_id IS NOT NULL",
        "The service-level policy has its rule already.",
    )

    def _process(self, records, domain_post=None):
        # Odoo runs actions record by record, and each once. Clocks follow all the records at
        # once and every time, because a later change in the same work may stop them.
        policy = self.sudo().ops_sla_policy_id
        if not policy:
            return super()._process(records, domain_post=domain_post)
        changed = records.filtered(self._check_trigger_fields)
        if changed:
            policy._follow_guarded(changed)
        return None

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get("ops_sla_policy_id") for vals in vals_list):
            raise UserError(self.env._("The rule of a service-level policy is made by the policy."))
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_of_a_policy()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_of_a_policy(self):
        self._check_not_of_a_policy()

    def _check_not_of_a_policy(self):
        if self.env.su:
            return
        # sudo: only whether there is a policy, and its name for the message
        for rule in self.sudo().filtered("ops_sla_policy_id"):
            raise UserError(
                self.env._(
                    "“%(rule)s” belongs to the service-level policy “%(policy)s”. Change or "
                    "archive the policy; its rule follows.",
                    rule=rule.name,
                    policy=rule.ops_sla_policy_id.name,
                )
            )
