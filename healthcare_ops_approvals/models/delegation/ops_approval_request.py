from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..request.ops_approval_request_check import APPROVERS

STILL = ("open", "waiting")


class OpsApprovalRequest(models.Model):
    """Deciding in somebody's place, and reading what that takes."""

    _inherit = "ops.approval.request"

    # Record rules refer to it: they are cached for each user, and time must not be.
    asks_me = fields.Boolean(
        string="I am asked, or stand in for who is",
        compute="_compute_asks_me",
        search="_search_asks_me",
        help="You were asked, or somebody is for whom you stand in now, or you have decided in "
        "their place.",
    )

    @api.depends(
        "state", "assignment_ids.state", "assignment_ids.user_id", "assignment_ids.decided_by_id"
    )
    @api.depends_context("uid")
    def _compute_asks_me(self):
        # sudo: this answers a record rule, so it must not itself be filtered by one
        found = self.sudo().search([("id", "in", self.ids), ("asks_me", "=", True)])
        for request in self:
            request.asks_me = request.id in found._ids

    @api.model
    def _search_asks_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        user, seats = self.env.user, self.env["ops.approval.assignment"]
        mine = Domain("user_id", "=", user.id) | Domain("decided_by_id", "=", user.id)
        found = self._with_seats(mine)
        standing_in = self.env["ops.approval.delegation"]._in_force(delegate_id=user)
        # Whoever does not approve at all reads nothing in somebody's place.
        if standing_in and any(user.has_group(group) for group in APPROVERS):
            asked = Domain("state", "in", STILL) & seats._delegated(standing_in)
            found |= Domain("state", "=", "pending") & self._with_seats(asked)
        return found if set(value) == {True} else ~found if set(value) == {False} else []

    def _panel(self, user):
        panel, names = super()._panel(user), self._names_of_stand_ins()
        for stage in panel["stages"]:
            for person in stage["people"]:
                asked = person["state"] == "open"
                person["stands_in"] = names.get(person["id"], "") if asked else ""
        return panel

    def _names_of_stand_ins(self):
        """{user id: who stands in for this person about this request, in words}"""
        asked = self._present_stages().assignment_ids.filtered(lambda each: each.state == "open")
        found = self.env["ops.approval.delegation"]._in_force(user_id=asked.user_id)
        return {
            person.id: ", ".join(theirs.delegate_id.mapped("name"))
            for person, theirs in found.filtered(lambda each: each._decides(self))
            .grouped("user_id")
            .items()
        }

    @api.model
    def _with_seats(self, domain):
        """The Domain of requests that have such seats, which the database looks up once. What Odoo
        makes of a domain on ``assignment_ids`` is looked up for each request anew."""
        # sudo: as above, this answers a record rule
        seats = self.env["ops.approval.assignment"].sudo()._search(domain)
        return Domain("id", "in", seats.subselect("request_id"))

    # -- deciding ---------------------------------------------------------------------------

    def _delegated_seats(self, seats, user):
        """Of open seats those in which a user may decide in somebody's place, and first of all
        those that nothing is known against."""
        standing_in = self.env["ops.approval.delegation"]._in_force(delegate_id=user)
        whose = standing_in.filtered(lambda each: each._decides(self)).user_id
        theirs = seats.filtered(lambda each: each.user_id in whose)
        return theirs.sorted(
            lambda each: (
                bool(each.request_stage_id._decided_here(each.user_id | user, each))
                or bool(each.request_stage_id._decided_elsewhere(each.user_id | user)),
                each.request_stage_id.id,
                each.id,
            )
        )

    def _requester_delegations(self):
        """{request id: delegations in force of who submitted it that are about it}: who stands in
        for the requester does not decide."""
        found = self.env["ops.approval.delegation"]._in_force(user_id=self.requester_id)
        by_person = found.grouped("user_id")
        return {
            request.id: theirs.filtered(lambda each, request=request: each._covers_request(request))
            for request in (self if by_person else ())
            if (theirs := by_person.get(request.requester_id))
        }

    def _check_stood_in_for(self, seat, duties):
        """Whether the person in whose seat somebody else decides could decide in it."""
        person = seat.user_id
        able = person.active and any(person.has_group(group) for group in APPROVERS)
        if not able or not self._is_in_reach(person):
            raise AccessError(
                self.env._(
                    "%s, for whom you stand in, may not decide about it any more.", person.name
                )
            )
        if person.id in duties:
            raise AccessError(
                self.env._(
                    "%(person)s, for whom you stand in, may not decide about “%(request)s”: "
                    "whoever %(duty)s does not.",
                    person=person.name,
                    request=self.display_name,
                    duty=duties[person.id],
                )
            )
        delegation = seat._delegation_to(self.env.user)
        if not delegation:  # over since the seat was found
            raise AccessError(self._not_delegated_in_words(self.env.user))
        seat._hold(delegation)

    def _check_own(self, kind, seat):
        """An interest is declared by who has it: nobody gives up the seat of somebody else."""
        if kind == "abstain" and seat.user_id != self.env.user:
            raise UserError(
                self.env._(
                    "You stand in for %s, whose seat it is. If you cannot decide, end the "
                    "delegation, and somebody else is asked.",
                    seat.user_id.name,
                )
            )

    # -- in words ---------------------------------------------------------------------------

    def _check_told_of(self):
        """Whether the caller may read it. To somebody whose delegation is over, or does not go
        so far, that is said."""
        if not self.has_access("read"):
            # sudo: the words are about the caller's own delegations
            words = (
                self.sudo()._ops_engine(lang=self.env.lang)._not_delegated_in_words(self.env.user)
            )
            if words:
                raise AccessError(words)
        self.check_access("read")

    def _not_delegated_in_words(self, user):
        """Why a delegation to this person does not help, or None when there is none."""
        asked = self._present_stages().assignment_ids.filtered(
            lambda each: each.state in (*STILL, "replaced")
        )
        # sudo: the person's own delegations, whatever the state
        delegations = self.env["ops.approval.delegation"].sudo()
        found = delegations.search(
            [("delegate_id", "=", user.id), ("user_id", "in", asked.user_id.ids)]
        )
        return found[:1]._no_help_in_words(self) if found else None


