from dataclasses import dataclass
from datetime import date, datetime, time

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.tools import SQL

from ...core.measure import FEW, NO_DATA
from ...core.period import local_day, local_midnight

LEVELS = [("company", "Whole company"), ("site", "Site")]
# Of several places' figures these add up, the rest does not: percentiles are never averaged.
ADDS_UP = ("count", "sum")


@dataclass(frozen=True)
class Day:
    """What the snapshots of one day say about a scope, in the reader's time zone."""

    day: date
    zone: str
    value: float | None
    n: int
    hits: int | None

    @property
    def begin(self):
        return local_midnight(self.day, self.zone)

    @property
    def noon(self):
        """Its middle, UTC: surely within it, wherever the clocks change."""
        local = timezone(self.zone).localize(datetime.combine(self.day, time(12)))
        return local.astimezone(utc).replace(tzinfo=None)


class OpsKpiValue(models.Model):
    """What a KPI said on a day: of a whole company, and of each of its sites.

    Written by the nightly snapshot alone and kept longer than the records it counted. Of the
    level "site", no site means: what belongs to none.
    """

    _name = "ops.kpi.value"
    _description = "KPI History"
    _order = "date desc, kpi_id, company_id, level, site_id"
    _rec_name = "kpi_id"
    _log_access = False

    kpi_id = fields.Many2one(
        "ops.kpi", string="KPI", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    level = fields.Selection(LEVELS, string="Of", required=True, readonly=True)
    site_id = fields.Many2one("ops.site", readonly=True, ondelete="restrict")
    process_id = fields.Many2one(
        "ops.process", readonly=True, ondelete="cascade", help="Empty: all of them."
    )
    date = fields.Date(string="Day", required=True, readonly=True, help="At the place itself.")
    value = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(16, 4),
        help="In the KPI's unit, a share between 0 and 1.",
    )
    withheld = fields.Boolean(
        readonly=True, help="There were no records, or too few to say anything."
    )
    n = fields.Integer(string="Records", readonly=True)
    hits = fields.Integer(readonly=True, help="Of a share.")
    in_words = fields.Char(compute="_compute_in_words")

    # Zeros stand for nothing here, since NULLs are never equal.
    _day_uniq = models.UniqueIndex(
        "(kpi_id, company_id, date, level, COALESCE(site_id, 0), COALESCE(process_id, 0))"
    )
    _site_idx = models.Index("(site_id) WHERE site_id IS NOT NULL")

    @api.depends("value", "withheld", "n", "kpi_id")
    @api.depends_context("lang")
    def _compute_in_words(self):
        for kept in self:
            kpi = kept.kpi_id
            if kept.withheld:
                kept.in_words = kpi._status_words(FEW if kept.n else NO_DATA)
            else:
                kept.in_words = kpi._words(kept.value)

    @api.model
    def _days(self, kpi, scope, first=None, last=None):
        """What was kept about a scope, day by day, as the reader, in one query.

        :param date first: from there on; None: from the beginning of the scope's period
        :param date last: until there, included; None: until its end
        :return: ``[Day]``, the oldest first. Figures of several places are one where they add
            up (counts, sums, hits of shares); percentiles of several places are None.
        """
        query = self._search(self._days_domain(kpi, scope, first, last))
        columns = {
            name: self._field_to_sql(query.table, name, query)
            for name in ("date", "value", "n", "hits", "withheld")
        }
        query.groupby = SQL("1")
        query.order = SQL("1")
        rows = self.env.execute_query(
            query.select(
                columns["date"],
                SQL("SUM(%s) FILTER (WHERE %s IS NOT TRUE)", columns["value"], columns["withheld"]),
                SQL("SUM(%s)", columns["n"]),
                SQL("SUM(%s)", columns["hits"]),
                SQL("COUNT(*)"),
            )
        )
        return [
            Day(
                day,
                scope.zone,
                self._together(kpi, value, n, hits, places),
                n,
                hits if kpi.kind == "share" else None,
            )
            for day, value, n, hits, places in rows
        ]

    def _days_domain(self, kpi, scope, first, last):
        if not first and scope.period.start:
            first = local_day(scope.period.start, scope.zone)
        if not last:
            last = local_day(scope.period.end, scope.zone)
        domain = fields.Domain(
            [
                ("kpi_id", "=", kpi.id),
                ("company_id", "in", list(scope.companies)),
                ("process_id", "=", scope.process or False),
                ("date", "<=", last),
            ]
        )
        if first:
            domain &= fields.Domain("date", ">=", first)
        if scope.sites and kpi.site_field:
            return domain & fields.Domain(
                [("level", "=", "site"), ("site_id", "in", list(scope.sites))]
            )
        # Somebody of certain sites sees their figures and, as everywhere, what is of no site.
        scoped = self.env.user.ops_site_ids and kpi.site_field
        return domain & fields.Domain("level", "=", "site" if scoped else "company")

    @staticmethod
    def _together(kpi, value, n, hits, places):
        if kpi.kind in ADDS_UP:
            return float(value or 0)
        if places == 1:
            return None if value is None else float(value)
        if kpi.kind == "share" and n and n >= kpi.min_n:
            return float(hits or 0) / n
        return None
