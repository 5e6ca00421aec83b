from dataclasses import dataclass, field

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from ...core import measure as measures
from ...core.health import STATUSES
from ...core.period import period_of
from ..kpi.scope import Scope
from .ops_alert_rule import HEALTH

# The key of the group without a value; no value has it, see ``_key``.
NO_VALUE = "-"
# Groups that one look tells apart, the worst first.
GROUPS_AT_MOST = 200


@dataclass(frozen=True)
class Reading:
    """A figure of a rule.

    :param of_every_site: whether it tells of every site of the company
    :param value: None where it is not known; ``why`` says in words why
    :param domain: finds exactly the ``n`` records of ``model`` behind it
    """

    company: object
    site: object
    key: str = ""
    label: str = ""
    of_every_site: bool = False
    value: float | None = None
    n: int = 0
    why: str = ""
    model: str | None = None
    domain: list = field(default_factory=list)


def _key(value):
    """A group's key: a value that begins like that of no value gets one more of its signs."""
    if value is None:
        return NO_VALUE
    text = str(value)
    return f"{NO_VALUE}{text}" if text.startswith(NO_VALUE) else text


class OpsAlertRule(models.Model):
    """Reading: what the figures of a rule are now."""

    _inherit = "ops.alert.rule"

    def _as_service(self, company):
        """The rule as the engine reads it for one company.

        The superuser, because an alert must not depend on who happens to be asked; instead, each
        figure is bounded by a Scope of exactly one company and, where the rule has one, its
        site, and a KPI that tells no companies apart is refused (``_check_watched``).
        """
        env = self.env(
            user=SUPERUSER_ID,
            su=True,
            context={"allowed_company_ids": company.ids, "lang": "en_US"},
        )
        return self.with_env(env)

    def _companies(self):
        """The companies that the rule watches, each by itself."""
        self.ensure_one()
        if self.company_id:
            return self.company_id
        if self.source == HEALTH:
            # Health is of the whole installation; somebody's exception it must be.
            return self.env.ref("base.main_company")
        return self.env["res.company"].search([("active", "=", True)], order="id")

    def _zone(self, company):
        """The time zone of the place that is watched."""
        site = self.site_id
        # sudo: a site and its calendar say where the days begin
        calendar = (
            site.sudo().resource_calendar_id if site else None
        ) or company.sudo().resource_calendar_id
        return calendar.tz or "UTC"

    def _scope(self, company):
        """The :class:`Scope` of a figure of this rule.

        What alerts have raised does not count: with its own exception among what it watches, an
        alert would keep itself alive.
        """
        site, zone = self.site_id, self._zone(company)
        sites = ()
        if site:
            below = self.env["ops.site"].with_context(active_test=False)
            sites = tuple(below.search([("id", "child_of", site.id)]).ids)
        period = period_of(self.period_code, fields.Datetime.now(), zone)
        return Scope(
            (company.id,),
            sites,
            self.process_id.id or None,
            period,
            zone,
            raised_by_alerts=False,
        )

    def _readings(self, company):
        """What the figures are, with the rights of the environment.

        :return: list of :class:`Reading`; a group without any record has none
        """
        self.ensure_one()
        if self.source == HEALTH:
            return [self._health_reading(company)]
        scope = self._scope(company)
        if self.grouping == "rule":
            return [self._reading(company, self.kpi_id._measure(scope))]
        if self.kpi_id.model_name not in self.env:
            return []
        name = self._group_by()
        field = self.env[self.kpi_id.model_name]._fields.get(name)
        if field is not None and field.groups:
            # Read as superuser: no access rights keep it from the alerts. It may be newer than
            # the rule that it is for certain people.
            raise UserError(self.env._("Group field: “%s” is for certain people only.", name))
        rows = self.kpi_id._breakdown(scope, name, GROUPS_AT_MOST)
        return [self._group_reading(company, row) for row in rows]

    def _health_reading(self, company):
        health = self.env["ops.health"]
        if self.health_check not in health._checks():
            raise UserError(self.env._("This health check is not installed any more."))
        check = health._run_one(self.health_check)
        action = check.action or {}
        return Reading(
            company,
            self.site_id,
            value=STATUSES.index(check.status),
            why=check.detail,
            model=action.get("res_model"),
            domain=action.get("domain") or [],
        )

    def _reading(self, company, measure):
        empty = measure.status == measures.NO_DATA and self._missing_value() is not None
        few = not empty and self._is_few(measure.n)
        known = empty or (measure.status == measures.OK and not few)
        why = {
            measures.FEW: self.env._("too few records"),
            measures.NO_DATA: self.env._("no records"),
            measures.NO_ACCESS: self.env._("no access"),
            measures.NOT_INSTALLED: self.env._("not installed"),
        }.get(measures.FEW if few else measure.status, "")
        return Reading(
            company,
            self.site_id,
            of_every_site=self._is_of_every_site(),
            value=(measure.value or 0.0) if known else None,
            n=measure.n,
            why=why,
            model=measure.model,
            domain=measure.domain,
        )

    def _group_reading(self, company, row):
        site = self.site_id
        if self.grouping == "site" and row["key"]:
            site = self.env["ops.site"].browse(row["key"])
        few = self._is_few(row["n"]) or row["value"] is None
        return Reading(
            company,
            site,
            key=_key(row["key"]),
            label=row["label"] or self.env._("None"),
            of_every_site=self._is_of_every_site(),
            value=None if few else row["value"],
            n=row["n"],
            why=self.env._("too few records") if few else "",
            model=self.kpi_id.model_name,
            domain=row["domain"],
        )

    def _is_of_every_site(self):
        """Whether its figures tell of sites, and of all together."""
        return bool(self.kpi_id.site_field) and not self.site_id and self.grouping != "site"

    def _is_few(self, n):
        """Whether a figure of ``n`` records says nothing; a number of records always does."""
        counts = self.kpi_id.kind in ("count", "sum")
        return not counts and n < max(self.min_n, self.kpi_id.min_n)

    def _missing_value(self):
        """The figure without records: none of a count, and where the rule says that all is well
        then; not known of anything else."""
        counts = self.kpi_id.kind in ("count", "sum")
        return 0.0 if counts or (self.empty_is_calm and self._is_above()) else None