class OpsApprovalDelegation(models.Model):
    _inherit = "ops.approval.delegation"

    def _no_help_in_words(self, request):
        """Why nothing can be decided by this one, as things stand now."""
        whose = self.user_id.name
        if self.state == "planned":
            return self.env._(
                "You stand in for %(person)s from %(moment)s on, and not yet.",
                person=whose,
                moment=self._moment(self.date_from),
            )
        if self.state != "active":
            return self.env._(
                "You stood in for %(person)s until %(moment)s, and do not any more.",
                person=whose,
                moment=self._moment(self.revoked_at or self.date_to),
            )
        if not self._covers_request(request):
            return self.env._(
                "You stand in for %(person)s, and that delegation is not about this: %(scope)s.",
                person=whose,
                scope=self._scope_in_words(),
            )
        if not self._decides(request):
            return self.env._(
                "You stand in for %(person)s, chosen by %(author)s, and nobody chooses who decides "
                "about what is their own.",
                person=whose,
                author=self._chooser().name,
            )
        return None

    def _scope_in_words(self):
        """What it is about, such as: requests of North up to 1,000.00 €."""
        parts = []
        if self.company_ids:
            parts.append(", ".join(self.company_ids.mapped("name")))
        if self.site_ids:
            parts.append(", ".join(self.site_ids.mapped("display_name")))
        if self.policy_ids:
            parts.append(", ".join(self.policy_ids.mapped("name")))
        if self.amount_limit:
            amount = self.currency_id.format(self.amount_limit)
            parts.append(self.env._("amounts ≤ %s", amount))
        return "; ".join(parts) or self.env._("all requests")
