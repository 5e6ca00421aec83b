from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from ..core.health import DEGRADED, FAILING, OK
from .common import HealthMixin

ROUTE = "/healthcare_ops/v1/health"


@tagged("post_install", "-at_install")
class TestHttpHealth(HealthMixin, HttpCase):
    def test_anybody_gets_200_while_nothing_fails(self):
        response = self.url_open(ROUTE)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(response.headers["Content-Type"], "application/json; charset=utf-8")
        report = response.json()
        self.assertEqual(set(report), {"status", "checks"})
        self.assertEqual(report["status"], OK)
        for check in report["checks"]:
            self.assertEqual(set(check), {"name", "status", "detail"})

    def test_degraded_still_answers_200(self):
        self.make_delivery(state="dead")
        response = self.url_open(ROUTE)
        self.assertEqual((response.status_code, response.json()["status"]), (200, DEGRADED))

    def test_failing_answers_503(self):
        self.crons[0].active = False
        self.env.flush_all()
        response = self.url_open(ROUTE)
        self.assertEqual((response.status_code, response.json()["status"]), (503, FAILING))

    def test_a_check_that_raises_answers_503_and_tells_no_secret(self):
        with (
            self.broken_check(ValueError("password=hunter2")),
            claim_log(
                "odoo.addons.healthcare_ops_monitoring", "ERROR", "health check 'database' raised"
            ),
        ):
            response = self.url_open(ROUTE)
        self.assertEqual(response.status_code, 503)
        self.assertNotIn("hunter2", response.text)

    def test_the_body_names_no_endpoint_and_no_record(self):
        endpoint = self.make_endpoint(name="Wholesaler gateway")
        self.make_delivery("critical", age=90, endpoint=endpoint)
        text = self.url_open(ROUTE).text
        for secret in (
            endpoint.name,
            endpoint.url,
            endpoint.token,
            endpoint.secret_in,
            endpoint.secret_out,
            self.env.cr.dbname,
        ):
            self.assertNotIn(secret, text)

    def test_it_counts_every_company(self):
        south = self.env["res.company"].create({"name": "Southside Clinics"})
        self.make_delivery(state="dead")
        self.make_delivery(state="dead", company=south)
        checks = {check["name"]: check for check in self.url_open(ROUTE).json()["checks"]}
        self.assertIn(": 2.", checks["dead_deliveries"]["detail"])

    def test_it_is_read_and_nothing_else(self):
        self.assertEqual(self.url_open(ROUTE, data={"status": "ok"}).status_code, 405)

    def test_it_is_described_as_it_answers(self):
        described = self.url_open("/healthcare_ops/v1/openapi.json").json()
        self.assertEqual(set(described["paths"][ROUTE]["get"]["responses"]), {"200", "503"})
        schema = described["components"]["schemas"]["health"]
        report = self.url_open(ROUTE).json()
        self.assertEqual(set(report), set(schema["required"]))
        check = schema["properties"]["checks"]["items"]
        self.assertEqual(set(report["checks"][0]), set(check["required"]))
        self.assertIn(report["status"], schema["properties"]["status"]["enum"])
