from odoo import api, fields, models
from odoo.exceptions import UserError

from ...core.quorum import Open, unreachable
from ..policy.pools import Eligible


class OpsApprovalRequestStage(models.Model):
    """Asking other people than planned, while a stage is not decided.

    How it works: nobody is taken out of a stage, a seat is given to somebody else or added. Whoever
    gets one is looked at as when planning: role, company, site, duties, and whether all stages can
    still be passed when nobody decides in two that want different people. What is needed to pass
    stays what it was. The caller says why, and has checked who may ask for it.
    """

    _inherit = "ops.approval.request.stage"

    def _replace_seat(self, seat, user, why, kind="replace"):
        """Ask somebody else instead of who has an undecided seat.

        :param seat: an ``ops.approval.assignment`` of this stage
        :param user: who is asked now
        :param str why: in words, for the history
        :param str kind: of the decision that keeps it: ``replace`` or ``handover``
        :return: the new seat
        :raise UserError: when this person cannot be asked, in words
        """
        self.ensure_one()
        refused = seat._why_not_given({seat.id: user}).get(seat.id)
        if refused:
            raise UserError(refused)
        return seat._give({seat.id: user}, why, kind)

    def _add_seat(self, user, why):
        """Ask one person more. What is needed to pass stays what it was: of *all* the newcomer
        counts for whoever does not answer.

        :return: the new seat
        :raise UserError: when this person cannot be asked, in words
        """
        self.ensure_one()
        self._check_undecided()
        reason = self._why_not_asked(user, Eligible(self.env))
        if reason:
            raise UserError(self._refused_in_words(user, reason))
        return self._add_seats(user, why)

    def _add_first(self, candidates, why, most, eligible):
        """Ask those of the candidates who can be asked, in their order.

        :param int most: how many of them; None for all
        :return: who is asked now, too
        """
        self.ensure_one()
        duties = self._duties_now()[self.id]
        able = candidates.filtered(lambda each: not self._why_not_asked(each, eligible, duties))
        added = able[:most]
        if added:
            self._add_seats(added, why)
        return added

    def _add_seats(self, users, why):
        self.request_id._bump()
        seats = self._new_seats([self._seat_row(user, added=True) for user in users])
        names = ", ".join(users.sudo().mapped("name"))  # sudo: names for the history
        words = self.env._("Asked, too: %(names)s. %(now)s", names=names, now=self._said_in_words())
        self.env["ops.approval.decision"]._append(
            "replace", self.request_id, {self.request_id.id: words}, seat=seats[:1], basis=why
        )
        return seats

    def _said_in_words(self):
        """How many approvals it takes, and of how many people."""
        asked = self.assignment_ids.filtered(lambda each: each.state != "replaced")
        return self.env._(
            "Approvals needed in “%(stage)s”: %(needed)s, as before, of %(asked)s people.",
            stage=self.name,
            needed=self._needed(),
            asked=len(asked),
        )

    def _check_undecided(self):
        if self.state not in ("open", "waiting") or self.request_id.state != "pending":
            raise UserError(
                self.env._(
                    "“%(stage)s” of %(request)s is not waiting for a decision any more.",
                    stage=self.name,
                    request=self.request_id.display_name,
                )
            )

    # -- who may be asked -----------------------------------------------------------------------

    def _why_not_asked(self, user, eligible, duties=None):
        """Why somebody cannot have a seat here, in words; None when nothing is against it.

        :param user: one ``res.users``
        :param eligible: an :class:`Eligible`, shared by the batch
        :param dict duties: what :meth:`_duties_now` answers for this stage
        """
        self.ensure_one()
        # sudo: facts about people that decide whether they can be asked
        user, request = user.sudo(), self.request_id
        reason = eligible.why_not(user, request.company_id, request.site_id)
        if reason:
            return reason
        duties = self._duties_now()[self.id] if duties is None else duties
        if user.id in duties:
            return duties[user.id]
        if any(seat.user_id == user and seat.state != "replaced" for seat in self.assignment_ids):
            return self.env._("has a seat in this stage already")
        if self._decided_here(user, self.assignment_ids.browse()):
            return self.env._("has decided in this stage in the place of somebody else")
        other = self._decided_elsewhere(user)
        if other:
            return self.env._("has decided in “%s”", other.name)
        return None

    def _refused_in_words(self, user, reason):
        return self.env._(
            "“%(stage)s” of %(request)s: %(user)s cannot be asked, because this person %(reason)s.",
            stage=self.name,
            request=self.request_id.display_name,
            user=user.sudo().name,
            reason=reason,
        )

    def _above(self, user, eligible, duties=None, seat=None):
        """Who is asked one level up from somebody: the nearest on the line who can be, else one
        of the operations managers of the site.

        :param seat: the seat that would be given to this person; none for one more
        :return: one ``res.users`` in sudo, or none
        """
        self.ensure_one()
        site = self.request_id.site_id
        managers = eligible.in_role("manager") if site else eligible.in_role("manager")[:0]
        candidates = eligible.line_above(user, site) + managers - user
        return self._first_askable(candidates, eligible, duties, seat)

    def _first_askable(self, candidates, eligible, duties=None, seat=None):
        """The first of the candidates who can be asked, or none; see :meth:`_above`."""
        duties = self._duties_now()[self.id] if duties is None else duties
        for user in candidates:
            if self._why_not_asked(user, eligible, duties):
                continue
            if not seat or not seat._why_not_given({seat.id: user}, eligible):
                return user
        return candidates[:0]

    # -- seats ----------------------------------------------------------------------------------

    def _seat_row(self, user, **values):
        return {
            "request_id": self.request_id.id,
            "request_stage_id": self.id,
            "user_id": user.id,
            "state": self.state,
            "opened_at": fields.Datetime.now() if self.state == "open" else False,
            "due_at": self.due_at,
            **values,
        }

    @api.model
    def _new_seats(self, rows):
        """Create seats and have the people told, if it is their turn."""
        seats = self.env["ops.approval.assignment"]._keep_new(rows)
        seats.request_stage_id.invalidate_recordset(["assignment_ids"])
        seats.request_id.invalidate_recordset(["assignment_ids"])
        asked = seats.filtered(lambda each: each.state == "open")
        seats.request_id._told()["opened"].update(dict.fromkeys(asked.ids))
        asked._note_counted()
        return seats


