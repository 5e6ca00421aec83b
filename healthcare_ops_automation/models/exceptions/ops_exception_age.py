from datetime import timedelta

from pytz import utc

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Codes sort as their ages do: lists and pivots order groups by them.
BUCKETS = [
    ("d00", "Today"),
    ("d01", "1–3 days"),
    ("d04", "4–7 days"),
    ("d08", "8–30 days"),
    ("d31", "Older"),
]
BUCKET_FROM = {code: int(code[1:]) for code, _label in BUCKETS}


def bucket_of(days):
    """The code of the bucket that an age in days falls into."""
    return max(code for code, first in BUCKET_FROM.items() if first <= max(days, 0))


class OpsException(models.Model):
    """How old an exception is: in days of the calendar of whoever looks, open ones until today,
    closed ones until they were closed. Not stored, because tomorrow it is another; computed in
    SQL where it is searched, grouped or sorted by."""

    _inherit = "ops.exception"

    age_days = fields.Integer(
        compute="_compute_age",
        search="_search_age_days",
        string="Age (days)",
        aggregator="avg",
        help="Days since it was first seen; of a closed one, days until it was closed.",
    )
    age_bucket = fields.Selection(
        BUCKETS, compute="_compute_age", search="_search_age_bucket", string="Age"
    )

    @api.depends("first_seen", "closed_at")
    @api.depends_context("tz")
    def _compute_age(self):
        for exception in self:
            end = exception._local_day(exception.closed_at or fields.Datetime.now())
            first = exception._local_day(exception.first_seen or fields.Datetime.now())
            exception.age_days = max((end - first).days, 0)
            exception.age_bucket = bucket_of(exception.age_days)

    def _local_day(self, moment):
        return utc.localize(moment).astimezone(self.env.tz).date()

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr == "age_days":
            return self._age_sql(alias, query)
        if field_expr == "age_bucket":
            age = self._age_sql(alias, query)
            cases = [
                SQL("WHEN %s >= %s THEN %s", age, first, code)
                for code, first in sorted(BUCKET_FROM.items(), reverse=True)
            ]
            return SQL("(CASE %s END)", SQL(" ").join(cases))
        return super()._field_to_sql(alias, field_expr, query)

    def _age_sql(self, alias, query):
        zone = self.env.tz.zone
        today = self._local_day(fields.Datetime.now())
        local = "((%s AT TIME ZONE 'UTC') AT TIME ZONE %s)::date"
        return SQL(
            "GREATEST(COALESCE(" + local + ", %s::date) - " + local + ", 0)",
            self._field_to_sql(alias, "closed_at", query),
            zone,
            today,
            self._field_to_sql(alias, "first_seen", query),
            zone,
        )

    def _search_age_bucket(self, operator, value):
        if operator != "in":
            return NotImplemented
        codes = [code for code in value if code in BUCKET_FROM]
        return Domain.OR(self._aged(*self._bounds(code)) for code in codes)

    @staticmethod
    def _bounds(code):
        later = [first for first in BUCKET_FROM.values() if first > BUCKET_FROM[code]]
        return BUCKET_FROM[code], min(later) - 1 if later else None

    def _search_age_days(self, operator, value):
        if operator == "in":
            return Domain.OR(self._aged(days, days) for days in value)
        if operator in (">", ">="):
            return self._aged(int(value) + (operator == ">"), None)
        if operator in ("<", "<="):
            return self._aged(0, int(value) - (operator == "<"))
        return NotImplemented

    def _aged(self, first, last):
        """The domain of those at least ``first`` and at most ``last`` days old (None: no end)."""

        def to_sql(model, alias, query):
            age = model._age_sql(alias, query)
            if last is None:
                return SQL("%s >= %s", age, first)
            return SQL("%s BETWEEN %s AND %s", age, first, last)

        def predicate(exception):
            return first <= exception.age_days and (last is None or exception.age_days <= last)

        return Domain.custom(to_sql=to_sql, predicate=predicate)

    @api.model
    def _older_than(self, days):
        """A domain of what was first seen at least so many days ago, for an index to help."""
        return [("first_seen", "<", fields.Datetime.now() - timedelta(days=days))]
