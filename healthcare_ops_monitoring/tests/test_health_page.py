import itertools
from unittest.mock import patch

from odoo import api
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, TransactionCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from ..core.health import OK, Check
from .common import READERS, ROLES, HealthMixin


@tagged("post_install", "-at_install")
class TestHealthPage(HealthMixin, TransactionCase):
    def test_managers_administrators_and_auditors_read_it_and_nobody_else(self):
        for role in ROLES:
            with self.subTest(role=role):
                health = self.health.with_user(self.in_role(role))
                if role in READERS:
                    names = [check["name"] for check in health.page()["checks"]]
                    self.assertEqual(names, self.health._checks())
                else:
                    with self.assertRaises(AccessError):
                        health.page()

    def test_the_number_is_the_number_of_records_behind_it(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        self.make_delivery(state="dead")
        self.make_delivery(state="dead", company=south)
        self.make_delivery(state="dead", company=south)
        for company, count in ((self.env.company, 1), (south, 2)):
            for role in READERS:
                with self.subTest(company=company.name, role=role):
                    reader = self.in_role(role, company=company)
                    check = self.check("dead_deliveries", reader)
                    self.assertIn(f": {count}.", check.detail)
                    deliveries = self.env["ops.delivery"].with_user(reader)
                    self.assertEqual(deliveries.search_count(check.action["domain"]), count)

    def test_the_lane_opens_what_it_counts(self):
        self.make_delivery("critical", age=70)
        self.make_delivery("critical", state="retrying", age=5)
        self.make_delivery("critical", age=70, endpoint=self.make_endpoint(state="paused"))
        self.make_delivery("bulk", age=70)
        for role in READERS:
            with self.subTest(role=role):
                reader = self.in_role(role)
                check = self.check("lane_critical", reader)
                self.assertIn("Not delivered yet: 2", check.detail)
                deliveries = self.env["ops.delivery"].with_user(reader)
                self.assertEqual(deliveries.search_count(check.action["domain"]), 2)

    def test_scheduled_actions_open_for_who_may_read_them(self):
        self.assertIsNone(self.check("scheduled_actions", self.in_role("manager")).action)
        check = self.check("scheduled_actions", self.env.ref("base.user_admin"))
        found = self.env["ir.cron"].with_context(active_test=False).search(check.action["domain"])
        self.assertEqual(found, self.crons)


@tagged("post_install", "-at_install", "browser")
class TestHealthPageInBrowser(HealthMixin, HttpCase):
    def walk(self, tour, role):
        self.start_tour(
            "/odoo/ops-health",
            f"healthcare_ops_monitoring.{tour}",
            login=self.in_role(role).login,
        )

    def test_a_manager_reads_the_page_and_opens_the_records(self):
        self.make_delivery(state="dead")
        answers = itertools.count(1)

        def numbered(_health):
            return Check("database", OK, "Database", f"Answer {next(answers)}")

        with patch.object(type(self.health), "_check_database", numbered):
            self.walk("health", "manager")

    def test_a_requester_is_told_that_it_is_not_for_them(self):
        with claim_log("odoo.http", "WARNING", "Health is shown to operations managers"):
            self.walk("health_refused", "requester")

    def test_a_server_that_fails_is_said_and_asked_again(self):
        page = type(self.health).page
        calls = itertools.count(1)

        def fails_once(health):
            if next(calls) == 1:
                raise RuntimeError("broken on purpose")
            return page(health)

        with (
            patch.object(type(self.health), "page", api.model(fails_once)),
            claim_log("odoo.http", "ERROR", "Exception during request handling"),
        ):
            self.walk("health_unanswered", "auditor")
