from collections import deque
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..policy.pools import Eligible
from .ops_approval_delegation import MANAGER, REVOKED
from .parameters import MOST_DAYS

# A form may lie open for a while before it is saved.
LATE = timedelta(hours=1)
TURNS = "ops_approval_delegation_turn"


class OpsApprovalDelegation(models.Model):
    """What is refused, each in a sentence that says what to do."""

    _inherit = "ops.approval.delegation"

    def init(self):
        result = super().init()
        name = SQL.identifier(TURNS)
        self.env.cr.execute(
            SQL("CREATE TABLE IF NOT EXISTS %s (turn bigint NOT NULL DEFAULT 0)", name)
        )
        self.env.cr.execute(
            SQL("INSERT INTO %s SELECT 0 WHERE NOT EXISTS (SELECT FROM %s)", name, name)
        )
        return result

    @api.model
    def _drop_turns(self):
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(TURNS)))

    @api.model
    def _take_turn(self):
        """Of two who make delegations at once the second begins again, and sees the first: each
        alone is no circle, and both together might be one."""
        self.env.cr.execute(SQL("UPDATE %s SET turn = turn + 1", SQL.identifier(TURNS)))

    @api.model
    def _not_before_now(self, vals):
        """When it begins: now at the earliest, because what was decided before stays as it was."""
        now = fields.Datetime.now()
        begins = fields.Datetime.to_datetime(vals.get("date_from")) or now
        if begins < now - LATE:
            raise ValidationError(
                self.env._(
                    "From: choose now or later. A delegation holds for nothing that is past."
                )
            )
        return max(begins, now)

    # -- who may ----------------------------------------------------------------------------

    def _check_whose(self, user_id):
        """First of all: the checks that follow tell of delegations of others."""
        user = self.env.user
        if not (self.env.su or user_id == user.id or user.has_group(MANAGER)):
            raise self._managers_only()

    def _managers_only(self):
        return AccessError(
            self.env._(
                "In place of: only operations managers choose who stands in for somebody else."
            )
        )

    def _check_author(self):
        """Everybody lets others stand in for themselves; managers for people of their places, and
        never with themselves."""
        if self.env.su:
            return
        for delegation in self:
            if delegation.user_id == self.env.user:
                continue
            delegation._check_manager()
            if delegation.delegate_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "Stands in: nobody takes the decisions of somebody else by their own act. "
                        "Let another manager do that, or choose another person."
                    )
                )

    def _check_manager(self):
        """Whether the current user is a manager of all places that it is about."""
        self.ensure_one()
        user, whose = self.env.user, self.user_id.sudo()  # sudo: where the person works
        if not user.has_group(MANAGER):
            raise self._managers_only()
        companies = self.sudo().company_ids or whose.company_ids
        if companies - user.company_ids:
            raise AccessError(
                self.env._(
                    "Companies: %s works in companies that you may not enter. Name those that it "
                    "is about.",
                    whose.name,
                )
            )
        sites = self.sudo().site_ids or whose.ops_site_ids
        if user.ops_site_ids and (not sites or sites - user.ops_scope_site_ids):
            raise AccessError(
                self.env._(
                    "Sites: %s works at sites that are not yours. Name those that it is about.",
                    whose.name,
                )
            )

    # -- what is refused --------------------------------------------------------------------

    @api.constrains("user_id", "delegate_id", "company_ids", "site_ids", "policy_ids")
    def _check_people(self):
        # What follows names places, and is said only of those that whoever makes it may see.
        for places in (self.company_ids, self.site_ids, self.policy_ids):
            places.check_access("read")
        eligible = Eligible(self.env)
        nowhere = self.env["res.company"], self.env["ops.site"]
        for delegation in self.sudo():  # sudo: roles and places of both, whoever makes it
            whose, delegate = delegation.user_id, delegation.delegate_id
            if whose == delegate:
                raise ValidationError(
                    self.env._("Stands in: choose somebody else than who is away.")
                )
            for label, person in (("user_id", whose), ("delegate_id", delegate)):
                why = eligible.why_not(person, *nowhere)
                if why:
                    raise ValidationError(
                        self.env._(
                            "%(label)s: “%(person)s” %(why)s. Choose somebody who may approve.",
                            label=self._fields[label]._description_string(self.env),
                            person=person.name,
                            why=why,
                        )
                    )
            for company, site in delegation._places():
                why = eligible.why_not(delegate, company, site)
                if why:
                    raise ValidationError(
                        self.env._(
                            "Stands in: “%(person)s” %(why)s. Choose somebody who does, or leave "
                            "that place out.",
                            person=delegate.name,
                            why=why,
                        )
                    )
            if not delegate.company_ids & whose.company_ids:
                raise ValidationError(
                    self.env._(
                        "Stands in: “%(delegate)s” may enter no company of “%(person)s”. Choose "
                        "somebody who may.",
                        delegate=delegate.name,
                        person=whose.name,
                    )
                )

    def _places(self):
        """The places that it names."""
        none = self.env["ops.site"]
        named = [(company, none) for company in self.company_ids]
        return named + [(site.company_id, site) for site in self.site_ids]

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        now, most = fields.Datetime.now(), MOST_DAYS.value(self.env)
        for delegation in self:
            if delegation.date_to <= max(delegation.date_from, now):
                raise ValidationError(
                    self.env._("Until: choose a time that is still to come, after “From”.")
                )
            if delegation.date_to - delegation.date_from > timedelta(days=most):
                raise ValidationError(
                    self.env._(
                        "Until: a delegation lasts at most %s days. Choose an earlier time; an "
                        "administrator changes the limit in Settings.",
                        most,
                    )
                )

    @api.constrains("user_id", "delegate_id", "date_from", "date_to")
    def _check_circle(self):
        for delegation in self.sudo():  # sudo: delegations of others make the circle
            way = delegation._circle()
            if way:
                raise ValidationError(
                    self.env._(
                        "Stands in: it would go round in a circle: %s. At least one of them has to "
                        "be there, so choose somebody else or another time.",
                        " → ".join(person.name for person in way),
                    )
                )

    def _circle(self):
        """The people of a circle that this one closes, first and last the same; or nothing.

        Delegations make a circle when each of them is in force at one same time.
        """
        others = self.search(
            [
                ("revoked_at", "=", False),
                ("date_to", ">", self.date_from),
                ("date_from", "<", self.date_to),
                ("id", "!=", self.id),
            ]
        ).grouped("user_id")
        first = (self.delegate_id, self.date_from, self.date_to)
        ways, seen = deque([(*first, (self.user_id, self.delegate_id))]), {first}
        while ways:
            last, since, until, people = ways.popleft()  # the shortest first
            for step in others.get(last, ()):
                begins, ends = max(since, step.date_from), min(until, step.date_to)
                further = step.delegate_id, begins, ends
                if begins >= ends or further in seen:
                    continue
                if step.delegate_id == self.user_id:
                    return (*people, self.user_id)
                seen.add(further)
                ways.append((*further, (*people, step.delegate_id)))
        return ()

    @api.constrains(
        "user_id", "delegate_id", "date_from", "date_to", "company_ids", "site_ids", "policy_ids"
    )
    def _check_twice(self):
        for delegation in self.sudo():  # sudo: one that the caller may not read counts, too
            same = self.sudo().search(
                [
                    ("user_id", "=", delegation.user_id.id),
                    ("delegate_id", "=", delegation.delegate_id.id),
                    ("state", "!=", REVOKED),
                    ("date_to", ">", delegation.date_from),
                    ("date_from", "<", delegation.date_to),
                    ("id", "!=", delegation.id),
                ]
            )
            for other in same:
                if all(
                    other[name] == delegation[name]
                    for name in ("company_ids", "site_ids", "policy_ids")
                ):
                    raise ValidationError(
                        self.env._(
                            "“%(delegation)s” is there already, from %(since)s until %(until)s. "
                            "Choose another time, or end that one first.",
                            delegation=other.display_name,
                            since=self._moment(other.date_from),
                            until=self._moment(other.date_to),
                        )
                    )
