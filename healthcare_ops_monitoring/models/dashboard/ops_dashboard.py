import logging
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...core.dashboard import ERROR
from ...core.measure import NO_ACCESS
from ...core.period import DAYS, PERIODS
from ..kpi.scope import Scope

_logger = logging.getLogger(__name__)

READER_GROUPS = (
    "healthcare_ops_automation.group_ops_manager",
    "healthcare_ops_automation.group_ops_admin",
    "healthcare_ops_automation.group_ops_auditor",
)
MEMORY = "ops.dashboard"
PARAMS = ("period", "company", "site", "process")
"""What an address may say about a dashboard."""


class OpsDashboard(models.AbstractModel):
    """Pages of figures, each of which opens the records behind it.

    To add one: inherit, and put a :class:`~core.dashboard.Dashboard` into what `_dashboards`
    returns. Figures come from KPIs (`ops.kpi`) with the rights of whoever asks; nothing here
    opens what the reader may not see.
    """

    _name = "ops.dashboard"
    _description = "Dashboard"

    @api.model
    def _dashboards(self):
        """The hook: ``{code: Dashboard}``, names in the reader's language."""
        return {}

    # -- what the page asks ---------------------------------------------------------------

    @api.model
    @api.readonly
    def describe(self, code=None, params=None):
        """How a dashboard is laid out, and what can be chosen on it.

        :param str code: None: the first one that the reader may see
        :param dict params: of the page's address, see ``PARAMS``
        :return: ``{dashboard, dashboards, sections, choices, params}``
        :raise AccessError: when it is not the reader's to see, or a place is not
        :raise UserError: for a dashboard, filter or period that there is not
        """
        dashboard = self._dashboard(code)
        self._scope(dashboard, params)
        with self._remembering(dashboard.tiles):
            sections = [
                {"name": section.name, "tiles": [self._frame(tile) for tile in section.tiles]}
                for section in dashboard.sections
            ]
        return {
            "dashboard": self._head(dashboard),
            "dashboards": [self._head(each) for each in self._readable()],
            "sections": sections,
            "choices": self._choices(dashboard),
            "params": self._params(dashboard, params),
        }

    @api.model
    @api.readonly
    def load(self, code, tiles, params=None):
        """What some tiles say.

        :param list tiles: their codes; what is asked for twice is worked out once
        :return: ``{at, zone, tiles: {code: {status, ...}}}``. A tile that fails says so in its
            own answer; the others are there.
        :raise AccessError: like :meth:`describe`
        :raise UserError: like it, and for a tile that there is not
        """
        dashboard = self._dashboard(code)
        scope = self._scope(dashboard, params)
        known = {tile.code: tile for tile in dashboard.tiles}
        if not isinstance(tiles, list | tuple) or not all(isinstance(t, str) for t in tiles):
            raise UserError(self.env._("Tiles: give a list of their codes."))
        tiles = dict.fromkeys(tiles)
        if unknown := [tile for tile in tiles if tile not in known]:
            raise UserError(
                self.env._(
                    "“%(dashboard)s” has no tile “%(tile)s”. Load the page anew.",
                    dashboard=dashboard.name,
                    tile=unknown[0],
                )
            )
        with self._remembering([known[tile] for tile in tiles]):
            return {
                "at": fields.Datetime.to_string(fields.Datetime.now()),
                "zone": scope.zone,
                "tiles": {tile: self._answer(dashboard, known[tile], scope) for tile in tiles},
            }

    # -- who may see what -----------------------------------------------------------------

    def _readable(self):
        """The dashboards of the reader, in the order of the page."""
        found = sorted(self._dashboards().values(), key=lambda each: (each.sequence, each.code))
        return [each for each in found if self._may_read(each)]

    def _may_read(self, dashboard):
        return any(self.env.user.has_group(group) for group in dashboard.groups)

    def _dashboard(self, code):
        """The one that a code names, for who may see it."""
        refusal = self.env._(
            "Dashboards are shown to operations managers, administrators and auditors."
        )
        if not code:
            readable = self._readable()
            if not readable:
                raise AccessError(refusal)
            return readable[0]
        dashboard = self._dashboards().get(code) if isinstance(code, str) else None
        if not dashboard:
            if not self._readable():
                raise AccessError(refusal)
            raise UserError(
                self.env._(
                    "There is no dashboard “%s”. Its module may not be installed.", str(code)[:80]
                )
            )
        if not self._may_read(dashboard):
            raise AccessError(refusal)
        return dashboard

    def _params(self, dashboard, params):
        """What the address says of the dashboard's filters, checked for its form.

        With what holds where it says nothing, and without the filters of other dashboards.
        """
        if params is not None and not isinstance(params, dict):
            raise UserError(self.env._("Filters: give a name and a value for each."))
        given = {name: value for name, value in (params or {}).items() if value}
        if unknown := [name for name in given if name not in PARAMS]:
            raise UserError(self.env._("There is no filter “%s”.", str(unknown[0])[:80]))
        # What the page does not show must not narrow its figures.
        offered = (*dashboard.filters, "company")
        given = {name: value for name, value in given.items() if name in offered}
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise UserError(self.env._("Filter “%s”: choose one of the list.", name))
        return {"period": dashboard.period, **given}

    def _scope(self, dashboard, params):
        """What the figures are about; see ``Scope.of``, which refuses what is not the reader's."""
        params = self._params(dashboard, params)
        scope = Scope.of(self.env, {**params, "period": str(params["period"])})
        try:
            scope.previous  # noqa: B018  a period so long that nothing is before it
        except OverflowError as error:
            raise UserError(self.env._("The period is too long: choose a shorter one.")) from error
        if scope.process and not self.env["ops.process"].browse(scope.process).exists():
            raise UserError(self.env._("There is no such process: choose one of the list."))
        return scope

    # -- what the page is given -----------------------------------------------------------

    def _head(self, dashboard):
        return {
            "code": dashboard.code,
            "name": dashboard.name,
            "icon": dashboard.icon,
            "note": dashboard.note,
            "filters": list(dashboard.filters),
            "period": dashboard.period,
        }

    def _frame(self, tile):
        """A tile before its answer: enough to hold its place."""
        kpi = self._kpi(tile.kpis[0]) if tile.kpis and not tile.name else None
        return {
            "code": tile.code,
            "kind": tile.kind,
            "name": tile.name or (kpi and kpi.name) or self._name_of(tile.kpis[0]),
            "note": tile.note,
            "size": tile.size,
            "limit": tile.limit,
        }

    def _choices(self, dashboard):
        """What each filter offers: places and processes of the reader."""
        sites = self.env["ops.site"].search_read(
            [("company_id", "in", self.env.companies.ids)], ["display_name", "company_id"]
        )
        return {
            "companies": [{"id": each.id, "name": each.name} for each in self.env.companies],
            "sites": [
                {
                    "id": site["id"],
                    "name": site["display_name"],
                    "company": site["company_id"] and site["company_id"][0],
                }
                for site in sites
            ],
            "processes": [
                {"id": process["id"], "name": process["name"]}
                for process in self.env["ops.process"].search_read([], ["name"])
            ]
            if "process" in dashboard.filters
            else [],
            "periods": [{"code": code, "name": self._period_name(code)} for code in PERIODS],
        }

    def _period_name(self, code):
        names = {
            "today": self.env._("Today"),
            "7d": self.env._("7 days"),
            "30d": self.env._("30 days"),
            "90d": self.env._("90 days"),
            "12m": self.env._("12 months"),
            "all": self.env._("All time"),
        }
        if code in names:
            return names[code]
        return code.replace("..", " – ")

    def _previous_name(self, period):
        """What a figure is compared with, in words."""
        if period.code == "today":
            # Not the same hours of yesterday: those that end where today begins.
            return self.env._("as many hours before midnight")
        if period.code in DAYS:
            return self.env._("the %s before", self._period_name(period.code))
        return self.env._("as many days before")

    def _answer(self, dashboard, tile, scope):
        """What a tile says; whatever it raises becomes an answer."""
        try:
            # A savepoint, because a query that fails would end the tiles after it too.
            with self.env.cr.savepoint(flush=False):
                return getattr(self, f"_tile_{tile.kind}")(tile, scope)
        except AccessError:
            return {"status": NO_ACCESS}
        except Exception:
            # The text of the error stays in the log: it may name what is not for the reader.
            _logger.exception("Tile %s of dashboard %s raised", tile.code, dashboard.code)
            return {"status": ERROR}

    def _name_of(self, code):
        """What to call a KPI that no module brings."""
        return code.replace("_", " ").capitalize()

    @contextmanager
    def _remembering(self, tiles):
        """Read the KPIs of tiles at once, and what they are in words once, for one answer."""
        codes = {code for tile in tiles for code in tile.kpis}
        kpis = self.env["ops.kpi"].search([("code", "in", list(codes))])
        before = self.env.cr.cache.get(MEMORY)
        self.env.cr.cache[MEMORY] = {"kpis": {kpi.code: kpi for kpi in kpis}, "definitions": {}}
        try:
            yield
        finally:
            self.env.cr.cache[MEMORY] = before

    def _remembered(self, what):
        return (self.env.cr.cache.get(MEMORY) or {}).get(what, {})

    def _kpi(self, code):
        """The KPI of a code, empty where no module brings it."""
        return self._remembered("kpis").get(code, self.env["ops.kpi"])
