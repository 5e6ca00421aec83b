from datetime import datetime, timedelta

from odoo import Command, fields
from odoo.tests import TransactionCase, tagged

from ..core.measure import OK
from .kpis import KpiMixin


@tagged("post_install", "-at_install")
class TestKpiOverTime(KpiMixin, TransactionCase):
    """Figures in the course of time, by what, and against the period before."""

    def _closed(self, closed_at, seconds, **values):
        ago = (fields.Datetime.now() - closed_at).total_seconds() + seconds
        return self.make_case(seconds, ago=ago, company=self.company, **values)

    def test_a_series_has_each_day_of_the_readers_zone_once(self):
        self.manager.tz = "Europe/Berlin"
        self._closed(datetime(2026, 3, 28, 22, 59), 10)  # 23:59 of the 28th
        self._closed(datetime(2026, 3, 28, 23), 20)  # the 29th, which has 23 hours
        self._closed(datetime(2026, 3, 29, 21, 59), 40)
        self._closed(datetime(2026, 3, 29, 22), 80)  # the 30th
        kpi = self.make_median()
        scope = self.scope(kpi, period="2026-03-27..2026-03-30")
        self.assertEqual(
            kpi._series(scope, 10),
            [
                (datetime(2026, 3, 26, 23), None, 0),
                (datetime(2026, 3, 27, 23), 10, 1),
                (datetime(2026, 3, 28, 23), 30, 2),
                (datetime(2026, 3, 29, 22), 80, 1),
            ],
        )

    def test_each_hour_counts_when_the_clocks_go_back(self):
        self.manager.tz = "Europe/Berlin"
        for moment in (datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)):
            self._closed(moment, 10)  # 2:30, twice
        kpi = self.make_kpi(kind="count", unit="records")
        series = kpi._series(self.scope(kpi, period="2026-10-25..2026-10-25"), 30)
        self.assertEqual([n for _begin, _value, n in series], [0, 0, 1, 1] + [0] * 21)
        self.assertEqual([value for _begin, value, _n in series], [0, 0, 1, 1] + [0] * 21)

    def test_a_series_takes_one_query_and_adds_up_to_the_figure(self):
        for days in (0, 1, 5, 29):
            self._closed(fields.Datetime.now() - timedelta(days=days, hours=1), 60)
        kpi = self.make_median()
        scope = self.scope(kpi)
        kpi._series(scope, 31)
        with self.assertQueryCount(1):
            series = kpi._series(scope, 31)
        self.assertEqual(len(series), 30)
        self.assertEqual(sum(n for *_rest, n in series), kpi._measure(scope).n)

    def test_since_ever_begins_with_the_first_record(self):
        kpi = self.make_median()
        self.assertEqual(kpi._series(self.scope(kpi, period="all"), 12), [])
        first = fields.Datetime.now() - timedelta(days=400)
        self._closed(first, 60)
        series = kpi._series(self.scope(kpi, period="all"), 20)
        self.assertEqual(series[0], (first, 60, 1))
        self.assertLessEqual(len(series), 20)

    def test_with_too_few_records_a_piece_says_nothing(self):
        self.make_cases(10)
        kpi = self.make_median(min_n=2)
        self.assertEqual(kpi._series(self.scope(kpi), 31)[-1][1:], (None, 1))

    def test_there_is_no_series_without_access_or_module(self):
        stranger = self.in_role("user", self.company)
        kpi = self.make_median().with_user(stranger)
        self.assertEqual(kpi._series(self.scope(kpi), 31), [])
        self.assertEqual(kpi._breakdown(self.scope(kpi), "site_id", 5), [])
        missing = self.make_median(model_name="x.no.such.model")
        self.assertEqual(missing._series(self.scope(missing), 31), [])
        self.assertEqual(missing._breakdown(self.scope(missing), "site_id", 5), [])
        self.assertIsNone(missing._compared(self.scope(missing))[1])

    def test_a_figure_is_compared_with_the_period_before(self):
        self._closed(fields.Datetime.now() - timedelta(days=2), 10)
        self._closed(fields.Datetime.now() - timedelta(days=9), 30)
        kpi = self.make_median()
        now, before = kpi._compared(self.scope(kpi, period="7d"))
        self.assertEqual((now.value, before.value), (10, 30))
        self.assertIsNone(kpi._compared(self.scope(kpi, period="all"))[1])

    def test_a_breakdown_is_worst_first_and_opens_what_it_counts(self):
        north, south = self.make_site("N"), self.make_site("S")
        self.make_cases(10, 20, 30, site_id=north.id)
        self.make_cases(50, site_id=south.id)
        self.make_cases(5)
        kpi = self.make_median()
        scope = self.scope(kpi)
        rows = kpi._breakdown(scope, "site_id", 10)
        self.assertEqual(
            [(row["key"], row["label"], row["value"], row["n"]) for row in rows],
            [
                (south.id, south.display_name, 50, 1),
                (north.id, north.display_name, 20, 3),
                (None, "Without a site", 5, 1),
            ],
        )
        for row in rows:
            self.assertEqual(kpi.env["ops.case"].search_count(row["domain"]), row["n"])
        self.assertEqual(len(kpi._breakdown(scope, "site_id", 2)), 2)
        higher = self.make_median(direction="higher")
        self.assertEqual(higher._breakdown(scope, "site_id", 1)[0]["key"], None)

    def test_a_breakdown_by_words_reads_words(self):
        self.make_cases(10, touch="automation")
        kpi = self.make_kpi(kind="count", unit="records")
        row = kpi._breakdown(self.scope(kpi), "touch", 5)[0]
        self.assertEqual((row["key"], row["label"]), ("automation", "Without people"))

    def test_a_breakdown_by_what_is_no_place_names_what_has_none(self):
        self.make_case(10, company=self.company, end_milestone_id=False)
        kpi = self.make_kpi(kind="count", unit="records")
        row = kpi._breakdown(self.scope(kpi), "end_milestone_id", 5)[0]
        self.assertEqual((row["key"], row["label"]), (None, "None"))

    def test_what_has_too_few_records_comes_last_and_unnamed_is_what_one_may_not_read(self):
        north = self.make_site("N")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        far = self.make_site("F", company=other)
        self.make_cases(10, 20, site_id=north.id)
        self.make_cases(90, site_id=far.id)
        kpi = self.make_median(min_n=2)
        rows = kpi._breakdown(self.scope(kpi), "site_id", 5)
        self.assertEqual([row["value"] for row in rows], [15, None])
        self.assertEqual(rows[1]["label"], "No access")

    # -- the state of things now --------------------------------------------------------

    def _keep(self, kpi, days_ago, value, **values):
        return self.env["ops.kpi.value"].create(
            {
                "kpi_id": kpi.id,
                "company_id": self.company.id,
                "level": "company",
                "date": fields.Date.today() - timedelta(days=days_ago),
                "value": value,
                "n": value,
                **values,
            }
        )

    def test_states_are_compared_with_the_snapshot_of_the_first_day(self):
        self.make_case(company=self.company)
        kpi = self.make_open_count()
        self.assertIsNone(kpi._compared(self.scope(kpi, period="7d"))[1])
        self._keep(kpi, 6, 4)
        self._keep(kpi, 5, 9)
        now, before = kpi._compared(self.scope(kpi, period="7d"))
        self.assertEqual((now.value, before.status, before.value), (1, OK, 4))

    def test_the_series_of_a_state_is_what_was_kept(self):
        kpi = self.make_open_count()
        for days_ago in (0, 1, 3):
            self._keep(kpi, days_ago, days_ago + 1)
        scope = self.scope(kpi, period="7d")
        values = [value for _begin, value, _n in kpi._series(scope, 31)]
        self.assertEqual(values, [None, None, None, 4, None, 2, 1])
        with self.assertQueryCount(1):
            kpi._series(scope, 31)

    def test_counts_of_sites_add_up_and_percentiles_do_not(self):
        north, south = self.make_site("N"), self.make_site("S")
        count = self.make_open_count()
        age = self.make_median(period_field=False, domain="[('state', '=', 'open')]")
        for kpi in (count, age):
            self._keep(kpi, 0, 99)
            self._keep(kpi, 0, 2, level="site", site_id=north.id)
            self._keep(kpi, 0, 3, level="site", site_id=south.id)
        self.manager.ops_site_ids = [Command.set((north | south).ids)]
        values = self.env["ops.kpi.value"].with_user(self.manager)
        self.assertEqual(values._days(count, self.scope(count))[0].value, 5)
        self.assertIsNone(values._days(age, self.scope(age))[0].value)
        at_north = self.scope(age, site=north.id)
        self.assertEqual(values._days(age, at_north)[0].value, 2)
