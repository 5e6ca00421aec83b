from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from odoo.addons.healthcare_ops_automation.models.work.res_users import GROUPS

from ..request.ops_approval_request_check import APPROVERS

# Requests of a page, at most.
PAGE = 80
FILTERS = ("search", "kind", "site_id", "due")
# One row a request: of several seats that somebody may decide in, their own comes first.
MINE = """
WITH mine AS (
    SELECT DISTINCT ON (seat.request_id) seat.id, seat.request_id, seat.due_at
      FROM ops_approval_assignment seat
     WHERE seat.id IN %(seats)s
     ORDER BY seat.request_id, seat.user_id <> %(user)s, seat.request_stage_id, seat.id
), waiting AS (
    SELECT mine.*, request.res_model, request.site_id,
           CASE WHEN mine.due_at IS NULL THEN 'undated'
                WHEN mine.due_at < %(now)s THEN 'overdue'
                WHEN mine.due_at < %(tomorrow)s THEN 'today'
                WHEN mine.due_at < %(next_week)s THEN 'week'
                ELSE 'later' END AS due
      FROM mine JOIN ops_approval_request request ON request.id = mine.request_id
     WHERE request.id IN %(requests)s
)
"""
# The counter, in which a seat that is open stands for a request that waits.
COUNT = """
SELECT count(DISTINCT request_id), count(DISTINCT request_id) FILTER (WHERE due_at < %(now)s)
  FROM ops_approval_assignment
 WHERE id IN %(seats)s
"""


