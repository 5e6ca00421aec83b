from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

PANEL = ("ops_approval_panel", "notice", "ops.approval.request")
BUTTON = ("ops_record_approvals", "button", "ops.approval.request")


class OpsApprovalMixin(models.AbstractModel):
    """The form of every document under approval says how its approval stands.

    How it works: the panel and the button of its requests are put into the form as soon as a
    policy was ever published for the model, or something was submitted. What they show is asked
    for once the form is shown (static/src/approval_panel, record_approvals): a company without a
    policy sees nothing of it.
    """

    _inherit = "ops.approval.mixin"

    approval_waits_for_me = fields.Boolean(
        string="Waits for my approval",
        compute="_compute_approval_waits_for_me",
        search="_search_approval_waits_for_me",
    )

    @api.depends_context("uid")
    def _compute_approval_waits_for_me(self):
        waiting = self.search([("id", "in", self.ids), ("approval_waits_for_me", "=", True)])
        for document in self:
            document.approval_waits_for_me = document in waiting

    @api.model
    def _search_approval_waits_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = [("res_model", "=", self._name), ("waits_for_me", "=", True)]
        query = self.env["ops.approval.request"]._search(mine)
        waiting = Domain("id", "in", query.subselect("res_id"))
        return waiting if set(value) == {True} else ~waiting if set(value) == {False} else []

    @api.model
    def _ops_form_widgets(self):
        widgets = super()._ops_form_widgets()
        return (*widgets, PANEL, BUTTON) if self._ops_is_under_approval() else widgets

    @api.model
    def _ops_is_under_approval(self):
        """Whether a policy for this model was ever published, or anything was submitted."""
        if self._abstract or self._transient:
            return False
        for model in ("ops.approval.policy", "ops.approval.policy.version", "ops.approval.request"):
            self.env[model].flush_model()
        found = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM ops_approval_policy policy"
                " JOIN ops_approval_policy_version version ON version.policy_id = policy.id"
                " WHERE policy.model_name = %(model)s AND version.state <> 'draft')"
                " OR EXISTS (SELECT FROM ops_approval_request WHERE res_model = %(model)s)",
                model=self._name,
            )
        )
        return found[0][0]
