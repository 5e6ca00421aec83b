from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command

from ..policy.ops_approval_stage import SITE_MANAGER, SITE_ROLE

REQUEST = "ops.request"
# A starting point that whoever edits the draft can change.
DUE_HOURS = 16.0


class OpsRequestCategory(models.Model):
    """Who approves requests of a kind: the rows of the policy about requests."""

    _inherit = "ops.request.category"

    standing = fields.Selection(
        [
            ("open", "Open"),
            ("no_row", "No row of the policy is about it"),
            ("no_policy", "No policy about requests is in force"),
        ],
        compute="_compute_standing",
        help="Whether somebody approves requests of this kind in the present company.",
    )
    row_count = fields.Integer(string="Rows about it", compute="_compute_row_count")

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_standing(self):
        policies = self.env["ops.approval.policy"]
        rows = {}
        for category in self:
            company = self.env.company
            if category.company_id and category.company_id not in company.parent_ids:
                company = category.company_id
            if company not in rows:
                version = policies._in_force(company, REQUEST)
                rows[company] = version._rows() if version else None
            if rows[company] is None:
                category.standing = "no_policy"
            else:
                about = rows[company].filtered(category._is_routed_by)
                category.standing = "open" if about else "no_row"

    def _is_routed_by(self, row):
        """Whether a row may be that of a request of this kind."""
        return not row.category_id or row.category_id == self.id

    @api.depends_context("company", "uid")
    def _compute_row_count(self):
        rows = self.env["ops.approval.row"]
        readable = rows.has_access("read")
        for category in self:
            category.row_count = rows.search_count(category._row_domain()) if readable else 0

    def _row_domain(self):
        """Rows of policies in force or being drafted that may be about this kind."""
        self.ensure_one()
        return [
            ("version_id.policy_id.model_name", "=", REQUEST),
            ("version_id.state", "in", ("draft", "published")),
            ("category_id", "in", (False, 0, self.id)),
        ]

    def action_open_rows(self):
        """Who approves requests of this kind."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_approvals.ops_approval_row_action"
        )
        return {
            **action,
            "name": self.env._("Who approves: %s", self.name),
            "domain": self._row_domain(),
            "context": {"search_default_group_version": 1, "create": False},
        }

    def action_draft_row(self):
        """Have the draft of the policy about requests say something about this kind, and open it.

        Makes the policy and its draft where there are none. Nothing is in force before somebody
        else publishes it.
        """
        self.ensure_one()
        if not self.env.user.has_group("healthcare_ops_automation.group_ops_admin"):
            raise AccessError(
                self.env._("Only operations administrators say who approves requests.")
            )
        policy = self._policy() or self._create_policy()
        policy.action_new_draft()
        policy.invalidate_recordset()
        draft = policy.draft_version_id
        if not draft._rows().filtered(lambda row: row.category_id == self.id):
            self._create_row(draft)
        return draft._get_records_action()

    def _policy(self):
        """The policy about requests of the company that this kind is for, or the present one."""
        company = self.company_id or self.env.company
        found = self.env["ops.approval.policy"].search(
            [("model_name", "=", REQUEST), ("company_id", "in", (company.id, False))]
        )
        own = found.filtered("company_id")
        return (own or found)[:1]

    def _create_policy(self):
        company = self.company_id or self.env.company
        return self.env["ops.approval.policy"].create(
            {
                "name": self.env._("Requests"),
                "model_id": self.env["ir.model"]._get_id(REQUEST),
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "owner_id": self.env.uid,
            }
        )

    def _create_row(self, draft):
        """A row about this kind alone, above those about every kind."""
        first = draft._rows()[:1].sequence
        stage = {
            "name": self.env._("Site"),
            "approver_kind": SITE_ROLE,
            "site_role": SITE_MANAGER,
            "due_hours": DUE_HOURS,
        }
        return self.env["ops.approval.row"].create(
            {
                "version_id": draft.id,
                "sequence": first - 1,
                "name": self.name,
                "category_id": self.id,
                "stage_ids": [Command.create(stage)],
            }
        )
