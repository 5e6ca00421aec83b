from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import format_date

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from ..core.dashboard import KPI, STATUS, TREND, Tile
from ..core.period import local_day
from .common import READERS, ROLES
from .dashboards import DashboardMixin

LOGGER = "odoo.addons.healthcare_ops_monitoring.models.dashboard.ops_dashboard"
OURS = ("control_tower", "processes", "approvals", "integrations")


@tagged("post_install", "-at_install")
class TestDashboard(DashboardMixin, TransactionCase):
    def test_managers_administrators_and_auditors_read_them_and_nobody_else(self):
        for role in ROLES:
            with self.subTest(role=role):
                dashboards = self.as_reader(self.make_reader(role))
                if role in READERS:
                    found = dashboards.describe()
                    codes = [each["code"] for each in found["dashboards"]]
                    self.assertEqual([code for code in codes if code in OURS], list(OURS))
                    self.assertEqual(found["dashboard"]["code"], OURS[0])
                else:
                    for method, *arguments in (
                        ("describe",),
                        ("describe", "control_tower"),
                        ("describe", "no_such_dashboard"),
                        ("load", "control_tower", ["unowned"]),
                        ("_export", "control_tower", {}),
                    ):
                        with self.assertRaises(AccessError):
                            getattr(dashboards, method)(*arguments)

    def test_a_dashboard_for_others_is_not_shown(self):
        with self.make_dashboard(
            Tile("x", KPI, ("t",)), groups=("healthcare_ops_automation.group_ops_auditor",)
        ) as secret:
            manager = self.as_reader(self.manager)
            codes = [each["code"] for each in manager.describe()["dashboards"]]
            self.assertNotIn(secret.code, codes)
            for call in (manager.describe, lambda code: manager.load(code, ["x"])):
                with self.assertRaises(AccessError):
                    call(secret.code)

    def test_what_nobody_can_mean_is_refused_in_words(self):
        manager = self.as_reader(self.manager)
        for params in (
            {"period": "fortnight"},
            {"period": "2026-02-30..2026-03-01"},
            {"period": "2026-03-02..2026-03-01"},
            {"period": "0002-01-01..9999-12-30"},
            {"period": ["30d"]},
            {"period": 7},
            {"site": "somewhere"},
            {"site": -1},
            {"site": {"id": 1}},
            {"site": True},
            {"site": "1; DROP TABLE ops_case"},
            {"process": 2**31 - 1},
            {"process": 10**30},
            {"site": "9" * 5000},
            {"process": "0" * 5000},
            {"company": "9" * 11},
            {"period": "9" * 5000},
            {"flavour": "strawberry"},
            ["30d"],
            "30d",
        ):
            for call in (
                lambda params: manager.describe("processes", params),
                lambda params: manager.load("processes", ["open"], params),
            ):
                with self.subTest(params=params), self.assertRaises(UserError) as refused:
                    call(params)
                self.assertTrue(refused.exception.args[0])
        for code in ("no_such_dashboard", ["control_tower"], {"a": 1}, 17):
            with self.subTest(code=code), self.assertRaises(UserError):
                manager.describe(code)
        for tiles in (["no_such_tile"], "unowned", None, [1], [["unowned"]]):
            with self.subTest(tiles=tiles), self.assertRaises(UserError):
                manager.load("control_tower", tiles)

    def test_filters_that_a_dashboard_does_not_offer_are_ignored(self):
        other = self.env["ops.process"].search([], limit=1)
        with self.make_dashboard(
            Tile("states", STATUS, (self.make_median().code,), name="States"),
            filters=("site",),
            period="today",
        ):
            manager = self.as_reader(self.manager)
            for foreign in (
                {"period": "7d", "process": other.id},
                {"period": "fortnight", "process": "none"},
            ):
                own = {"site": self.north.id, "company": self.company.id}
                with self.subTest(**foreign):
                    found = manager.describe("t_trial", {**own, **foreign})
                    self.assertEqual(found["params"], {**own, "period": "today"})
                    self.assertEqual(
                        self.load_all(manager, "t_trial", {**own, **foreign}),
                        self.load_all(manager, "t_trial", own),
                    )

    def test_beside_what_is_now_a_line_about_a_period_says_so(self):
        closed, opened = self.make_median().code, self.make_open_count().code
        with self.make_dashboard(Tile("states", STATUS, (closed, opened), name="States")):
            manager = self.as_reader(self.manager)
            for period, words in (("today", "Today"), ("7d", "7 days")):
                answer = self.load_all(manager, "t_trial", {"period": period})["states"]
                said = {line["kpi"]: line["when"] for line in answer["lines"]}
                self.assertEqual(said, {closed: words, opened: ""})

    def test_what_is_asked_for_twice_is_worked_out_once(self):
        asked = []

        def answer(dashboards, dashboard, tile, scope):
            asked.append(tile.code)
            return {}

        with patch.object(type(self.env["ops.dashboard"]), "_answer", answer):
            found = self.as_reader(self.manager).load(
                "control_tower", ["unowned", "overdue"] * 1000
            )
        self.assertEqual(asked, ["unowned", "overdue"])
        self.assertEqual(list(found["tiles"]), asked)

    def test_places_of_others_are_refused(self):
        scoped = self.as_reader(self.make_reader("manager", sites=self.north))
        for dashboards, params in (
            (self.as_reader(self.manager), {"company": self.other.id}),
            (self.as_reader(self.manager), {"site": self.abroad.id}),
            (scoped, {"site": self.south.id}),
        ):
            with self.subTest(params=params), self.assertRaises(AccessError):
                dashboards.describe("processes", params)
            with self.subTest(params=params), self.assertRaises(AccessError):
                dashboards.load("processes", ["open"], params)

    def test_only_own_places_are_offered(self):
        scoped = self.as_reader(self.make_reader("manager", sites=self.north))
        choices = scoped.describe("processes")["choices"]
        self.assertEqual([site["id"] for site in choices["sites"]], self.north.ids)
        self.assertEqual([each["id"] for each in choices["companies"]], self.company.ids)
        self.assertIn(self.process.id, [each["id"] for each in choices["processes"]])

    def test_a_tile_that_fails_leaves_the_others(self):
        good, bad = self.make_open_count().code, self.make_open_count().code
        manager = self.as_reader(self.manager)
        model = type(self.env["ops.kpi"])
        measure = model._measure

        def broken(kpi, scope):
            if kpi.code == bad:
                # The database refuses, and with it all that follows in the transaction.
                kpi.env.cr.execute("SELECT no_such_column FROM ops_case")
            return measure(kpi, scope)

        tiles = [Tile(code, KPI, (code,)) for code in (bad, good)]
        with (
            self.make_dashboard(*tiles),
            patch.object(model, "_measure", broken),
            claim_log("odoo.sql_db", "ERROR", "no_such_column", 1),
            claim_log(LOGGER, "ERROR", f"Tile {bad} of dashboard t_trial raised", 1),
        ):
            found = manager.load("t_trial", [bad, good])["tiles"]
        self.assertEqual(found[bad], {"status": "error"})
        self.assertEqual((found[good]["status"], found[good]["n"]), ("ok", 3))

    def test_no_data_few_no_access_and_not_installed_look_different(self):
        median = self.make_median(min_n=50).code
        nothing = self.make_median(domain="[('state', '=', 'closed'), ('round', '=', 99)]").code
        missing = self.make_open_count(model_name="x.no.such.model").code
        closed_to = self.make_kpi(
            kind="count", model_name="ir.cron", domain="[]", period_field=False,
            company_field=False, site_field=False, process_field=False,
        ).code  # fmt: skip
        zero = self.make_open_count(domain="[('round', '=', 99)]").code
        wanted = {
            median: "few",
            nothing: "no_data",
            missing: "not_installed",
            closed_to: "no_access",
            zero: "ok",
            "t_never_made": "not_installed",
        }
        with self.make_dashboard(*[Tile(code, KPI, (code,)) for code in wanted]):
            found = self.as_reader(self.manager).load("t_trial", list(wanted))["tiles"]
        self.assertEqual({code: answer["status"] for code, answer in found.items()}, wanted)
        self.assertEqual(found[median]["n"], 6)
        self.assertEqual(found[median]["words"], "", "withheld")
        self.assertEqual(found[zero]["words"], "0")

    def test_better_and_worse_follow_the_good_direction(self):
        count = {"kind": "count", "unit": "records"}
        less = self.make_kpi(direction="lower", **count).code
        more = self.make_kpi(direction="higher", **count).code
        neither = self.make_kpi(direction="none", **count).code
        tiles = [Tile(code, KPI, (code,)) for code in (less, more, neither)]
        with self.make_dashboard(*tiles):
            found = self.as_reader(self.manager).load("t_trial", [less, more, neither])["tiles"]
        verdicts = [found[code]["previous"]["verdict"] for code in (less, more, neither)]
        self.assertEqual(verdicts, ["bad", "good", "none"])
        previous = found[less]["previous"]
        # Six closed within 30 days, one in the 30 before.
        self.assertEqual((previous["value"], previous["change"]), (1, "+5"))
        self.assertEqual((previous["arrow"], previous["verdict_words"]), ("up", "worse"))

    def test_nothing_before_is_said_of_the_period_before(self):
        kpi = self.make_median(domain="[('state', '=', 'closed'), ('round', '=', 99)]")
        with self.make_dashboard(Tile("x", KPI, (kpi.code,))):
            manager = self.as_reader(self.manager)
            for period, words in (
                ("today", "No figures for as many hours before midnight"),
                ("7d", "No figures for the 7 days before"),
            ):
                answer = self.load_all(manager, "t_trial", {"period": period})["x"]
                self.assertEqual(answer["previous"]["sentence"], words)

    def test_the_state_of_now_is_compared_with_what_a_night_kept(self):
        kpi = self.make_open_count()
        with self.make_dashboard(Tile("x", KPI, (kpi.code,))):
            manager = self.as_reader(self.manager)

            def said(period):
                answer = manager.load("t_trial", ["x"], {"period": period})["tiles"]["x"]
                return answer["previous"]["sentence"]

            today = local_day(fields.Datetime.now(), manager.env.user.tz or "UTC")
            for day, count in ((today, 4), (today - timedelta(days=29), 2)):
                self.env["ops.kpi.value"]._upsert(
                    [
                        (
                            kpi.id,
                            day,
                            self.company.id,
                            "company",
                            None,
                            None,
                            count,
                            False,
                            count,
                            None,
                        )
                    ]
                )
            self.assertEqual(said("today"), "last night: 4")
            first = format_date(self.env, today - timedelta(days=29), date_format="d MMM yyyy")
            self.assertEqual(said("30d"), f"on {first}: 2")

    def test_times_of_a_chart_are_those_of_its_unit(self):
        code = self.make_kpi(kind="count", unit="records").code
        with self.make_dashboard(Tile("x", TREND, (code,))):
            manager = self.as_reader(self.make_reader("manager"))
            for period, first, last in (
                # The first piece is a week of its month, the last but one the shortest month.
                ("2025-02-22..2026-03-27", "Feb 2025", "Mar 2026"),
                ("2025-12-24..2026-01-05", "24 Dec", "5 Jan 2026"),
                ("2026-03-03..2026-03-03", "3 Mar", "3 Mar 2026"),
            ):
                answer = self.load_all(manager, "t_trial", {"period": period})["x"]
                points = answer["series"][0]["points"]
                with self.subTest(period=period):
                    self.assertEqual((points[0]["label"], points[-1]["when"]), (first, last))

    def test_a_target_is_said_in_words(self):
        kpi = self.make_kpi(kind="count", unit="records")  # six
        target = self.env["ops.kpi.target"].create({"kpi_id": kpi.id, "target": 0})
        for limits, status, word in (
            ({"target": 6}, "good", "On target"),
            ({"target": 5, "warning": 7}, "good", "Within limits"),
            ({"target": 5, "warning": 6}, "warning", "Off target"),
            ({"target": 1, "warning": 0, "critical": 2}, "critical", "Critical"),
        ):
            target.write({"critical": 0, **limits})
            with self.make_dashboard(Tile("x", KPI, (kpi.code,))):
                band = self.as_reader(self.manager).load("t_trial", ["x"])["tiles"]["x"]["band"]
            self.assertEqual((band["status"], band["word"]), (status, word))
            self.assertIn("Target", band["target_words"])

    def test_a_list_is_called_by_what_it_is_narrowed_to(self):
        within = self.make_place("W")
        within.parent_id = self.north
        self.make_case(40, company=self.company, site_id=within.id)
        company, north = self.company.name, self.north.code
        process = {"process": self.process.id}
        here = {"company": self.company.id, "site": self.north.id}
        both = self.make_reader("manager", self.company + self.other)
        with self.make_dashboard(*self.trial_tiles()):
            for user, tile, params, name in (
                (self.manager, "median", {}, "Median (30 days)"),
                (self.manager, "open", {}, "Open"),
                (self.manager, "open", {"period": "7d"}, "Open"),
                (self.manager, "median", here, f"Median ({north}, 30 days)"),
                (self.manager, "open", process, f"Open ({self.process.name})"),
                (both, "open", here, f"Open ({company}, {north})"),
            ):
                with self.subTest(tile=tile, user=user.login, **params):
                    dashboards = self.as_reader(user, user.company_ids)
                    found = dashboards.load("t_trial", [tile], params)["tiles"][tile]
                    self.assertEqual(found["action"]["name"], name)
            found = self.as_reader(self.manager).load("t_trial", ["by_site"], here)["tiles"]
        self.assertIn(
            f"Median: {self.north.display_name} ({north}, 30 days)",
            [row["action"]["name"] for row in found["by_site"]["rows"]],
        )

    def test_the_definition_comes_with_the_figure(self):
        with self.make_dashboard(Tile("x", KPI, (self.make_median().code,))):
            found = self.as_reader(self.manager).load("t_trial", ["x"])["tiles"]["x"]
        lines = {line["label"]: line["text"] for line in found["definition"]}
        self.assertEqual(lines["Formula"], "In words")
        self.assertLessEqual({"Unit", "Good direction", "Records", "Period"}, set(lines))
