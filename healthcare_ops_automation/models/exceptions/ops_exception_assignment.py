from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .ops_exception_category import SEVERITIES

RANK = {code: rank for rank, (code, _label) in enumerate(SEVERITIES)}


class OpsExceptionAssignment(models.Model):
    """Who gets a new exception, by category, site and severity. The first rule that matches
    and leads to somebody wins; without one it is the category's owner, else the manager of
    the site."""

    _name = "ops.exception.assignment"
    _description = "Assignment Rule of Exceptions"
    _order = "sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(compute="_compute_name", string="Rule")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: every company.",
    )
    category_id = fields.Many2one(
        "ops.exception.category", index=True, ondelete="cascade", help="Empty: every category."
    )
    site_ids = fields.Many2many(
        "ops.site",
        "ops_exception_assignment_site_rel",
        "rule_id",
        "site_id",
        string="Sites",
        check_company=True,
        help="Each with the sites that are part of it. Empty: every site, and what belongs to "
        "none.",
    )
    severity_from = fields.Selection(
        SEVERITIES, string="From severity", help="This one and higher ones. Empty: all."
    )
    team_id = fields.Many2one(
        "ops.exception.team",
        string="To team",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Its members see it as theirs, and one of them takes it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="To owner",
        index=True,
        ondelete="restrict",
        help="When this person is archived or does not see the site, it goes to the responsible "
        "person of the team.",
    )

    _somebody = models.Constraint(
        "CHECK (team_id IS NOT NULL OR user_id IS NOT NULL)",
        "Choose a team, an owner, or both: the rule must lead to somebody.",
    )

    @api.depends("category_id", "site_ids", "severity_from", "team_id", "user_id")
    @api.depends_context("lang")
    def _compute_name(self):
        severities = dict(self._fields["severity_from"]._description_selection(self.env))
        for rule in self:
            what = rule.category_id.name or self.env._("Everything")
            if rule.severity_from:
                what = self.env._(
                    "%(what)s from “%(severity)s”",
                    what=what,
                    severity=severities[rule.severity_from],
                )
            if rule.site_ids:
                what = f"{what}, {', '.join(rule.site_ids.mapped('code'))}"
            to = [rule.team_id.name, rule.user_id.name]
            rule.name = f"{what} → {', '.join(filter(None, to))}"

    @api.constrains("user_id", "company_id", "active")
    def _check_owner(self):
        for rule in self.filtered("active"):
            owner = rule.user_id.sudo()  # whether the person works for the company
            if owner and not owner.active:
                raise ValidationError(
                    self.env._("To owner: %s is archived. Choose somebody else.", owner.name)
                )
            if owner and rule.company_id and rule.company_id not in owner.company_ids:
                raise ValidationError(
                    self.env._(
                        "To owner: %(person)s does not work for %(company)s.",
                        person=owner.name,
                        company=rule.company_id.name,
                    )
                )

    @api.model
    def _assignee(self, category, company, site, severity):
        """Who gets an exception by the rules.

        :return: (team, owner), either or both empty
        """
        _rule, team, owner = self._deciding(category, company, site, severity)
        return team, owner

    @api.model
    def _deciding(self, category, company, site, severity):
        """The rule that says who gets an exception, and whom it says.

        :return: (rule, team, owner), each empty where no rule leads to anybody
        """
        # sudo: exceptions are raised whoever's work causes them
        rules = self.sudo().search(
            [
                ("company_id", "in", (company.id, False)),
                ("category_id", "in", (category.id, False)),
            ]
        )
        for rule in rules:
            if rule._matches(site, severity):
                team, owner = rule._leads_to(company, site)
                if team or owner:
                    return tuple(each.with_env(self.env) for each in (rule, team, owner))
        return self.browse(), self.team_id, self.user_id

    def _matches(self, site, severity):
        if self.severity_from and RANK[severity] < RANK[self.severity_from]:
            return False
        return not self.site_ids or site._is_within(self.site_ids)

    def _leads_to(self, company, site):
        """Team and owner that can take something of the place now."""
        team = self.team_id.filtered(lambda each: each.active and each.company_id == company)
        exceptions = self.env["ops.exception"]
        owner = exceptions._who_see(self.user_id, company, site)
        if self.user_id and not owner:
            owner = exceptions._who_see(team.responsible_id, company, site)
        return team, owner
