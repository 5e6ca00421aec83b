from markupsafe import Markup

from odoo import fields, models
from odoo.fields import Domain

from .ops_approval_request_tell import NAMED_AT_MOST

ACTIVITY_TYPE = "healthcare_ops_approvals.activity_type_approval"


class OpsApprovalAssignment(models.Model):
    """Telling who is asked, and who stands in for them."""

    _inherit = "ops.approval.assignment"

    def _note_counted(self):
        """Have the web clients of who decides in these seats count again, once after the commit."""
        if self:
            people = self.user_id | self._standing_in_for().delegate_id
            self.request_id._told()["counted"].update(dict.fromkeys(people.ids))

    def _standing_in_for(self):
        """The delegations in force of those whose seats these are."""
        return self.env["ops.approval.delegation"]._in_force(user_id=self.user_id)

    def _tell_people(self):
        """An activity for each seat, and one message for each person: whose seats these are, and
        whoever stands in for them."""
        self._tell(self._to_be_told())

    def _to_be_told(self):
        """{person: the seats among these in which they may decide now}"""
        told = self.grouped("user_id")
        for user, seats in self._stood_in().items():
            told[user] = told.get(user, self.browse()) | seats
        return told

    def _stood_in(self):
        """{who stands in: the seats among these in which they may decide now}"""
        found, standing_in = {}, {}
        for delegation in self._standing_in_for():
            delegate = delegation.delegate_id
            standing_in[delegate] = standing_in.get(delegate, self.user_id.browse())
            standing_in[delegate] |= delegation.user_id
        for delegate, people in standing_in.items():
            theirs = Domain("id", "in", self.ids) & Domain("user_id", "in", people.ids)
            # sudo: whom to tell is asked by the engine
            seats = self.sudo().search(self._domain_for(delegate) & theirs)
            if seats:
                found[delegate] = seats
        return found

    def _tell(self, told):
        """Tell people what they are asked.

        :param dict told: ``{user: seats}``, their own and those of people they stand in for
        """
        told = {user: seats for user, seats in told.items() if seats}
        self._schedule(told)
        for user, seats in told.items():
            env = self.env(context={"lang": user.lang})
            requests = seats.request_id
            named = Markup().join(seats.with_env(env)._named(user))
            if len(requests) > NAMED_AT_MOST:
                named += Markup("<li>%s</li>") % env._(
                    "… and %s more.", len(requests) - NAMED_AT_MOST
                )
            if len(requests) == 1:
                subject = env._("Please approve: %s", requests.res_name)
            else:
                subject = env._("Please approve: %s requests", len(requests))
            body = Markup("<p>%s</p><ul>%s</ul>") % (env._("Waiting for your decision:"), named)
            requests._notify(user, subject, body)

    def _named(self, user):
        """A line for each request, with the names of those the user stands in for."""
        for request, seats in list(self.grouped("request_id").items())[:NAMED_AT_MOST]:
            line = request.display_name
            others = seats.user_id - user
            if others and user not in seats.user_id:
                line = self.env._(
                    "%(request)s, for %(person)s",
                    request=line,
                    person=", ".join(others.mapped("name")),
                )
            yield Markup("<li>%s</li>") % line

    # -- activities -----------------------------------------------------------------------------

    def _schedule(self, told):
        """Activities for all seats of these people.

        :param dict told: ``{user: seats}``
        """
        today = fields.Date.context_today(self)
        rows = [
            (
                seat.request_id,
                user,
                self.env._("Decide: %s", seat.request_stage_id.name),
                seat.due_at.date() if seat.due_at else today,
            )
            for user, seats in told.items()
            for seat in seats
        ]
        self.env["ops.approval.request"]._add_activities(ACTIVITY_TYPE, rows)

    def _reschedule(self):
        """Let the activities of these seats say when they are due now."""
        for seat in self.filtered("due_at"):
            people = self._asked_with(seat)
            seat.request_id._activities_of(people).date_deadline = seat.due_at.date()

    def _asked_with(self, seat):
        """Whose seat it is, and who stands in."""
        return seat.user_id | seat._standing_in_for().delegate_id

    def _untold(self, user):
        """Those of these seats of whose requests this person has no activity yet."""
        known = set(self.request_id._activities_of(user).mapped("res_id"))
        return self.filtered(lambda each: each.request_id.id not in known)

    def _forget(self):
        """Take back the activities of people who are not asked any more, and of those who stood in
        for them."""
        if not self:
            return
        requests = self.request_id
        # sudo: who stood in, whenever that was
        delegations = self.env["ops.approval.delegation"].sudo()
        stood_in = delegations.search([("user_id", "in", self.user_id.ids)]).delegate_id
        still = requests.assignment_ids.filtered(lambda each: each.state == "open") - self
        asked = {(seat.request_id.id, seat.user_id.id) for seat in still}
        if stood_in:
            for user, seats in still._stood_in().items():
                asked |= {(id_, user.id) for id_ in seats.request_id.ids}
        found = requests._activities_of(self.user_id | stood_in)
        mine = {(seat.request_id.id, seat.user_id.id) for seat in self}
        found.filtered(
            lambda each: (
                (each.res_id, each.user_id.id) not in asked
                and ((each.res_id, each.user_id.id) in mine or each.user_id in stood_in)
            )
        ).unlink()


class OpsApprovalRequest(models.Model):
    _inherit = "ops.approval.request"

    def _activities_of(self, users):
        """The engine's own activities by which these people are to decide these requests."""
        kind = self.env.ref(ACTIVITY_TYPE, raise_if_not_found=False)
        # sudo: the engine's own
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "ops.approval.request"),
                    ("res_id", "in", self.ids),
                    ("user_id", "in", users.ids),
                    ("activity_type_id", "in", kind.ids if kind else []),
                    ("automated", "=", True),
                ]
            )
        )
