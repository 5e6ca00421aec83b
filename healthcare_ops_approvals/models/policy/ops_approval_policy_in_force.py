from odoo import api, models, tools

from .part import PUBLISHED


class OpsApprovalPolicy(models.Model):
    """Which policy documents go by."""

    _inherit = "ops.approval.policy"

    @api.model
    def _in_force(self, company, model_name):
        """The published version for documents of a company: of its own policy, of that of the
        companies above it, or of the policy for every company.

        :param company: one ``res.company``
        :return: one ``ops.approval.policy.version`` in sudo, or none
        """
        # sudo: whoever works with a document is bound by its policy, and need not read it
        versions = self.env["ops.approval.policy.version"].sudo()
        return versions.browse(self._in_force_id(company.id, model_name))

    @api.model
    def _is_armed(self, company, model_name):
        """Whether documents of this model need an approval in the company."""
        return bool(self._in_force_id(company.id, model_name))

    @api.model
    @tools.ormcache("company_id", "model_name")
    def _in_force_id(self, company_id, model_name):
        # sudo: as in _in_force
        company = self.env["res.company"].sudo().browse(company_id)
        upwards = [*map(int, reversed(company.parent_path.split("/")[:-1])), False]
        versions = self.env["ops.approval.policy.version"].sudo()._ops_engine()
        found = versions.search(
            [
                ("state", "=", PUBLISHED),
                ("policy_id.active", "=", True),
                ("policy_id.model_name", "=", model_name),
                ("policy_id.company_id", "in", upwards),
            ]
        )
        by_company = {each.policy_id.company_id.id: each.id for each in found}
        return next((by_company[each] for each in upwards if each in by_company), False)

    @api.model
    def _forget_in_force(self):
        """Have everybody look anew which version is in force.

        Once more after the commit: somebody served meanwhile, by another thread of this process,
        remembers what was in force before.
        """
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)
