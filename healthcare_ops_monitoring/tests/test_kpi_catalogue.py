from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import TransactionCase, tagged

from ..core.measure import NO_ACCESS, STATUSES
from .common import READERS
from .kpis import KpiMixin

# What the specification of the first release names; a pack's own are checked with the pack.
CODES = """
    cycle_time_median cycle_time_p90 open_case_age_median open_case_age_p90 open_cases
    closed_cases rework_rate reopened_rate touchless_share step_time_median
    approval_turnaround_median approval_turnaround_p90 approvals_waiting approvals_overdue
    approval_age_p90 approval_rejected_share approver_wait_median
    exceptions_open exceptions_overdue exceptions_unowned exception_age_p90
    exception_resolution_median exception_rate
    automation_failures escalations_running fallbacks_active
    delivery_success_share delivery_latency_p50 delivery_latency_p95 delivery_retry_share
    deliveries_waiting delivery_oldest_wait dead_letters callbacks_overdue
    authentication_failures endpoints_broken
    sla_attainment sla_at_risk sla_breached_running
""".split()


@tagged("post_install", "-at_install")
class TestKpiCatalogue(KpiMixin, TransactionCase):
    """Each KPI that modules ship can be worked out, opened, and read by its readers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kpis = cls.env["ops.kpi"].search([("code", "!=", False)])
        cls.readers = {role: cls.in_role(role) for role in READERS}

    def test_the_first_release_has_its_kpis(self):
        self.assertLessEqual(set(CODES), set(self.kpis.mapped("code")))

    def test_each_figure_is_that_of_its_list_for_each_reader(self):
        """On the demo data, of the last 30 days and since ever, altogether and at one site."""
        site = self.env["ops.site"].search([("company_id", "=", self.env.company.id)], limit=1)
        for role, reader in self.readers.items():
            for kpi in self.kpis.with_user(reader):
                for params in ({}, {"period": "all"}, {"period": "12m", "site": site.id}):
                    with self.subTest(kpi=kpi.code, role=role, params=params):
                        measure = self.measure(kpi, **params)
                        self.assertIn(measure.status, set(STATUSES) - {NO_ACCESS})
                        if measure.hits_domain is not None:
                            hits = kpi.env[measure.model].search_count(measure.hits_domain)
                            self.assertEqual(hits, measure.hits)

    def test_each_series_and_breakdown_can_be_worked_out(self):
        reader = self.readers["auditor"]
        for kpi in self.kpis.with_user(reader):
            with self.subTest(kpi=kpi.code):
                scope = self.scope(kpi, period="90d")
                pieces = kpi._series(scope, 31)
                if kpi.period_field:
                    self.assertEqual(sum(n for *_rest, n in pieces), kpi._measure(scope).n)
                rows = kpi._breakdown(scope, kpi.company_field, 5)
                for row in rows:
                    found = kpi.env[kpi.model_name].search_count(row["domain"])
                    self.assertEqual(found, row["n"])

    def test_each_lists_page_is_there_and_opens_exactly_its_records(self):
        reader = self.readers["manager"]
        for kpi in self.kpis.with_user(reader):
            with self.subTest(kpi=kpi.code):
                self.assertTrue(kpi.sudo().list_action)
                action = self.env.ref(kpi.list_action)
                self.assertEqual(action.res_model, kpi.model_name)
                opened = kpi.action_show_records()
                self.assertEqual(opened["context"], {}, "no filter of the page narrows the list")
                self.assertEqual("30 days" in opened["name"], bool(kpi.period_field))
                found = kpi.env[kpi.model_name].search_count(opened["domain"])
                self.assertEqual(found, kpi._measure(self.scope(kpi)).n)

    def test_each_says_what_it_counts_in_words(self):
        for kpi in self.kpis:
            with self.subTest(kpi=kpi.code):
                definition = kpi._definition()
                self.assertTrue(all(definition[key] for key in ("name", "formula", "records")))
                if kpi.kind in ("percentile", "share"):
                    self.assertGreater(kpi.min_n, 0)
                if kpi.kind == "share":
                    self.assertTrue(Domain(kpi._literal("hits_domain")))

    def test_due_before_now_means_now_whenever_the_list_is_opened(self):
        overdue = self.env["ops.kpi"]._by_code("exceptions_overdue")
        domain = self.measure(overdue).domain
        self.assertIn(("due_at", "<", "now"), domain)

    def test_a_new_version_keeps_what_administrators_chose(self):
        kpi = self.env["ops.kpi"]._by_code("open_cases")
        kpi.with_user(self.readers["admin"]).write({"name": "Work in hand", "active": False})
        kpi._load_records(
            [
                {
                    "xml_id": "healthcare_ops_monitoring.kpi_open_cases",
                    "values": {"name": "Open", "active": True, "formula": "Otherwise"},
                    "noupdate": False,
                }
            ],
            update=True,
        )
        self.assertEqual((kpi.name, kpi.active, kpi.formula), ("Work in hand", False, "Otherwise"))

    def test_what_a_kpi_counts_is_nobodys_to_change(self):
        kpi = self.env["ops.kpi"]._by_code("open_cases")
        with self.assertRaises(AccessError):
            kpi.with_user(self.readers["admin"]).domain = "[]"
        with self.assertRaises(AccessError):
            kpi.with_user(self.readers["manager"]).name = "Mine"
