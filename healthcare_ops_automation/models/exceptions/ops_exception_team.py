from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command


class OpsExceptionTeam(models.Model):
    """People who work on exceptions together. One of them answers for it: always."""

    _name = "ops.exception.team"
    _description = "Exception Team"
    _order = "company_id, sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short code, unique in the company.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    responsible_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        help="Answers for what the team has not taken yet, and gets what a member leaves behind.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "ops_exception_team_member_rel",
        "team_id",
        "user_id",
        string="Members",
        help="They may work on all the team's exceptions. The responsible person is one of them.",
    )
    site_ids = fields.Many2many(
        "ops.site",
        "ops_exception_team_site_rel",
        "team_id",
        "site_id",
        string="Sites",
        check_company=True,
        help="Where the team works, for information. Which exceptions it gets is said by the "
        "assignment rules.",
    )
    open_count = fields.Integer(compute="_compute_open_counts", string="Open exceptions")
    untaken_count = fields.Integer(compute="_compute_open_counts", string="Without owner")

    _code_uniq = models.UniqueIndex(
        "(company_id, code)", "Another team of this company has this code. Choose another code."
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_open_counts(self):
        exceptions = self.env["ops.exception"]
        opened, untaken = {}, {}
        if exceptions.has_access("read"):
            domain = [("team_id", "in", self.ids), ("is_open", "=", True)]
            opened = dict(exceptions._read_group(domain, ["team_id"], ["__count"]))
            domain += [("user_id", "=", False)]
            untaken = dict(exceptions._read_group(domain, ["team_id"], ["__count"]))
        for team in self:
            team.open_count = opened.get(team._origin, 0)
            team.untaken_count = untaken.get(team._origin, 0)

    @api.constrains("company_id")
    def _check_exceptions(self):
        for team in self:
            # sudo: what the team has, whoever may see it
            foreign = [("team_id", "=", team.id), ("company_id", "!=", team.company_id.id)]
            if self.env["ops.exception"].sudo().search_count(foreign, limit=1):
                raise ValidationError(
                    self.env._(
                        "Company: “%s” has exceptions of another company. Create a team for "
                        "each company.",
                        team.name,
                    )
                )

    @api.constrains("responsible_id", "member_ids", "company_id", "active")
    def _check_people(self):
        for team in self.filtered("active"):
            # sudo: who else is in a company is not everybody's to read, whether this one is, is
            person = team.responsible_id.sudo()
            if not person.active:
                raise ValidationError(
                    self.env._(
                        "Responsible: %(person)s is archived. Choose somebody who can answer "
                        "for “%(team)s”.",
                        person=person.name,
                        team=team.name,
                    )
                )
            if not self.env["ops.exception"].with_user(person).has_access("write"):
                raise ValidationError(
                    self.env._(
                        "Responsible: %(person)s lacks the role Operations user, and so cannot "
                        "answer for “%(team)s”.",
                        person=person.name,
                        team=team.name,
                    )
                )
            for each in person | team.member_ids.sudo():
                if team.company_id not in each.company_ids:
                    raise ValidationError(
                        self.env._(
                            "%(person)s does not work for %(company)s, and so cannot be in its "
                            "team “%(team)s”.",
                            person=each.name,
                            company=team.company_id.name,
                            team=team.name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        teams._keep_responsible_among_members()
        return teams

    def write(self, vals):
        closing = self.filtered("active") if vals.get("active") is False else self.browse()
        result = super().write(vals)
        if closing:
            self.env["ops.exception"]._hand_on_of_teams(closing)
        if {"responsible_id", "member_ids"} & vals.keys():
            self._keep_responsible_among_members()
        return result

    def _keep_responsible_among_members(self):
        for team in self:
            if team.responsible_id not in team.member_ids:
                team.member_ids = [Command.link(team.responsible_id.id)]

    def action_open_exceptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_exception_action"
        )
        return {
            **action,
            "domain": [("team_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }
