from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, formatLang

from odoo.addons.healthcare_ops_automation.models.authoring import (
    check_domain,
    check_domain_readable,
)

from ...core.route import APPROVE, NONE

OUTCOMES = [(APPROVE, "Has to be approved"), (NONE, "Nobody has to approve")]

# Not the document's own date, which whoever asks can set.
VALID_HELP = "The day on which approval is asked for; this day included."


class OpsApprovalRow(models.Model):
    """Which documents go which way: by place, kind, amount, date, and a filter.

    Rows are tried from the top; the first that matches a document is its row.
    """

    _name = "ops.approval.row"
    _description = "Approval Policy Row"
    _inherit = ["ops.approval.policy.part"]
    _order = "version_id, sequence, id"

    version_id = fields.Many2one(
        "ops.approval.policy.version", required=True, index=True, ondelete="cascade"
    )
    version_state = fields.Selection(related="version_id.state")
    policy_company_id = fields.Many2one(
        related="version_id.company_id", string="Company of the policy"
    )
    model_name = fields.Char(related="version_id.model_name")
    currency_id = fields.Many2one(related="version_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="Band", required=True, translate=True, help="In a word or two, such as Routine."
    )
    company_id = fields.Many2one(
        "res.company",
        ondelete="restrict",
        index="btree_not_null",
        help="And its branches. Empty: every company that the policy is for.",
    )
    site_id = fields.Many2one(
        "ops.site",
        ondelete="restrict",
        help="And the sites that are part of it. Empty: documents of every site, and of none.",
    )
    department_id = fields.Many2one(
        "hr.department",
        ondelete="restrict",
        help="And the departments below it. Empty: every department.",
    )
    category_model = fields.Char(compute="_compute_category_model", store=True)
    category_id = fields.Many2oneReference(
        model_field="category_model",
        help="And the categories below it. A row that asks for approval is for documents with "
        "any line of the category; a row by which nobody has to approve is only for documents "
        "all of whose lines are of the category.",
    )
    amount_from = fields.Monetary(
        string="From (≥)", help="This amount belongs to the band. 0: no lower limit."
    )
    amount_to = fields.Monetary(
        string="To (<)", help="This amount belongs to the next band. 0: no upper limit."
    )
    domain = fields.Char(
        string="Only if",
        default="[]",
        help="A filter on the documents. It is asked last, with the rights of the system.",
    )
    date_from = fields.Date(string="Valid from", help=VALID_HELP)
    date_to = fields.Date(string="Valid until", help=VALID_HELP)
    outcome = fields.Selection(OUTCOMES, required=True, default=APPROVE)
    stage_ids = fields.One2many("ops.approval.stage", "row_id", string="Stages", copy=True)

    _amounts = models.Constraint(
        "CHECK (amount_from >= 0 AND amount_to >= 0)", "Amounts: give zero or more."
    )
    _band = models.Constraint(
        "CHECK (COALESCE(amount_to, 0) = 0 OR amount_to > COALESCE(amount_from, 0))",
        "To (<): give an amount above the one the band starts from, or 0 for no upper limit.",
    )
    _period = models.Constraint(
        "CHECK (date_to >= date_from)", "Valid until: give a day not before the first one."
    )

    @api.depends("version_id.policy_id.model_id")
    def _compute_category_model(self):
        for row in self:
            model = self.env.get(row.version_id.policy_id.model_name)
            row.category_model = model is not None and model._approval_category_model

    def _version(self):
        return self.version_id

    def _parent_field(self):
        return "version_id"

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("domain", "version_id")
    def _check_domain(self):
        for row in self:
            check_domain(self.env[row.model_name], row.domain, self._label("domain"))

    @api.constrains("company_id", "site_id", "department_id", "version_id")
    def _check_companies(self):
        for row in self:
            policy_company = row.policy_company_id
            company = row.company_id or policy_company
            if not self._is_within(row.company_id, policy_company):
                raise ValidationError(
                    self.env._(
                        "Company: “%(row)s” is for %(company)s, and its policy for %(policy)s.",
                        row=row.name,
                        company=row.company_id.display_name,
                        policy=policy_company.display_name,
                    )
                )
            for place in (row.site_id, row.department_id):
                if place and not self._is_within(place.company_id, company):
                    raise ValidationError(
                        self.env._(
                            "%(label)s: “%(place)s” does not belong to %(company)s, which the "
                            "row “%(row)s” is for.",
                            label=place._description,
                            place=place.display_name,
                            company=company.display_name,
                            row=row.name,
                        )
                    )

    @staticmethod
    def _is_within(company, above):
        return not company or not above or above in company.parent_ids

    @api.constrains("category_id", "category_model")
    def _check_category(self):
        for row in self.filtered("category_id"):
            if not row.category_model or not row._category().exists():
                raise ValidationError(
                    self.env._("Category: the one chosen for “%s” does not exist.", row.name)
                )

    def _check_author(self):
        if self.env.su:
            return
        for row in self:
            check_domain_readable(self.env[row.model_name], row.domain, self._label("domain"))

    # -- in words -------------------------------------------------------------------------

    def _band_in_words(self):
        """The amounts of the band: "≥ 1,000.00 € and < 5,000.00 €"."""
        self.ensure_one()
        env = self.env

        def said(amount):
            return formatLang(env, amount, currency_obj=self.currency_id)

        if self.amount_from and self.amount_to:
            return env._(
                "≥ %(from)s and < %(to)s",
                **{"from": said(self.amount_from), "to": said(self.amount_to)},
            )
        if self.amount_from:
            return env._("≥ %s", said(self.amount_from))
        if self.amount_to:
            return env._("< %s", said(self.amount_to))
        return env._("any amount")

    def _scope_in_words(self):
        """What else the row asks, as a list of words; empty when it asks nothing."""
        self.ensure_one()
        env = self.env
        row = self.sudo()  # sudo: names of places that the reader need not open
        told = []
        if row.company_id:
            told.append(env._("company %s", row.company_id.name))
        if row.site_id:
            told.append(env._("site %s and what is part of it", row.site_id.display_name))
        if row.department_id:
            told.append(env._("department %s and below", row.department_id.display_name))
        if row.category_id:
            name = row._category().display_name
            if not env[row.model_name]._approval_category_by_part:
                told.append(env._("only %s", name))
            elif row.outcome == NONE:
                told.append(env._("all lines in category %s", name))
            else:
                told.append(env._("a line in category %s", name))
        if row.date_from and row.date_to:
            told.append(
                env._(
                    "from %(first)s until %(last)s",
                    first=format_date(env, row.date_from),
                    last=format_date(env, row.date_to),
                )
            )
        elif row.date_from:
            told.append(env._("from %s on", format_date(env, row.date_from)))
        elif row.date_to:
            told.append(env._("until %s", format_date(env, row.date_to)))
        if row._has_domain():
            told.append(env._("the filter %s", row.domain))
        return told

    def _in_words(self):
        """All that the row asks, in words."""
        return ", ".join([self._band_in_words(), *self._scope_in_words()])

    def _label(self, name):
        return self._fields[name]._description_string(self.env)

    def _category(self):
        """The record that ``category_id`` names, or none."""
        self.ensure_one()
        if not self.category_model or self.category_model not in self.env:
            return self.browse()
        return self.env[self.category_model].browse(self.category_id or ())

    def _has_domain(self):
        return bool(self.domain) and self.domain.strip() != "[]"
