from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...core.measure import FEW, NO_ACCESS, NO_DATA, NOT_INSTALLED, OK, Measure


class OpsKpi(models.Model):
    """Work figures out of the rows, with the rights of whoever asks.

    Each query starts from ``Model._search(domain)``, which carries access rights and record
    rules; the number of rows comes from the same query as the figure, and the same domain
    opens the list. Percentiles come from rows and are never averaged.
    """

    _inherit = "ops.kpi"

    def _measure(self, scope):
        """What the KPI says about a scope.

        :param Scope scope: see ``scope.py``
        :return: :class:`~core.measure.Measure`
        """
        self.ensure_one()
        if self.model_name not in self.env:
            return Measure(NOT_INSTALLED)
        try:
            if self.kind == "method":
                return getattr(self, f"_measure_{self.code}")(scope)
            return self._measure_rows(scope)
        except AccessError:
            return Measure(NO_ACCESS)

    def _measure_rows(self, scope):
        domain = self._scoped(scope)
        n, value, hits = self._aggregate(domain, scope)
        found = {"n": n, "model": self.model_name, "domain": list(domain)}
        if self.kind == "share":
            found |= {
                "hits": hits,
                "hits_domain": list(domain & Domain(self._literal("hits_domain"))),
            }
        if self.kind in ("count", "sum"):
            return Measure(OK, value=value or 0, **found)
        if not n:
            return Measure(NO_DATA, **found)
        if n < self.min_n or value is None:
            return Measure(FEW, **found)
        return Measure(OK, value=value, **found)

    def _scoped(self, scope):
        """The domain of the records that a scope is about."""
        domain = self._counted()
        if self.company_field:
            companies = [*scope.companies, False] if self.shared else list(scope.companies)
            domain &= Domain(self.company_field, "in", companies)
        if scope.sites and self.site_field:
            domain &= Domain(self.site_field, "in", list(scope.sites))
        if scope.process and self.process_field:
            domain &= Domain(self.process_field, "=", scope.process)
        if not scope.raised_by_alerts:
            domain &= self._not_raised_by_alerts()
        return domain & self._within(scope.period)

    def _not_raised_by_alerts(self):
        """The domain of the records that no alert has raised: all of them, of most models."""
        field = self.env[self.model_name]._fields.get("alert_id")
        raised = field is not None and field.comodel_name == "ops.alert"
        return Domain("alert_id", "=", False) if raised else Domain.TRUE

    def _counted(self):
        """The domain of the records that are counted, wherever and whenever."""
        domain = Domain(self._literal("domain"))
        for name in (self.from_field, self.to_field):
            if name:
                domain &= Domain(name, "!=", False)
        return domain

    def _within(self, period):
        """The domain of the records that belong to a period."""
        if not self.period_field:
            return Domain.TRUE
        domain = Domain(self.period_field, "<", fields.Datetime.to_string(period.end))
        if period.start:
            domain &= Domain(self.period_field, ">=", fields.Datetime.to_string(period.start))
        return domain

    def _aggregate(self, domain, scope):
        """``(n, value, hits)`` of the records of a domain, in one query."""
        records = self.env[self.model_name]
        query = records._search(domain)
        rows = query.select(
            SQL("COUNT(*)"), self._value_sql(records, query, scope), *self._hits_sql(records, query)
        )
        row = self.env.execute_query(rows)[0]
        n, value = row[0], row[1]
        return n, value if value is None else float(value), row[2] if len(row) > 2 else None

    def _value_sql(self, records, query, scope):
        """The figure as SQL over the rows of a query."""
        if self.kind == "count":
            return SQL("COUNT(*)")
        if self.kind == "share":
            return SQL("AVG(CASE WHEN %s THEN 1.0 ELSE 0.0 END)", self._is_hit(records, query))
        expression = self._expression(records, query)
        if self.kind == "sum":
            return SQL("SUM(%s)", expression)
        return SQL("PERCENTILE_CONT(%s) WITHIN GROUP (ORDER BY %s)", self.percentile, expression)

    def _hits_sql(self, records, query):
        if self.kind == "share":
            yield SQL("COUNT(*) FILTER (WHERE %s)", self._is_hit(records, query))

    def _is_hit(self, records, query):
        """The condition of a share as SQL, on the rows of a query."""
        hits = Domain(self._literal("hits_domain")).optimize_full(records)
        return hits._to_sql(records, query.table, query)

    def _expression(self, records, query):
        """The number of a row, as SQL: a stored one, or seconds between two times."""
        if self.value_field:
            return records._field_to_sql(query.table, self.value_field, query)
        start = records._field_to_sql(query.table, self.from_field, query)
        # The transaction's clock: the same for every row and tile of an answer.
        end = SQL("(now() AT TIME ZONE 'UTC')")
        if self.to_field:
            end = records._field_to_sql(query.table, self.to_field, query)
        return SQL("EXTRACT(EPOCH FROM (%s - %s))", end, start)
