from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class OpsApprovalTrial(models.TransientModel):
    """Try a version of a policy on a document: which way it would go, and why."""

    _name = "ops.approval.trial"
    _description = "Trial of an Approval Policy"

    version_id = fields.Many2one(
        "ops.approval.policy.version", required=True, readonly=True, ondelete="cascade"
    )
    model_name = fields.Char(related="version_id.model_name")
    res_id = fields.Many2oneReference(string="Document", model_field="model_name")
    answer = fields.Html(compute="_compute_answer", sanitize=False, string="Which way, and why")

    @api.depends("version_id", "res_id")
    @api.depends_context("lang", "uid")
    def _compute_answer(self):
        for trial in self:
            trial.answer = trial.res_id and trial.version_id and trial._answered()

    def _answered(self):
        # With the rights of whoever tries: only documents and policies that they may read.
        self.version_id.check_access("read")
        document = self.env[self.model_name].browse(self.res_id)
        document.check_access("read")
        try:
            told = self.env["ops.approval.policy"]._explain(document, self.version_id)
        except UserError as error:
            return Markup("<p>%s</p>") % str(error)
        problems = set(told["problems"])
        items = Markup().join(
            Markup('<li class="%s">%s</li>')
            % ("text-danger" if sentence in problems else "", sentence)
            for sentence in told["sentences"]
        )
        return Markup("<ul>%s</ul>") % items


class OpsApprovalPolicyVersion(models.Model):
    _inherit = "ops.approval.policy.version"

    def action_try(self):
        """Open the trial of this version."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try %s", self.display_name),
            "res_model": "ops.approval.trial",
            "view_mode": "form",
            "target": "new",
            "context": {"default_version_id": self.id},
        }


class OpsApprovalPolicy(models.Model):
    _inherit = "ops.approval.policy"

    def action_try(self):
        """Open the trial of what is in force, or of the draft."""
        self.ensure_one()
        return self.shown_version_id.action_try()
