from dataclasses import replace

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime, Domain
from odoo.tools import SQL

from ...core.buckets import buckets
from ...core.measure import NO_DATA, OK, Measure
from ...core.period import local_day


class OpsKpi(models.Model):
    """Figures over time, by what, and against the period before."""

    _inherit = "ops.kpi"

    def _series(self, scope, points):
        """The figure in the course of the scope's period.

        Of KPIs of the state of things now: what the daily snapshots kept. Percentiles of each
        piece come from its own rows; with too few, the value is None.

        :param int points: at most that many pieces; see :func:`core.buckets.buckets`
        :return: ``[(begin of the piece in UTC, value or None, n)]``, empty pieces too; empty
            without access, for what is not installed, and "since ever" without any record
        """
        self.ensure_one()
        if self.model_name not in self.env or self.kind == "method":
            return []
        try:
            if not self.period_field:
                return self._series_of_states(scope, points)
            return self._series_of_rows(scope, points)
        except AccessError:
            return []

    def _series_of_rows(self, scope, points):
        domain = self._scoped(scope)
        records = self.env[self.model_name]
        start = scope.period.start or self._earliest(records, domain)
        if not start:
            return []
        _unit, begins = buckets(start, scope.period.end, scope.zone, points)
        query = records._search(domain)
        # The borders are worked out here, on the reader's clock: the database needs to know
        # no time zone, and no hour is lost or counted twice where the clocks change.
        piece = SQL(
            "WIDTH_BUCKET(%s, %s::timestamp[])",
            records._field_to_sql(query.table, self.period_field, query),
            [Datetime.to_string(begin) for begin in begins],
        )
        query.groupby = SQL("1")
        found = {
            row[0]: row[1:]
            for row in self.env.execute_query(
                query.select(
                    piece,
                    SQL("COUNT(*)"),
                    self._value_sql(records, query, scope),
                )
            )
        }
        nothing = (0, None)
        return [
            (begin, self._told(*found.get(number, nothing)), found.get(number, nothing)[0])
            for number, begin in enumerate(begins, start=1)
        ]

    def _told(self, n, value):
        """The value that may be told of ``n`` records: see ``_measure_rows``."""
        if self.kind in ("count", "sum"):
            return float(value or 0)
        if not n or n < self.min_n or value is None:
            return None
        return float(value)

    def _earliest(self, records, domain):
        """Where "since ever" begins: the time of the first record, by the index."""
        first = records.search(domain, order=self.period_field, limit=1)
        return first and first[self.period_field] or None

    def _series_of_states(self, scope, points):
        days = self.env["ops.kpi.value"]._days(self, scope)
        start = scope.period.start or (days and days[0].begin)
        if not start:
            return []
        _unit, begins = buckets(start, scope.period.end, scope.zone, points)
        found = {}
        for day in days:
            # A day counts where its noon is: its midnight may be another day's evening.
            number = sum(begin <= day.noon for begin in begins)
            found[number] = day  # of a piece its last day
        return [
            (
                begin,
                found[number].value if number in found else None,
                found[number].n if number in found else 0,
            )
            for number, begin in enumerate(begins, start=1)
        ]

    def _compared(self, scope):
        """The figure of a scope, and that of the period of equal length before it.

        Of KPIs of the state of things now: what the snapshot of the period's first day kept.

        :return: ``(Measure, Measure or None)``
        """
        self.ensure_one()
        now = self._measure(scope)
        if self.model_name not in self.env or not scope.period.start:
            return now, None
        if self.period_field:
            return now, self._measure(scope.previous)
        first = local_day(scope.period.start, scope.zone)
        days = self.env["ops.kpi.value"]._days(self, scope, first, first)
        if not days:
            return now, None
        # What was counted then cannot be opened: its records have moved on.
        return now, replace(
            Measure(OK if days[0].value is not None else NO_DATA),
            value=days[0].value,
            n=days[0].n,
            hits=days[0].hits,
        )

    def _breakdown(self, scope, field, limit):
        """The figure by what a stored field of the records says, worst first.

        Worst is by the good direction, without one by number of records; what has too few
        records for a figure comes last.

        :param str field: a stored field of the KPI's model
        :param int limit: at most that many
        :return: ``[{key, label, value, n, domain}]``: ``key`` as the database has it, ``domain``
            finds exactly the ``n`` records; empty without access and for what is not installed
        :raise UserError: for a field that is not there (any more)
        """
        return self._breakdown_rows(scope, field, self._groups(scope, field, limit))

    def _groups(self, scope, field, limit=None):
        """What a breakdown consists of, worst first, without names: ``[(key, value, n)]``.

        :param int limit: None: all of them, for who has to choose among several KPIs' groups
        """
        self.ensure_one()
        if self.model_name not in self.env or self.kind == "method":
            return []
        try:
            return self._group_rows(scope, field, limit)
        except AccessError:
            return []

    def _group_rows(self, scope, field, limit):
        records = self.env[self.model_name]
        if field not in records._fields:
            raise UserError(
                self.env._(
                    "“%(model)s” has no field “%(field)s” any more. Choose another one.",
                    model=records._description,
                    field=field,
                )
            )
        domain = self._scoped(scope)
        records._check_field_access(records._fields[field], "read")
        query = records._search(domain)
        value = self._value_sql(records, query, scope)
        enough = SQL("(COUNT(*) >= %s) DESC", self._fewest)
        worst = {
            "lower": SQL("2 DESC NULLS LAST"),
            "higher": SQL("2 ASC NULLS LAST"),
            "none": SQL("3 DESC"),
        }[self.direction]
        query.groupby = SQL("1")
        query.order = SQL("%s, %s, 3 DESC, 1", enough, worst)
        query.limit = limit
        key = records._field_to_sql(query.table, field, query)
        rows = self.env.execute_query(query.select(key, value, SQL("COUNT(*)")))
        return [(key, self._told(n, value), n) for key, value, n in rows]

    def _breakdown_rows(self, scope, field, groups):
        """Groups with their names, and the domains that find their records."""
        if not groups:
            return []
        domain = self._scoped(scope)
        labels = self._labels(self.env[self.model_name], field, [key for key, _v, _n in groups])
        return [
            {
                "key": key,
                "label": labels[key],
                "value": value,
                "n": n,
                "domain": list(domain & Domain(field, "=", False if key is None else key)),
            }
            for key, value, n in groups
        ]

    def _rank(self, value=None, n=0):
        """Where a group stands among others, the worst lowest: for sorting, as `_groups` does.

        Without arguments: where what has no records at all stands.
        """
        if value is None and self.kind in ("count", "sum"):
            value = 0
        if value is None:
            return 1, 0
        return 0, {"lower": -value, "higher": value, "none": -n}[self.direction]

    @property
    def _fewest(self):
        return 0 if self.kind in ("count", "sum") else self.min_n

    def _labels(self, records, name, keys):
        """What to call each value of a field, with the reader's rights."""
        field = records._fields[name]
        none = self.env._("None")
        if field.relational and field.comodel_name == "ops.site":
            none = self.env._("Without a site")
        labels = {None: none}
        if field.type == "many2one":
            linked = self.env[field.comodel_name].browse(key for key in keys if key).exists()
            if not linked.has_access("read"):
                readable = linked._filtered_access("read")
            else:
                readable = linked
            labels |= {each.id: each.display_name for each in readable}
            return {key: labels.get(key) or self.env._("No access") for key in keys}
        if field.type == "selection":
            labels |= dict(field._description_selection(self.env))
        if field.type == "boolean":
            labels |= {True: self.env._("Yes"), False: self.env._("No")}
        return {key: labels.get(key) or str(key) for key in keys}
