from odoo import api, fields, models
from odoo.tools import formatLang

from ...core.route import NONE
from .ops_approval_stage import DUE, GROUP, SITE_APPROVERS, SITE_MANAGERS, SITE_ROLE
from .plan_words import due_in_words, mode_in_words

REPORT = "healthcare_ops_approvals.report_approval_policy"
TABLE = "healthcare_ops_approvals.approval_policy_table"


class OpsApprovalPolicyVersion(models.Model):
    """The version as a table: bands down, steps across, and in each cell who decides."""

    _inherit = "ops.approval.policy.version"

    table = fields.Html(compute="_compute_table", sanitize=False)

    @api.depends("row_ids", "row_ids.stage_ids", "state")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_table(self):
        for version in self:
            if not version.id or not version.row_ids:
                version.table = False
                continue
            version.table = self.env["ir.qweb"]._render(TABLE, {"table": version._as_table()})

    def _as_table(self):
        """What the page shows, in words: a dict of ``steps`` and ``lines``.

        Rows that the reader may not see are left out; the others keep their numbers.
        """
        self.ensure_one()
        readable = self.env["ops.approval.row"].search([("version_id", "=", self.id)])
        stages = self._stages()
        lines = [
            row._line(number, stages.get(row, ()))
            for number, row in enumerate(self._rows(), 1)
            if row.id in readable._ids
        ]
        return {
            "steps": sorted({step for line in lines for step in line["cells"]}),
            "lines": lines,
        }

    def _about(self):
        """What the page says about the version besides its table: pairs of label and text."""
        self.ensure_one()
        env, version = self.env, self.sudo()  # sudo: names of people and companies
        facts = [
            (env._("Documents"), version.model_label),
            (env._("Company"), version.company_id.name or env._("Every company without its own")),
            (env._("Amounts in"), version.currency_id.name),
            (env._("Tolerance"), version._tolerance_in_words()),
            (
                env._("When approved"),
                env._("Confirmed at once, in the name of who submitted it")
                if version.confirm_on_approval
                else env._("Confirmed by a person"),
            ),
        ]
        if version.policy_id.owner_id:
            facts.append((env._("Owner"), version.policy_id.owner_id.name))
        return facts

    def _tolerance_in_words(self):
        if not (self.tolerance_percent and self.tolerance_amount):
            return self.env._("None: any increase after approval asks again")
        return self.env._(
            "Up to %(percent)s %% and %(amount)s more than was approved",
            percent=f"{self.tolerance_percent:g}",
            amount=formatLang(self.env, self.tolerance_amount, currency_obj=self.currency_id),
        )

    def action_print(self):
        """Open the version as a page to read and print."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/report/html/{REPORT}/{','.join(map(str, self.ids))}",
            "target": "new",
        }

    def _file_name(self):
        return self.display_name


class OpsApprovalPolicy(models.Model):
    _inherit = "ops.approval.policy"

    shown_version_id = fields.Many2one(
        "ops.approval.policy.version", compute="_compute_shown_version_id"
    )
    table = fields.Html(compute="_compute_shown_version_id", sanitize=False)
    row_count = fields.Integer(string="Rows", compute="_compute_shown_version_id")

    @api.depends("version_ids.state", "version_ids.row_ids")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_shown_version_id(self):
        for policy in self:
            shown = policy.published_version_id or policy.draft_version_id
            policy.shown_version_id = shown or policy.version_ids[:1]
            policy.table = policy.shown_version_id.table
            policy.row_count = len(policy.shown_version_id.row_ids)

    def action_print(self):
        """Open what is in force, or the draft, as a page to read and print."""
        self.ensure_one()
        return self.shown_version_id.action_print()


class OpsApprovalRow(models.Model):
    _inherit = "ops.approval.row"

    band = fields.Char(string="Amount", compute="_compute_words")
    scope = fields.Char(string="Where and what", compute="_compute_words")
    way = fields.Char(string="Approved by", compute="_compute_words")

    @api.depends(
        "amount_from",
        "amount_to",
        "site_id",
        "department_id",
        "category_id",
        "company_id",
        "date_from",
        "date_to",
        "domain",
        "outcome",
        "stage_ids.name",
        "stage_ids.step",
    )
    @api.depends_context("lang")
    def _compute_words(self):
        for row in self:
            row.band = row._band_in_words()
            row.scope = ", ".join(row._scope_in_words())
            row.way = row._way_in_words()

    def _way_in_words(self):
        """The stages: "Ward → Finance + Procurement"."""
        if self.outcome == NONE:
            return self.env._("Nobody has to approve")
        by_step = {}
        for stage in self.stage_ids.sorted(lambda each: each.step):
            by_step.setdefault(stage.step, []).append(stage.name or "")
        return " → ".join(" + ".join(names) for names in by_step.values())

    def _line(self, number, stages):
        """The row of the table, in words."""
        cells = {}
        if self.outcome != NONE:
            for stage in stages:
                cells.setdefault(stage.step, []).append(stage._cell())
        return {
            "number": number,
            "name": self.name,
            "band": self._band_in_words(),
            "scope": self._scope_in_words(),
            "nobody": self.outcome == NONE,
            "cells": cells,
        }


class OpsApprovalStage(models.Model):
    _inherit = "ops.approval.stage"

    def _cell(self):
        """The stage in the table, in words: name, who, how many, due, and notes."""
        env = self.env
        notes = [env._("not the %s", self._field_label(name)) for name in self._excluded()]
        if self.escalation_policy_id and self.escalates_from == DUE and self.due_hours:
            notes.append(env._("once it is due: %s", self.escalation_policy_id.name))
        elif self.escalation_policy_id:
            notes.append(env._("then: %s", self.escalation_policy_id.name))
        if not self.distinct:
            notes.append(env._("may decide in another stage, too"))
        return {
            "name": self.name,
            "who": self.who,
            "mode": mode_in_words(env, self.mode, self.quorum) if self._may_be_several() else "",
            "due": due_in_words(env, self.due_hours, self.ask_pauses),
            "notes": notes,
        }

    def _may_be_several(self):
        """Whether more than one person can be asked, so that it matters how many."""
        if self.approver_kind == SITE_ROLE:
            return self.site_role in (SITE_APPROVERS, SITE_MANAGERS)
        return self.approver_kind == GROUP or len(self.user_ids) > 1
