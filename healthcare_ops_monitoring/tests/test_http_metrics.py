from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..models.metric.metrics_token import TOKEN_PARAMETER
from .common import HealthMixin
from .exposition import parse

ROUTE = "/healthcare_ops/v1/metrics"


@tagged("post_install", "-at_install")
class TestHttpMetrics(HealthMixin, HttpCase):
    """Whoever has the token gets the figures; nobody else gets anything."""

    def test_without_a_token_there_is_nothing(self):
        self.env["ops.metrics"]._forget_token()
        response = self._get("anything")
        self.assertEqual(response.status_code, 404)
        self.assertIn("not served", response.text)

    def test_a_wrong_token_is_refused_and_told_how(self):
        token = self.env["ops.metrics"]._new_token()
        for authorization in (None, "Bearer", "Bearer wrong", f"Basic {token}", f"Bearer {token}x"):
            with self.subTest(authorization=authorization):
                headers = {"Authorization": authorization} if authorization else {}
                response = self.url_open(ROUTE, headers=headers)
                self.assertEqual(response.status_code, 401)
                self.assertTrue(response.headers["WWW-Authenticate"].startswith("Bearer"))
                self.assertNotIn("healthcare_ops_build_info", response.text)

    def test_the_token_opens_the_figures(self):
        response = self._get(self.env["ops.metrics"]._new_token())
        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8"
        )
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertIn("healthcare_ops_queue_depth", parse(response.text))

    def test_another_token_ends_the_one_before(self):
        first = self.env["ops.metrics"]._new_token()
        second = self.env["ops.metrics"]._new_token()
        self.assertEqual(self._get(first).status_code, 401)
        self.assertEqual(self._get(second).status_code, 200)

    def test_the_database_knows_the_hash_alone(self):
        token = self.env["ops.metrics"]._new_token()
        self.assertNotIn(token, self.env["ir.config_parameter"].get_param(TOKEN_PARAMETER))
        self.assertNotIn(token, self._get(token).text)

    def test_it_is_shown_once_and_only_to_system_administrators(self):
        settings = self.env["res.config.settings"].create({})
        shown = settings.action_ops_new_metrics_token()["context"]["default_token"]
        self.assertEqual(self._get(shown).status_code, 200)
        settings.action_ops_forget_metrics_token()
        self.assertEqual(self._get(shown).status_code, 404)
        admin = self.in_role("admin")
        with self.assertRaises(AccessError):
            self.env["res.config.settings"].with_user(admin).new().action_ops_new_metrics_token()

    def test_it_is_read_and_nothing_else(self):
        self.assertEqual(self.url_open(ROUTE, data={"a": "b"}).status_code, 405)

    def test_it_is_described_as_it_answers(self):
        described = self.url_open("/healthcare_ops/v1/openapi.json").json()
        responses = described["paths"][ROUTE]["get"]["responses"]
        self.assertEqual(set(responses), {"200", "401", "404", "503"})

    def _get(self, token):
        return self.url_open(ROUTE, headers={"Authorization": f"Bearer {token}"})