class ResUsers(models.Model):
    """*My approvals*: what waits for the decision of who asks, a page at a time.

    How it works: the seats in which somebody may decide come from
    ``ops.approval.assignment._domain_for()``, their requests from a search with the rights of who
    asks. Order, groups and counts are made in the database, so that the number of queries, and
    what is read into memory, depend on the page and not on how much waits.
    """

    _inherit = "res.users"

    @api.model
    def ops_my_approvals(self, offset=0, limit=PAGE, filters=None):
        """A page of what waits for the decision of who asks, by due time.

        :param int offset: how many to pass over
        :param int limit: how many to list, at most 80
        :param dict filters: ``search`` (in number, document and requester), ``kind`` (a model),
            ``site_id``, ``due`` (overdue, today, week, later, undated); none of them has to be
        :return: a dict of ``items``, of ``total`` and ``overdue`` (of all that waits), of
            ``found`` (what the filters leave), and of ``dues``, ``kinds`` and ``sites`` to filter
            by, each with the ``count`` that choosing it would find
        :raise AccessError: for who is neither approver nor operations manager
        """
        self._ops_check_decides()
        filters = self._ops_approval_filters(filters)
        offset = self._ops_whole(offset, 0, None)
        limit = self._ops_whole(limit, 1, PAGE)
        now = fields.Datetime.now()
        facets = self._ops_approval_facets(filters, now)
        seats = self._ops_approval_seats(limit, offset, filters, now)
        return {
            "items": [self._ops_approval_item(seat, now) for seat in seats],
            "offset": offset,
            "limit": limit,
            **facets,
            "standing_in": self._ops_standing_in(),
            "now_text": self._ops_moment(now),
            "tz": str(self.env.tz),
        }

    @api.model
    def ops_my_approvals_count(self):
        """How many requests wait for the decision of who asks, and how many are overdue.

        :return: ``{"total": int, "overdue": int}``
        :raise AccessError: for who is neither approver nor operations manager
        """
        self._ops_check_decides()
        now = fields.Datetime.now()
        seats = self.env["ops.approval.assignment"]
        # sudo: a number. Whose seats they are stands in the first domain, and the second one is
        # the rule about places: who may decide in a seat may read its request there.
        mine = seats.sudo()._search(seats._domain_for(self.env.user) & self._ops_here())
        seats.flush_model()
        [(total, overdue)] = self.env.execute_query(SQL(COUNT, seats=mine.subselect(), now=now))
        return {"total": total, "overdue": overdue}

    @api.model
    def _ops_here(self):
        """The companies and sites of who asks, as in the record rules of requests."""
        here = Domain("company_id", "in", self.env.companies.ids)
        user = self.env.user
        if user.ops_site_ids:
            here &= Domain("site_id", "in", [False, *user.ops_scope_site_ids.ids])
        return here

    def _ops_decides(self):
        """Whether the user is one of those who are asked to decide."""
        return any(self.has_group(group) for group in APPROVERS)

    @api.model
    def _ops_check_decides(self):
        if not self.env.user._ops_decides():
            raise AccessError(self.env._("My approvals is for approvers and operations managers."))

    # -- what the caller sent -------------------------------------------------------------

    def _ops_whole(self, number, least, most):
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise UserError(self.env._("Offset and limit: give whole numbers from %s on.", least))
        return min(number, most) if most else number

    def _ops_approval_filters(self, filters):
        filters = {} if filters is None else filters
        if not isinstance(filters, dict) or set(filters) - set(FILTERS):
            raise UserError(self.env._("Filters: choose of %s.", ", ".join(FILTERS)))
        kinds = {"search": str, "kind": str, "site_id": int, "due": str}
        chosen = {name: value for name, value in filters.items() if value}
        for name, value in chosen.items():
            if not isinstance(value, kinds[name]) or isinstance(value, bool):
                raise UserError(self.env._("Filter “%s”: this is no such value.", name))
        if chosen.get("due", GROUPS[0]) not in GROUPS:
            raise UserError(self.env._("Filter “%s”: this is no such value.", "due"))
        return chosen

    # -- in the database ------------------------------------------------------------------

    def _ops_approval_rows(self, wanted, filters, now):
        """Run a query on ``waiting``: one row for each request that waits for who asks."""
        seats, requests = self.env["ops.approval.assignment"], self.env["ops.approval.request"]
        searched = Domain("state", "=", "pending")
        if filters.get("search"):
            searched &= Domain.OR(
                Domain(name, "ilike", escape_psql(filters["search"]))
                for name in ("name", "res_name", "requester_id.name")
            )
        # sudo: seats of who asks; what is told of requests is searched with that person's rights
        mine = seats.sudo()._search(seats._domain_for(self.env.user))
        readable = requests._search(searched)
        seats.flush_model()
        requests.flush_model()
        tomorrow, next_week = self._ops_ends(now)
        waiting = SQL(
            MINE,
            seats=mine.subselect(),
            requests=readable.subselect(),
            user=self.env.uid,
            now=now,
            tomorrow=tomorrow,
            next_week=next_week,
        )
        return self.env.execute_query(SQL("%s %s", waiting, wanted))

    def _ops_ends(self, now):
        """When today and this week end for who asks (naive UTC), as in :meth:`_ops_say_due`."""
        today = fields.Datetime.context_timestamp(self, now).date()
        zone = timezone(str(self.env.tz))
        ends = (today, self._ops_end_of_week(today))
        nights = (datetime.combine(day + timedelta(days=1), time.min) for day in ends)
        return [zone.localize(night).astimezone(utc).replace(tzinfo=None) for night in nights]

    def _ops_approval_facets(self, filters, now):
        """What there is to filter by, and how much each choice would find."""
        rows = self._ops_approval_rows(
            SQL("SELECT due, res_model, site_id, count(*) FROM waiting GROUP BY 1, 2, 3"),
            filters,
            now,
        )
        chosen = (filters.get("due"), filters.get("kind"), filters.get("site_id"))

        def count(values, but=None):
            """How many match these values, whatever the one at this place is."""
            return sum(
                row[3]
                for row in rows
                if all(
                    not value or row[place] == value
                    for place, value in enumerate(values)
                    if place != but
                )
            )

        def choices(place):
            for value in dict.fromkeys(row[place] for row in rows if row[place]):
                wanted = [*chosen[:place], value, *chosen[place + 1 :]]
                yield value, count(wanted)

        dues = dict(choices(0))
        models_ = {model: self.env[model]._description for model, _count in choices(1)}
        sites = self.env["ops.site"].browse(site for site, _count in choices(2))
        # sudo: the name of a site at which something waits for who asks
        names = {site.id: site.display_name for site in sites.sudo()}
        return {
            "total": count(()),
            "overdue": count(("overdue",)),
            "found": count(chosen),
            "dues": [{"code": code, "count": dues.get(code, 0)} for code in GROUPS],
            "kinds": [
                {"code": model, "name": models_[model], "count": number}
                for model, number in sorted(choices(1), key=lambda each: models_[each[0]])
            ],
            "sites": [
                {"id": site, "name": names[site], "count": number}
                for site, number in sorted(choices(2), key=lambda each: names[each[0]])
            ],
        }

    # -- items ----------------------------------------------------------------------------

    def _ops_approval_seats(self, limit, offset=0, filters=None, now=None):
        """The seats that who asks decides in, one a request, by due time.

        :return: ``ops.approval.assignment`` in sudo: each may be decided in by who asks, in a
            request that this person may read
        """
        filters = filters or {}
        names = {"kind": "res_model", "site_id": "site_id", "due": "due"}
        wanted = [
            SQL("%s = %s", SQL.identifier(names[name]), value)
            for name, value in filters.items()
            if name in names
        ]
        rows = self._ops_approval_rows(
            SQL(
                "SELECT id FROM waiting WHERE %s"
                " ORDER BY due_at NULLS LAST, request_id LIMIT %s OFFSET %s",
                SQL(" AND ").join(wanted) if wanted else SQL("TRUE"),
                limit,
                offset,
            ),
            filters,
            now or fields.Datetime.now(),
        )
        # sudo: what is told of a seat and its request, see above
        return self.env["ops.approval.assignment"].sudo().browse(seat for (seat,) in rows)

    def _ops_approval_item(self, seat, now):
        request, stage, holder = seat.request_id, seat.request_stage_id, seat.user_id
        item = {
            "request_id": request.id,
            "name": request.name,
            "document": request.res_name or request.name,
            "kind": request.res_model,
            "kind_text": request.model_label,
            "requester": request.requester_id.name,
            "amount": request._amount_in_words(),
            "stage": stage.name,
            "site": request.site_id.display_name if request.site_id else "",
            "version": request.version,
            "round": request.round_number,
            "asks": request.open_question,
            "on_behalf_of": "" if holder == self.env.user else holder.name,
            "due_at": seat.due_at,
        }
        self._ops_say_due(item, now)
        return item

    @api.model
    def _ops_standing_in(self):
        """For whom who asks decides now: a list of ``{"name", "until"}``."""
        return self.env["ops.approval.delegation"]._standing_in(self.env.user)
