from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import new_test_user

from ..core.dashboard import (
    BARS,
    BREAKDOWN,
    KPI,
    LIST,
    STATUS,
    TABLE,
    TREND,
    Dashboard,
    Section,
    Tile,
)
from ..models.dashboard.ops_dashboard import READER_GROUPS
from .kpis import KpiMixin

KINDS_OF_NUMBERS = ("rows", "lines", "series")


class DashboardMixin(KpiMixin):
    """Cases of two companies and two sites, readers of each kind, and a dashboard to try on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Elsewhere and Daughters"})
        cls.north, cls.south = cls.make_place("N"), cls.make_place("S")
        cls.abroad = cls.make_place("A", cls.other)
        for site, seconds in (
            (cls.north, (60, 600, 6000)),
            (cls.south, (30, 90)),
            (None, (7200,)),
            (cls.abroad, (5, 10, 15, 20)),
        ):
            company = cls.other if site == cls.abroad else cls.company
            for each in seconds:
                cls.make_case(
                    each, ago=each + 60, company=company, site_id=site.id if site else False
                )
            cls.make_case(ago=4000, company=company, site_id=site.id if site else False)
        cls.make_case(100, ago=45 * 86400, company=cls.company, site_id=cls.north.id)
        for site in (cls.north, cls.south, cls.abroad):
            cls.make_exception(site)

    @classmethod
    def make_place(cls, code, company=None):
        return cls.make_site(cls, code, company or cls.company)

    @classmethod
    def make_exception(cls, site):
        now = fields.Datetime.now()
        return cls.env["ops.exception"].create(
            {
                "name": f"Trouble at {site.code}",
                "category_id": cls.env["ops.exception.category"].search([], limit=1).id,
                "company_id": site.company_id.id,
                "site_id": site.id,
                "reason": "Tried on purpose",
                "cause_key": f"t_{cls._next()}",
                "due_at": now - timedelta(hours=1),
            }
        )

    @classmethod
    def make_reader(cls, role, companies=None, sites=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            f"t_dash_{role}_{cls._next()}",
            groups=f"healthcare_ops_automation.group_ops_{role}",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            ops_site_ids=[Command.set(sites.ids if sites else [])],
            tz="Europe/Berlin",
        )

    def readers(self):
        """Who reads dashboards: by name, with the companies switched on."""
        both = self.company + self.other
        return {
            "manager": (self.make_reader("manager"), self.company),
            "manager of a site": (self.make_reader("manager", sites=self.north), self.company),
            "manager of two companies": (self.make_reader("manager", both), both),
            "auditor": (self.make_reader("auditor", both), both),
            "administrator": (self.make_reader("admin"), self.company),
        }

    def as_reader(self, user, companies=None):
        companies = companies or user.company_id
        return (
            self.env["ops.dashboard"]
            .with_user(user)
            .with_context(allowed_company_ids=companies.ids)
        )

    def make_dashboard(self, *tiles, code="t_trial", **values):
        """A dashboard for the time of a test: ``with self.make_dashboard(...)``."""
        filters = ("site", "process", "period")
        values = {"groups": READER_GROUPS, "filters": filters, **values}
        dashboard = Dashboard(code, "Trial", (Section("Part", tiles),), **values)
        return self._with_dashboard(dashboard)

    @contextmanager
    def _with_dashboard(self, dashboard):
        model = type(self.env["ops.dashboard"])
        before = model._dashboards
        with patch.object(
            model, "_dashboards", lambda self: {**before(self), dashboard.code: dashboard}
        ):
            yield dashboard

    def trial_tiles(self):
        """A tile of each kind, on KPIs of cases."""
        median = self.make_median(code="t_median", name="Median", min_n=2).code
        opened = self.make_open_count(code="t_open", name="Open").code
        share = self.make_kpi(
            code="t_share",
            name="Long ones",
            kind="share",
            unit="share",
            hits_domain="[('wall_seconds', '>', 50)]",
        ).code
        return (
            Tile("median", KPI, (median,)),
            Tile("open", KPI, (opened,)),
            Tile("share", KPI, (share,)),
            Tile("trend", TREND, (median,), name="Course", chart=BARS),
            Tile("by_site", BREAKDOWN, (median,), name="Sites", field="site_id"),
            Tile("table", TABLE, (median, opened, share), name="All", field="site_id"),
            Tile("states", STATUS, (opened, "t_no_such_kpi"), name="States"),
            Tile(
                "cases",
                LIST,
                name="Cases",
                model="ops.case",
                domain=(("state", "=", "open"),),
                columns=("record_key", "site_id", "opened_at", "state"),
            ),
        )

    def crowded_table(self):
        """A table with more sites than lines: open cases are 3, 2, 2, 1, the worst is called
        last, and has the fewest closed ones."""
        codes = []
        for name, state in (("Open", "open"), ("Closed", "closed")):
            domain = f"[('state', '=', '{state}'), ('round', '=', 7)]"
            codes.append(self.make_open_count(name=name, domain=domain).code)
        for name, opened, closed in (("Z", 3, 1), ("M", 2, 2), ("B", 2, 4), ("A", 1, 5)):
            values = {"company": self.company, "site_id": self.make_place(name).id, "round": 7}
            for seconds in [None] * opened + [60] * closed:
                self.make_case(seconds, **values)
        return Tile("crowd", TABLE, tuple(codes), name="Crowd", field="site_id", limit=2)

    def load_all(self, dashboards, code, params=None):
        layout = dashboards.describe(code, params)
        tiles = [tile["code"] for part in layout["sections"] for tile in part["tiles"]]
        return dashboards.load(code, tiles, params)["tiles"]

    def numbers(self, answer):
        """``(n, action)`` of everything in an answer that opens a list."""
        if answer.get("action") and "n" in answer:
            yield answer["n"], answer["action"]
        if answer.get("hits_action"):
            yield answer["hits"], answer["hits_action"]
        for kind in KINDS_OF_NUMBERS:
            for part in answer.get(kind, []):
                if "n" in part:
                    yield from self.numbers(part)
                cells = part.get("cells")
                for cell in cells.values() if isinstance(cells, dict) else ():
                    yield from self.numbers(cell)

    def assert_lists_agree(self, dashboards, code, params=None):
        """What each number says is what its list counts, with the reader's rights."""
        checked = 0
        for tile, answer in self.load_all(dashboards, code, params).items():
            self.assertNotEqual(answer["status"], "error", f"{code}.{tile}")
            for n, action in self.numbers(answer):
                records = dashboards.env[action["res_model"]]
                self.assertEqual(records.search_count(action["domain"]), n, f"{code}.{tile}")
                checked += 1
        return checked
