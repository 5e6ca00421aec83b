from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError

from ..parameters import EXCEPTION_OLD_DAYS, EXCEPTION_REPEATS
from .ops_exception_assignment import RANK
from .ops_exception_review import GROUPS

# What counts as new when none was held before.
FIRST_WINDOW = timedelta(days=1)


class OpsExceptionReview(models.Model):
    """Beginning a review, finding what it is about, and finishing it."""

    _inherit = "ops.exception.review"

    @api.model
    def _scope_key(self, sites):
        return ",".join(map(str, sorted(sites.ids))) or "all"

    @api.model
    def _start(self, company, sites, participants=None):
        """Begin a review, or go on with the one of today that is not finished.

        :param company: ``res.company``
        :param sites: ``ops.site``; none for the whole company
        :raise AccessError: for who may not hold one
        """
        self._check_may_hold()
        sites.check_access("read")
        sites = self._own_sites(company, sites)
        self._check_sites(company, sites)
        key, today = self._scope_key(sites), fields.Date.context_today(self)
        known = self.search(
            [
                ("company_id", "=", company.id),
                ("date", "=", today),
                ("scope_key", "=", key),
                ("state", "in", ("planned", "open")),
            ],
            limit=1,
        )
        if not known:
            values = {
                "date": today,
                "company_id": company.id,
                "site_ids": [fields.Command.set(sites.ids)],
                "scope_key": key,
                "state": "planned",
            }
            try:
                # sudo: people only read reviews; the role and the sites were checked
                known = self.sudo().create(values).with_env(self.env)
            except UniqueViolation as error:
                # Two began it at once; run again, the second goes on with the first's.
                raise ConcurrencyError("review begun concurrently") from error
        if known.state == "planned":
            known._begin(participants)
        return known

    @api.model
    def _own_sites(self, company, sites):
        """What a review of the current user is about: the sites chosen, else those the user
        works at, if only at some. Who does not see the whole company holds no review of it.

        :return: ``ops.site``; none for the whole company
        """
        # env.user is sudo: the sites of who asks
        return sites or self.env.user.ops_site_ids.filtered(
            lambda site: site.company_id == company
        ).with_env(self.env)

    def _check_sites(self, company, sites):
        if not sites and self.env.user.ops_site_ids:
            raise UserError(self.env._("You work at no site of %s.", company.name))
        strange = sites.filtered(lambda site: site.company_id != company)[:1]
        if strange:
            raise UserError(
                self.env._(
                    "Sites: “%(site)s” does not belong to %(company)s.",
                    site=strange.display_name,
                    company=company.name,
                )
            )

    def _begin(self, participants=None):
        """Find what is to be looked at; with the rights of who holds it."""
        now = fields.Datetime.now()
        since = self._last_before()
        lines = self._to_look_at(self.company_id, self.site_ids, since)
        # sudo: as in _start
        self.sudo().write(
            {
                "state": "open",
                "user_id": self.env.uid,
                "participant_ids": [fields.Command.set(participants.ids if participants else [])],
                "since": since,
                "started_at": now,
                "line_ids": [
                    fields.Command.create(
                        {
                            "sequence": number,
                            "exception_id": exception.id,
                            "exception_name": exception.name,
                            "group": group,
                            "site_id": exception.site_id.id,
                            "severity": exception.severity,
                            "state_before": exception.state,
                            "owner_before": exception.responsible_id.sudo().name,
                            "due_before": exception.due_at,
                        }
                    )
                    for number, (exception, group) in enumerate(lines, 1)
                ],
            }
        )

    def _last_before(self):
        """When the last review began that covered all of this one's places."""
        held = self.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "held")],
            order="started_at desc",
            limit=100,
        )
        for each in held:
            if each._covers(self):
                return each.started_at
        return fields.Datetime.now() - FIRST_WINDOW

    def _covers(self, other):
        """Whether all places of another review of the same company are among this one's."""
        # sudo: which sites they are about, also those one does not see
        mine, theirs = self.sudo().site_ids, other.sudo().site_ids
        return not mine or bool(theirs) and all(site._is_within(mine) for site in theirs)

    @api.model
    def _to_look_at(self, company, sites, since):
        """The open exceptions that a review is about, each once, in the order of the walk.

        :return: list of (exception, group)
        """
        domain = [
            ("company_id", "=", company.id),
            ("is_open", "=", True),
            ("parent_id", "=", False),
        ]
        if sites:
            domain.append(("site_id", "child_of", sites.ids))
        exceptions = self.env["ops.exception"].search(domain)
        repeats = exceptions._repeats_since(since)
        found = [(each, each._review_group(since, repeats.get(each.id, 0))) for each in exceptions]
        order = {code: rank for rank, (code, _label) in enumerate(GROUPS)}
        return sorted(
            (pair for pair in found if pair[1]),
            key=lambda pair: (
                order[pair[1]],
                -RANK[pair[0].severity],
                pair[0].due_at or pair[0].first_seen,
                pair[0].id,
            ),
        )

    def _finish(self, outcome):
        """Write down that it was held, with what outcome; then nothing changes it any more."""
        self._check_may_hold()
        if self.state != "open":
            self._check_not_held()
            raise UserError(self.env._("This review has not begun yet."))
        if not self._may_finish():
            raise AccessError(
                self.env._(
                    "The review “%s” is about other sites than yours, too. Somebody who sees all "
                    "of them records that it was held.",
                    self.display_name,
                )
            )
        if not (outcome or "").strip():
            raise UserError(self.env._("Outcome: say in words what came out of the review."))
        # sudo: people only read reviews; the role was checked
        review = self.sudo()
        review.activity_unlink(["mail.mail_activity_data_todo"])
        review.write(
            {
                "state": "held",
                "finished_at": fields.Datetime.now(),
                "outcome": outcome.strip(),
                "user_id": self.env.uid,
            }
        )
        review._drop_covered()
        self.env["ops.audit.entry"]._record(
            "exception.review_held",
            self,
            {"looked_at": self.decided_count, "of": self.line_count, "outcome": outcome.strip()},
        )

    def _may_finish(self):
        """Who sees all places that a review is about."""
        user = self.env.user
        about = self.sudo().site_ids  # also those one does not see
        return not user.ops_site_ids or bool(about) and about <= user.ops_scope_site_ids

    def _drop_covered(self):
        """Others were asked to hold today's review of places that this one covered."""
        planned = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date", "=", self.date),
                ("state", "=", "planned"),
            ]
        )
        planned.filtered(self._covers).unlink()


class OpsException(models.Model):
    """Why an exception is looked at in a review."""

    _inherit = "ops.exception"

    review_line_ids = fields.One2many(
        "ops.exception.review.line", "exception_id", string="Reviews", readonly=True
    )
    reviewed_at = fields.Datetime(string="Last reviewed", readonly=True)

    def _review_group(self, since, repeats):
        """The first reason that holds to look at it; none when there is no reason today.

        :param datetime since: beginning of the review before
        :param int repeats: how often it happened again since then
        """
        self.ensure_one()
        if self.state == "new" or self.first_seen >= since:
            return "new"
        if self.is_overdue:
            return "overdue"
        today = fields.Date.context_today(self)
        if self.state == "waiting" and self.follow_up_date and self.follow_up_date <= today:
            return "follow_up"
        if repeats >= EXCEPTION_REPEATS.value(self.env):
            return "repeating"
        if self.age_days >= EXCEPTION_OLD_DAYS.value(self.env):
            return "old"
        return None
