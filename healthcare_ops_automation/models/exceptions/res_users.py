from odoo import models
from odoo.exceptions import UserError


class ResUsers(models.Model):
    """Who leaves leaves nothing behind: no team without a responsible person, no exception in
    the hands of somebody who will not come back."""

    _inherit = "res.users"

    def write(self, vals):
        leaving = self.browse()
        if "active" in vals and not vals["active"]:
            leaving = self.filtered("active")
            leaving._check_responsible_for_no_team()
        result = super().write(vals)
        if leaving:
            self.env["ops.exception"]._hand_on(leaving)
        return result

    def _check_responsible_for_no_team(self):
        # sudo: whoever may archive people need not see teams
        team = (
            self.env["ops.exception.team"]
            .sudo()
            .search([("responsible_id", "in", self.ids)], limit=1)
        )
        if team:
            raise UserError(
                self.env._(
                    "%(person)s is responsible for the team “%(team)s”. Name another responsible "
                    "person under Configuration, Exception teams, then archive.",
                    person=team.responsible_id.name,
                    team=team.name,
                )
            )
