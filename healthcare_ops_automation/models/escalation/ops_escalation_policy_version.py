from odoo import fields, models


class OpsEscalationPolicyVersion(models.Model):
    """What a policy said at a time: runs follow the version that they began with."""

    _name = "ops.escalation.policy.version"
    _description = "Escalation Policy Version"
    _order = "policy_id, version desc"

    policy_id = fields.Many2one(
        "ops.escalation.policy", required=True, index=True, ondelete="cascade", readonly=True
    )
    version = fields.Integer(required=True, readonly=True)
    plan = fields.Json(required=True, readonly=True)
    summary = fields.Text(string="Steps", readonly=True)

    _version_uniq = models.UniqueIndex(
        "(policy_id, version)", "Somebody else has just changed the policy. Load it again."
    )

    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._("Version %s", version.version)
