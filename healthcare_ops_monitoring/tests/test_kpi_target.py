from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from .kpis import KpiMixin


@tagged("post_install", "-at_install")
class TestKpiTarget(KpiMixin, TransactionCase):
    """What is good, and for whom and when, is an administrator's entry."""

    def _target(self, kpi, **values):
        admin = self.in_role("admin", self.company) if not hasattr(self, "admin") else self.admin
        self.admin = admin
        return (
            self.env["ops.kpi.target"]
            .with_user(admin)
            .create({"kpi_id": kpi.id, "target": 10, "warning": 20, "critical": 30, **values})
        )

    def _status(self, kpi, value, **params):
        band = kpi._band(value, self.scope(kpi, **params))
        return band and band["status"]

    def test_less_is_better_and_durations_are_entered_in_minutes(self):
        kpi = self.make_median()
        self.assertIsNone(self._status(kpi, 5))
        self._target(kpi)
        for minutes, status in ((5, "good"), (19, "good"), (20, "warning"), (30, "critical")):
            self.assertEqual(self._status(kpi, 60 * minutes), status)
        self.assertIsNone(self._status(kpi, None))

    def test_more_is_better_and_shares_are_entered_in_percent(self):
        kpi = self.make_kpi(kind="share", unit="share", direction="higher", hits_domain="[]")
        self._target(kpi, target=95, warning=90, critical=80)
        self.assertEqual(
            kpi._band(0.9, self.scope(kpi)),
            {"status": "warning", "target": 0.95, "warning": 0.9, "critical": 0.8},
        )
        self.assertEqual([self._status(kpi, value) for value in (0.91, 0.8)], ["good", "critical"])

    def test_without_a_band_nothing_is_critical(self):
        kpi = self.make_median()
        self._target(kpi, critical=0)
        self.assertEqual(self._status(kpi, 60 * 10**6), "warning")

    def test_without_a_warning_limit_missing_the_target_is_one(self):
        lower, higher = self.make_median(), self.make_median(direction="higher")
        self._target(lower, warning=0)
        self._target(higher, warning=0, critical=5)
        for kpi, minutes, status in (
            (lower, 10, "good"),
            (lower, 11, "warning"),
            (lower, 30, "critical"),
            (higher, 10, "good"),
            (higher, 9, "warning"),
            (higher, 5, "critical"),
        ):
            self.assertEqual(self._status(kpi, 60 * minutes), status)

    def test_the_nearest_target_applies(self):
        kpi = self.make_median()
        north = self.make_site("N")
        ward = self.make_site("W", parent_id=north.id)
        everywhere = {"warning": 0, "critical": 0}
        self.env["ops.kpi.target"].create({"kpi_id": kpi.id, "target": 1, **everywhere})
        self._target(kpi, target=2, company_id=self.company.id, **everywhere)
        self._target(kpi, target=3, process_id=self.process.id, **everywhere)
        self._target(kpi, target=4, site_id=north.id, **everywhere)
        found = [
            kpi._band(0, self.scope(kpi, **params))["target"] / 60
            for params in (
                {},
                {"process": self.process.id},
                {"site": north.id},
                {"site": ward.id, "process": self.process.id},
            )
        ]
        self.assertEqual(found, [2, 3, 4, 4])
        self._target(kpi, target=5, site_id=ward.id, **everywhere)
        self.assertEqual(kpi._band(0, self.scope(kpi, site=ward.id))["target"], 300)
        self.assertEqual(kpi._band(0, self.scope(kpi, site=north.id))["target"], 240)

    def test_a_target_holds_for_its_time(self):
        kpi = self.make_median()
        today = fields.Date.today()
        old = self._target(kpi, target=1, valid_to=today - timedelta(days=1))
        self._target(kpi, target=2, valid_from=today)
        self.assertEqual(kpi._band(0, self.scope(kpi))["target"], 120)
        last_week = f"{today - timedelta(days=7)}..{today - timedelta(days=3)}"
        self.assertEqual(kpi._band(0, self.scope(kpi, period=last_week))["target"], 60)
        with self.assertRaisesRegex(ValidationError, "Valid From: another target"):
            old.valid_to = today

    def test_what_makes_no_sense_is_refused_by_the_fields_name(self):
        kpi = self.make_median()
        share = self.make_kpi(kind="share", unit="share", direction="higher", hits_domain="[]")
        neither = self.make_kpi(kind="count", unit="records", direction="none")
        for tried, values, message in (
            (kpi, {"warning": 5}, "Warning: less is better"),
            (kpi, {"critical": 15}, "Critical: less is better"),
            (kpi, {"target": -1}, "Target: a number of 0"),
            (share, {"target": 95, "warning": 96, "critical": 0}, "Warning: more is better"),
            (share, {"target": 101}, "Target: percent"),
            (neither, {}, "KPI: less is as good"),
            (kpi, {"valid_from": "2026-02-01", "valid_to": "2026-01-31"}, "Valid To: not before"),
        ):
            with self.subTest(message=message), self.assertRaisesRegex(ValidationError, message):
                self._target(tried, **values)

    def test_it_is_said_in_words(self):
        target = self._target(self.make_median(), target=60, warning=120, critical=0)
        self.assertEqual(target.in_words, "target 1 h, warning 2 h")

    def test_administrators_write_managers_and_auditors_read_of_their_companies(self):
        kpi = self.make_median()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        mine = self._target(kpi, company_id=self.company.id)
        theirs = self.env["ops.kpi.target"].create(
            {"kpi_id": kpi.id, "target": 1, "company_id": other.id}
        )
        for role in ("manager", "auditor"):
            user = self.manager if role == "manager" else self.in_role(role, self.company)
            seen = self.env["ops.kpi.target"].with_user(user).search([("kpi_id", "=", kpi.id)])
            self.assertEqual(seen.ids, mine.ids)
            with self.assertRaises(AccessError):
                seen.target = 5
        with self.assertRaises(AccessError):
            theirs.with_user(self.admin).target = 5
        with self.assertRaises(AccessError):
            mine.with_user(self.in_role("user", self.company)).read(["target"])

    def test_who_enters_one_company_sets_no_targets_for_all_and_takes_none_away(self):
        kpi = self.make_median()
        mine = self._target(kpi)
        self.assertEqual(mine.company_id, self.company, "his own, where he says nothing")
        with self.assertRaisesRegex(UserError, "Company: what has no company"):
            self._target(self.make_median(), company_id=False)
        refused = self.assertRaisesRegex(UserError, "Company: what has no company")
        with refused, self.env.cr.savepoint():
            mine.company_id = False
        of_all = self.env["ops.kpi.target"].create({"kpi_id": kpi.id, "target": 1})
        self.assertFalse(of_all.company_id)
        theirs = of_all.with_user(self.admin)
        for change in ({"target": 5}, {"company_id": self.company.id}, {"active": False}):
            with self.subTest(change=change), self.assertRaisesRegex(UserError, "Company"):
                theirs.write(change)
        with self.assertRaisesRegex(UserError, "Company"):
            theirs.unlink()
        mine.target = 7
        mine.unlink()