class OpsApprovalAssignment(models.Model):
    """Giving seats to other people, in bulk."""

    _inherit = "ops.approval.assignment"

    def _why_not_given(self, successors, eligible=None):
        """Which of these seats cannot be given to somebody else, and why: all are judged together,
        as if they were given in order.

        :param dict successors: ``{seat id: res.users}``
        :return: ``{seat id: sentence}`` of those that cannot
        """
        eligible = eligible or Eligible(self.env)
        duties = self.request_stage_id._duties_now()
        # All at once: what filtered() returns of them would read on a request at a time.
        self.request_id.stage_ids.assignment_ids.fetch(
            ["request_stage_id", "state", "user_id", "decided_by_id", "added"]
        )
        refused, pools = {}, {}
        for seat in self:
            stage, request, user = seat.request_stage_id, seat.request_id, successors[seat.id]
            try:
                stage._check_undecided()
                seat._check_undecided()
            except UserError as error:
                refused[seat.id] = str(error)
                continue
            if request.id not in pools:
                pools[request.id] = request._pools_left()
            reason = stage._why_not_asked(user, eligible, duties[stage.id])
            if not reason:
                after = _exchanged(pools[request.id], stage.id, seat.user_id.id, user.id)
                if len(unreachable(after)) > len(unreachable(pools[request.id])):
                    reason = self.env._("is needed in another stage, and nobody decides in both")
                else:
                    pools[request.id] = after
            if reason:
                refused[seat.id] = stage._refused_in_words(user, reason)
        return refused

    def _check_undecided(self):
        if self.state not in ("open", "waiting"):
            raise UserError(
                self.env._(
                    "%(user)s is not asked in “%(stage)s” any more: %(state)s.",
                    user=self.user_id.name,
                    stage=self.request_stage_id.name,
                    state=self._state_in_words(),
                )
            )

    def _give(self, successors, why, kind="replace"):
        """Give undecided seats to other people; whether they can be asked was checked.

        :param dict successors: ``{seat id: res.users}``
        :param str why: in words, for the history
        :param str kind: of the decisions that keep it
        :return: the new seats
        """
        self.request_id._bump()
        self._keep({"state": "replaced"})
        self._forget()
        self._note_counted()
        self.request_stage_id._settle_questions()
        rows = [
            seat.request_stage_id._seat_row(
                successors[seat.id], replaces_id=seat.id, added=seat.added
            )
            for seat in self
        ]
        seats = self.request_stage_id._new_seats(rows)
        # A decision is about one seat: of several of a request each is taken down by itself.
        left = self
        while left:
            batch = left.browse({seat.request_id.id: seat.id for seat in left}.values())
            words = {
                seat.request_id.id: self.env._(
                    "%(successor)s is asked instead of %(user)s.",
                    successor=successors[seat.id].sudo().name,
                    user=seat.user_id.name,
                )
                for seat in batch
            }
            self.env["ops.approval.decision"]._append(
                kind, batch.request_id, words, seat=batch, basis=why
            )
            left -= batch
        return seats


class OpsApprovalRequest(models.Model):
    _inherit = "ops.approval.request"

    def _bump(self):
        """First of all writes: whoever decides at the same moment conflicts here, begins again and
        finds what the other left."""
        for revision, requests in self.grouped("revision").items():
            requests._keep({"revision": revision + 1})

    def _pools_left(self):
        """What is still missing in each undecided stage, and who may still give it."""
        still = self._present_stages().filtered(lambda each: each.state in ("open", "waiting"))
        return [stage._to_pass() for stage in still]


def _exchanged(stages, key, leaver, successor):
    return [
        Open(each.key, each.missing, (each.people - {leaver}) | {successor}, each.distinct)
        if each.key == key
        else each
        for each in stages
    ]
