from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..authoring import check_companies, check_domain, check_domain_readable

HOURS = [
    ("site", "Working hours of the site"),
    ("always", "Around the clock"),
    ("calendar", "Hours of a calendar"),
]


class OpsSlaTarget(models.Model):
    """How much time a policy gives to which of its records, and which hours count."""

    _name = "ops.sla.target"
    _description = "Service-Level Target"
    _order = "sequence, id"

    policy_id = fields.Many2one("ops.sla.policy", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    name = fields.Char(
        required=True, translate=True, help="What sets these records apart, such as Life support."
    )
    model_name = fields.Char(related="policy_id.model_name")
    domain = fields.Char(
        string="For which", default="[]", help="Empty: for all that no target above fits."
    )
    budget_hours = fields.Float(
        string="Budget (hours)", required=True, default=8.0, help="Hours until it is breached."
    )
    at_risk_percent = fields.Integer(
        string="At risk at (%)",
        required=True,
        default=75,
        aggregator=None,
        help="Share of the budget from which a clock is shown and reported as at risk.",
    )
    hours = fields.Selection(
        HOURS,
        string="Hours that count",
        required=True,
        default="site",
        help="A record without site is measured by the working hours of its company. What keeps "
        "people alive does not wait for opening hours: choose around the clock.",
    )
    calendar_id = fields.Many2one("resource.calendar", ondelete="restrict")

    _budget_positive = models.Constraint(
        "CHECK (budget_hours > 0 AND budget_hours <= 87600)",
        "Budget: give a number of hours greater than zero, and ten years at most.",
    )
    _at_risk_share = models.Constraint(
        "CHECK (at_risk_percent BETWEEN 1 AND 100)", "At risk at: give a share from 1 to 100 %."
    )
    _calendar_named = models.Constraint(
        "CHECK (hours <> 'calendar' OR calendar_id IS NOT NULL)",
        "Calendar: choose the calendar whose hours count.",
    )

    @api.constrains("domain", "policy_id")
    def _check_domain(self):
        for target in self:
            label = self._fields["domain"]._description_string(self.env)
            check_domain(self.env[target.model_name], target.domain, label)

    @api.constrains("calendar_id", "policy_id")
    def _check_calendar_company(self):
        for target in self:
            company, calendar = target.policy_id.company_id, target.calendar_id
            if calendar.company_id and calendar.company_id != company:
                raise ValidationError(
                    self.env._(
                        "Calendar: “%(calendar)s” belongs to %(company)s. Choose a shared one, or "
                        "make the policy one of that company.",
                        calendar=calendar.name,
                        company=calendar.company_id.name,
                    )
                )

    def _check_rights(self, records):
        """Whoever writes must be allowed to read what the target asks of ``records``."""
        label = self._fields["domain"]._description_string(self.env)
        check_domain_readable(records, self.domain, label)

    def _snapshot(self):
        """The target as plain values."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "domain": self.domain or "[]",
            "budget_seconds": round(self.budget_hours * 3600),
            "at_risk_percent": self.at_risk_percent,
            "hours": self.hours,
            "calendar": self.calendar_id.id if self.hours == "calendar" else False,
        }

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets._policies_changed()
        return targets

    def write(self, vals):
        if "policy_id" in vals and any(each.policy_id.id != vals["policy_id"] for each in self):
            raise UserError(self.env._("Policy: a target stays with its policy. Make a new one."))
        result = super().write(vals)
        self._policies_changed()
        return result

    def unlink(self):
        policies = self.policy_id
        check_companies(policies)
        result = super().unlink()
        policies.exists()._changed()
        return result

    def _policies_changed(self):
        for target in self:
            if not self.env.su:
                target._check_rights(self.env[target.model_name])
        check_companies(self.policy_id)
        self.policy_id._changed()
