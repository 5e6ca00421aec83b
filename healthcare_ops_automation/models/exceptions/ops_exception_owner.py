from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .ops_exception_flow import MANAGER


class OpsException(models.Model):
    """Who works on an exception: an owner, or a team in which somebody answers for it."""

    _inherit = "ops.exception"

    team_id = fields.Many2one(
        "ops.exception.team",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', '=', company_id)]",
    )
    responsible_id = fields.Many2one(
        "res.users",
        compute="_compute_responsible_id",
        help="The owner; until somebody takes it, the responsible person of the team.",
    )
    in_work_elsewhere = fields.Boolean(compute="_compute_in_work_elsewhere")
    may_take_over = fields.Boolean(compute="_compute_in_work_elsewhere")

    @api.depends("user_id", "team_id.responsible_id")
    def _compute_responsible_id(self):
        for exception in self:
            # sudo: who is responsible may be known to who reads the exception
            exception.responsible_id = exception.user_id or exception.team_id.sudo().responsible_id

    @api.depends("state", "user_id", "team_id.responsible_id")
    @api.depends_context("uid")
    def _compute_in_work_elsewhere(self):
        for exception in self:
            exception.in_work_elsewhere = (
                exception.state == "in_work"
                and bool(exception.user_id)
                and exception.user_id != self.env.user
            )
            exception.may_take_over = (
                exception.in_work_elsewhere and exception.may_work and exception._may_take_over()
            )

    # -- assigning --------------------------------------------------------------------------

    @api.model
    def _assign(self, category, company, site, severity, team=None, owner=None):
        """Who gets a new exception: who was named, whom the assignment rules say, the
        category's owner, the site's manager.

        :param team: ``ops.exception.team`` named by whoever raises it
        :param owner: ``res.users`` named by whoever raises it
        :return: (team, owner), either or both empty; nobody who would not see it
        """
        rules = self.env["ops.exception.assignment"]
        # sudo: named by the engine, whoever's work made it raise the exception
        named_team = (team or rules.team_id).sudo().filtered("active")
        named = self._who_see((owner or rules.user_id).sudo(), company, site)
        if named_team:
            return named_team, named
        team, owner = rules._assignee(category, company, site, severity)
        if named:
            return team, named
        if not team and not owner:
            owner = self._default_owner(category, company, site)
        return team, owner

    @api.model
    def _who_see(self, people, company, site):
        """Of ``people`` those who see exceptions of a place: in anybody else's hands they would
        be out of sight.

        :param people: ``res.users``, readable for the caller
        :param site: ``ops.site`` or empty
        """

        def sees(person):
            if not person.active or company not in person.company_ids:
                return False
            if site and person.ops_site_ids and site not in person.ops_scope_site_ids:
                return False
            return self.browse().with_user(person).has_access("read")

        return people.filtered(sees)

    def _default_owner(self, category, company, site):
        """Who gets what no rule is about: the category's owner, else the site's manager."""
        return self._who_see(category.user_id, company, site) or self._who_see(
            site.manager_id, company, site
        )

    def _hand_on(self, leaving):
        """Open exceptions of people who leave go to the responsible person of their team; those
        without a team to whom they would have gone had they been raised now.

        :param leaving: ``res.users`` that are being archived
        """
        # sudo: whoever may archive people need not see their exceptions
        left = self.sudo()._ops_engine()
        left.search([("user_id", "in", leaving.ids), ("is_open", "=", True)])._give_away(leaving)

    def _hand_on_of_teams(self, teams):
        """What waits for teams that are being archived goes to whom it would have gone now."""
        # sudo: whoever may archive teams need not see their exceptions
        left = self.sudo()._ops_engine()
        waiting = [("team_id", "in", teams.ids), ("user_id", "=", False), ("is_open", "=", True)]
        left.search(waiting)._give_away(self.env["res.users"])

    def _give_away(self, leaving):
        for exception in self:
            place = exception.company_id, exception.site_id
            team = exception.team_id.filtered("active")
            owner = exception._who_see(team.responsible_id, *place) - leaving
            if not owner and not team:
                team, owner = exception._assign(exception.category_id, *place, exception.severity)
                owner -= leaving
            values = {"user_id": owner.id, "team_id": team.id}
            if exception.state == "in_work":
                values["state"] = "triaged"  # whoever gets it has not begun
            exception.write(values)

    def _check_workable(self, vals):
        result = super()._check_workable(vals)
        if "user_id" in vals or vals.get("state") == "triaged":
            self._check_not_taken_away(vals.get("user_id"))
        if vals.get("user_id") and vals["user_id"] != self.env.uid:
            self._check_owner(self.env["res.users"].browse(vals["user_id"]))
        if vals.get("team_id"):
            self._check_team(self.env["ops.exception.team"].browse(vals["team_id"]))
        return result

    def _check_not_taken_away(self, owner_id):
        """What somebody has in work leaves their hands only by who may take it over."""
        for exception in self.filtered("in_work_elsewhere"):
            if owner_id != exception.user_id.id and not exception._may_take_over():
                raise exception._taken_error()

    def _check_owner(self, user):
        """Whoever gets it must be able to work on it: a role, the company, the site."""
        person = user.sudo()  # whether it is archived
        for exception in self:
            # With that person's own companies, not with those the current user has chosen.
            theirs = exception.with_user(user)._ops_engine()
            if not person.active or not theirs.has_access("write"):
                raise ValidationError(
                    self.env._(
                        "Owner: %(person)s cannot work on “%(exception)s”: archived, without the "
                        "role Operations user, or not at its site.",
                        person=person.name,
                        exception=exception.display_name,
                    )
                )

    def _check_team(self, team):
        for exception in self:
            if not team.active or team.company_id != exception.company_id:
                raise ValidationError(
                    self.env._(
                        "Team: “%(team)s” does not work for %(company)s.",
                        team=team.name,
                        company=exception.company_id.name,
                    )
                )

    # -- taking -----------------------------------------------------------------------------

    def action_take(self):
        """The current user takes the exceptions into work.

        Of two people who take one at the same moment the second transaction conflicts, is run
        again by Odoo, and finds it taken.

        :raise UserError: when none of them can be taken, saying why
        """
        opened = self.filtered("is_open")
        taken = opened.filtered("in_work_elsewhere")
        free = opened - taken
        if not free:
            raise (taken[:1]._taken_error() if taken else self[:1]._closed_error())
        free.write({"user_id": self.env.uid, "state": "in_work"})
        if free == self:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "%(taken)s taken. Closed or in work with somebody else, and left as they "
                    "are: %(closed)s.",
                    taken=len(free),
                    closed=", ".join((self - free).mapped("display_name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _taken_error(self):
        owner = self.user_id.sudo()  # the name, which every reader of the exception sees
        since = self.taken_at and self._moment(self.taken_at)
        message = self.env._(
            "“%(exception)s” is in work with %(person)s since %(since)s.",
            exception=self.display_name,
            person=owner.name,
            since=since or "–",
        )
        if self._may_take_over():
            return UserError(message + " " + self.env._("To go on yourself, take it over."))
        return UserError(message)

    def _may_take_over(self):
        """Managers may, and who answers for the team."""
        user = self.env.user
        return user.has_group(MANAGER) or self.team_id.sudo().responsible_id == user

    def action_take_over(self):
        """Go on with what somebody else has in work."""
        for exception in self:
            exception._check_may_work()
            if not exception.is_open:
                raise exception._closed_error()
            if exception.in_work_elsewhere and not exception._may_take_over():
                raise exception._taken_error()
        self.write({"user_id": self.env.uid, "state": "in_work"})
