import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...core.period import Period, local_day, local_midnight

_logger = logging.getLogger(__name__)

# Days before today that a night works out again: records of the day may come late.
DAYS_AGAIN = 3
UPSERT = """
    INSERT INTO ops_kpi_value (kpi_id, date, company_id, level, site_id, process_id,
                               value, withheld, n, hits)
    VALUES %s
    ON CONFLICT (kpi_id, company_id, date, level, (COALESCE(site_id, 0)), (COALESCE(process_id, 0)))
    DO UPDATE SET value = EXCLUDED.value, withheld = EXCLUDED.withheld,
                  n = EXCLUDED.n, hits = EXCLUDED.hits
"""


class OpsKpiValue(models.Model):
    """The nightly snapshot: a day's figures of all companies and sites.

    Engine SQL across companies: it runs without a reader, two grouped queries a KPI and time
    zone, and each row is of one company. Doing a day again overwrites it.
    """

    _inherit = "ops.kpi.value"

    @api.model
    def _cron_snapshot(self):
        """Keep the states of today, and what happened on the days before."""
        self._snapshot()

    def action_snapshot(self):
        """Take a snapshot now, instead of waiting for the night."""
        if not self.env.user.has_group("healthcare_ops_automation.group_ops_admin"):
            raise AccessError(self.env._("Snapshots are taken by operations administrators."))
        self._snapshot()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _snapshot(self, day=None):
        """Write what each KPI says about each company and site.

        :param date day: of what happened on it (at the place itself), without the states of
            now. None: the states of now as today's, and what happened on the days before today
        :return: number of rows written
        """
        # sudo: from here on it is the engine that reads, for nobody; rows are read by the rules
        engine = self.sudo().with_context(active_test=True, allowed_company_ids=None)
        kpis = engine.env["ops.kpi"].search([("kind", "!=", "method"), ("active", "=", True)])
        kpis = kpis.filtered(lambda kpi: kpi.model_name in engine.env)
        rows = []
        for zone, places in engine._places_by_zone().items():
            today = local_day(fields.Datetime.now(), zone)
            days = [day] if day else [today - timedelta(days=ago + 1) for ago in range(DAYS_AGAIN)]
            for kpi in kpis:
                if kpi.period_field:
                    rows += engine._rows_despite(kpi, places, days, zone)
                elif not day:
                    rows += engine._rows_despite(kpi, places, [today], zone)
        engine._upsert(rows)
        return len(rows)

    def _rows_despite(self, kpi, places, days, zone):
        """The rows of a KPI for some days; none when it cannot be worked out, which is logged and
        keeps the others from nothing."""
        try:
            # A savepoint, because a query that fails would end those after it too.
            with self.env.cr.savepoint(flush=False):
                return [row for day in days for row in self._rows_of(kpi, places, day, zone)]
        except Exception:
            _logger.exception("KPI %s is missing from the snapshot", kpi.code)
            return []

    @api.model
    def _places_by_zone(self):
        """``{time zone: (companies, sites)}``; a company's zone is that of its working hours."""
        companies = self.env["res.company"].search([("active", "=", True)])
        sites = self.env["ops.site"].with_context(active_test=False)
        sites = sites.search([("company_id", "in", companies.ids)])
        found = defaultdict(lambda: [self.env["res.company"], self.env["ops.site"]])
        for zone, group in companies.grouped(lambda each: each.resource_calendar_id.tz).items():
            found[zone or "UTC"][0] |= group
        for zone, group in sites.grouped("tz").items():
            found[zone or "UTC"][1] |= group
        return found

    def _rows_of(self, kpi, places, day, zone):
        """The rows of a KPI for a day, of the companies and sites of a time zone."""
        companies, sites = places
        period = Period(
            "day", local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone)
        )
        processes = [None]
        if kpi.process_field:
            processes += self.env["ops.process"].search([("code", "!=", False)]).ids
        found = {
            (company.id, "company", None, process): (None, 0, None)
            for company in companies
            for process in processes
        }
        found |= self._grouped(kpi, "company", self._of_companies(kpi, companies), period)
        if kpi.site_field:
            found |= {
                (site.company_id.id, "site", site.id, None): (None, 0, None) for site in sites
            }
            found |= {(company.id, "site", None, None): (None, 0, None) for company in companies}
            found |= self._grouped(kpi, "site", self._of_sites(kpi, companies, sites), period)
        return [
            (kpi.id, day, *key, *self._kept(kpi, *figures))
            for key, figures in self._spread(kpi, found, companies).items()
        ]

    @staticmethod
    def _of_companies(kpi, companies):
        ids = [*companies.ids, False] if kpi.shared else companies.ids
        return Domain(kpi.company_field, "in", ids)

    def _of_sites(self, kpi, companies, sites):
        """What belongs to the sites, and to the companies without belonging to a site."""
        nowhere = Domain(kpi.site_field, "=", False) & self._of_companies(kpi, companies)
        return Domain(kpi.site_field, "in", sites.ids) | nowhere

    def _grouped(self, kpi, level, places, period):
        """``{(company, level, site, process): (value, n, hits)}``, in one query."""
        records = self.env[kpi.model_name]
        query = records._search(kpi._counted() & places & kpi._within(period))

        def column(name):
            return records._field_to_sql(query.table, name, query) if name else SQL("NULL::int")

        company = column(kpi.company_field)
        site = column(kpi.site_field if level == "site" else None)
        process = column(kpi.process_field)
        place = SQL("%s, %s", company, site) if level == "site" else company
        sets = SQL("(%s)", place)
        if kpi.process_field:
            sets = SQL("(%s), (%s, %s)", place, place, process)
        query.groupby = SQL("GROUPING SETS (%s)", sets)
        rows = self.env.execute_query(
            query.select(
                company,
                site,
                process,
                kpi._value_sql(records, query, None),
                SQL("COUNT(*)"),
                *(list(kpi._hits_sql(records, query)) or [SQL("NULL::int")]),
            )
        )
        return {
            (company, level, site, process): (value, n, hits)
            for company, site, process, value, n, hits in rows
        }

    @staticmethod
    def _spread(kpi, found, companies):
        """Add what is of no company to each, as its readers see it: such KPIs are sums."""
        for (company, level, site, process), figures in list(found.items()):
            if company:
                continue
            del found[company, level, site, process]
            for each in companies.ids:
                value, n, hits = found.get((each, level, site, process), (None, 0, None))
                found[each, level, site, process] = (
                    (value or 0) + (figures[0] or 0),
                    n + figures[1],
                    hits,
                )
        return found

    @staticmethod
    def _kept(kpi, value, n, hits):
        """The columns value, withheld, n and hits of a row."""
        told = kpi._told(n, value)
        if kpi.kind == "share":
            hits = hits or 0
        return (told, told is None, n, hits)

    def _upsert(self, rows):
        if rows:
            self.env.cr.execute_values(UPSERT, rows, page_size=1000)
            self.invalidate_model()
