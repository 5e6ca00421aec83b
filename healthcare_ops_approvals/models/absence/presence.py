"""Who is away, who has left, and who stands in: looked up once for many seats."""

from dataclasses import dataclass
from datetime import timedelta

from odoo import fields
from odoo.tools import format_datetime

from ..delegation.parameters import ABSENCE_HOURS
from ..policy.pools import Eligible

GONE, AWAY = "gone", "away"


@dataclass(frozen=True)
class Out:
    """Why the person of a seat cannot decide: ``GONE`` for good, or ``AWAY`` for too long."""

    kind: str
    why: str


class Absences:
    """Who is away now, and until when: by the leaves of their employee's resource, where time off
    is kept, and by delegations that say so."""

    def __init__(self, env):
        self.env = env
        self._now = fields.Datetime.now()
        self._leaves = {}  # {user id: [(company id or False, until)]}
        self._employers = {}  # {user id: ids of the companies they are employed in}
        self._looked_at = set()

    def look_at(self, users):
        """Look people up at once; who is not looked up before is when asked about."""
        ids = set(users.ids) - self._looked_at
        if not ids:
            return
        self._looked_at |= ids
        # sudo: that somebody is away decides who is asked; no other field leaves
        resources = self.env["resource.resource"].sudo()
        for user, company in resources._read_group(
            [("user_id", "in", list(ids))], ["user_id", "company_id"]
        ):
            self._employers.setdefault(user.id, set()).add(company.id)
        leaves = self.env["resource.calendar.leaves"].sudo()
        found = leaves.search(
            [
                ("resource_id.user_id", "in", list(ids)),
                ("time_type", "=", "leave"),
                ("date_to", ">", self._now),
            ],
            order="date_from",
        )
        for (user, company), theirs in found.grouped(
            lambda each: (each.resource_id.user_id, each.resource_id.company_id)
        ).items():
            until = self._until(theirs)
            if until:
                self._leaves.setdefault(user.id, []).append((company.id, until))
        delegations = self.env["ops.approval.delegation"]._in_force(
            user_id=self.env["res.users"].browse(ids)
        )
        for delegation in delegations.filtered("away"):
            periods = self._leaves.setdefault(delegation.user_id.id, [])
            periods.append((False, delegation.date_to))

    def _until(self, leaves):
        """The end of the absence that has begun: leaves that follow on each other are one."""
        until = None
        for leave in leaves:
            if leave.date_from <= (until or self._now):
                until = max(until or leave.date_to, leave.date_to)
        return until

    def until(self, user, company):
        """Until when somebody is away from the work for a company; None when they are there.

        Of somebody who is employed in several companies, only leave from that one counts.
        """
        self.look_at(user)
        employed_here = company.id in self._employers.get(user.id, ())
        ends = [
            until
            for where, until in self._leaves.get(user.id, ())
            if not where or where == company.id or not employed_here
        ]
        return max(ends, default=None)

    def is_too_long(self, until, due_at):
        """Whether what has to be decided by ``due_at`` cannot wait for somebody's return."""
        if due_at:
            return until >= due_at
        return until - self._now > timedelta(hours=ABSENCE_HOURS.value(self.env))


class Present(Eligible):
    """Who may approve, and is there to do it."""

    def __init__(self, env, absences):
        super().__init__(env)
        self._absences = absences

    def _why_not(self, user, company, site):
        why = super()._why_not(user, company, site)
        until = not why and self._absences.until(user, company)
        return away_in_words(self.env, until) if until else why


def away_in_words(env, until):
    return env._("is away until %s", format_datetime(env, until, tz=str(env.tz), dt_format="short"))


class Look:
    """What has to be known about open seats, looked up for all of them at once.

    :param requests: in the engine's environment
    """

    def __init__(self, requests):
        self.env = env = requests.env
        self.seats = requests._open_stages().assignment_ids.filtered(
            lambda each: each.state == "open"
        )
        self.by_request = self.seats.grouped("request_id")
        self.absences = Absences(env)
        self.absences.look_at(self.seats.user_id)
        self.eligible = Eligible(env)
        self.present = Present(env, self.absences)
        self._barring = requests._requester_delegations()
        delegations = env["ops.approval.delegation"]._in_force(user_id=self.seats.user_id)
        self._standing_in = delegations.grouped("user_id")
        self._duties = None

    def suspects(self):
        """The requests with seats about which there is anything to look at more closely."""
        found = self.seats.filtered(self._is_suspect).request_id
        return found | self.seats.request_id.filtered(lambda each: each.id in self._barring)

    def _is_suspect(self, seat):
        request = seat.request_id
        return bool(
            self.eligible.why_not(seat.user_id, request.company_id, request.site_id)
            or self.absences.until(seat.user_id, request.company_id)
        )

    def duties(self, stage):
        if self._duties is None:
            self._duties = self.seats.request_stage_id._duties_now()
        return self._duties[stage.id]

    def out(self, seat):
        """Why the person of an open seat cannot decide in time; None when they can, or somebody
        stands in."""
        stage, request, user = seat.request_stage_id, seat.request_id, seat.user_id
        why = self.eligible.why_not(user, request.company_id, request.site_id)
        why = why or self.duties(stage).get(user.id)
        if why:
            return Out(GONE, self.env._("%(user)s %(why)s", user=user.name, why=why))
        until = self.absences.until(user, request.company_id)
        due_at = stage.paused_due_at or stage.due_at
        if not until or not self.absences.is_too_long(until, due_at) or self._stood_in(seat):
            return None
        why = away_in_words(self.env, until)
        return Out(AWAY, self.env._("%(user)s %(why)s", user=user.name, why=why))

    def _stood_in(self, seat):
        """Whether somebody who stands in can decide in this seat."""
        stage, request = seat.request_stage_id, seat.request_id
        for delegation in self._standing_in.get(seat.user_id, ()):
            delegate = delegation.delegate_id
            if (
                delegation._decides(request)
                and not self.present.why_not(delegate, request.company_id, request.site_id)
                and delegate.id not in self.duties(stage)
                and not stage._decided_here(delegate, seat)
                and not stage._decided_elsewhere(delegate)
            ):
                return True
        return False
