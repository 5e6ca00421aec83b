import json
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..core.openapi import CALLBACK_PATH, PATHS, declare_path
from .test_ops_callback import ANSWER, CallbackCase

ROUTE = "/healthcare_ops/v1/openapi"
OWN = "healthcare_ops_automation"
TESTED = "healthcare_ops_automation_test"  # what the tests' types are declared for


@tagged("post_install", "-at_install")
class TestHttpOpenApi(CallbackCase, HttpCase):
    """What the served document says, and what it does not."""

    def setUp(self):
        super().setUp()
        self._install(OWN, TESTED)

    def _install(self, *modules):
        """Let these be the installed modules."""
        self.patch(self.registry["ir.module.module"], "_installed", lambda _self: set(modules))

    def _document(self):
        return self.url_open(f"{ROUTE}.json").json()

    def _callback_types(self):
        [content] = self._document()["paths"][CALLBACK_PATH]["post"]["requestBody"][
            "content"
        ].values()
        return set(content.get("examples", ()))

    def test_anybody_reads_it_as_json_or_as_yaml(self):
        for kind in ("json", "yaml"):
            response = self.url_open(f"{ROUTE}.{kind}")
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.headers["Content-Type"].split(";")[0], f"application/{kind}")
            self.assertEqual(json.loads(response.text)["openapi"], "3.1.0")

    def test_it_names_no_endpoint_and_no_secret(self):
        text = self.url_open(f"{ROUTE}.json").text
        endpoint = self.endpoint
        for secret in (
            endpoint.name,
            endpoint.url,
            endpoint.token,
            endpoint.secret_in,
            endpoint.secret_out,
            self.event.uuid,
            self.env.cr.dbname,
            self.base_url(),
        ):
            self.assertNotIn(secret, text)

    def test_it_lists_what_is_installed_and_nothing_else(self):
        with patch.dict(PATHS):
            declare_path("/tested", {"get": {"responses": {}}}, module=OWN)
            self.assertIn(ANSWER, self._callback_types())
            self.assertIn("/tested", self._document()["paths"])
            self._install("base")
            self.assertEqual(self._callback_types(), set())
            described = self._document()
        self.assertEqual(described["webhooks"], {})
        self.assertEqual(set(described["paths"]), {CALLBACK_PATH})

    def test_what_is_sent_is_what_it_describes(self):
        """The envelope of a real event has the attributes described, and no other."""
        schema = self._document()["components"]["schemas"][f"event.{self.event.type_code}"]
        sent = json.loads(self.event.sudo().body)
        self.assertLessEqual(set(schema["required"]), set(sent))
        self.assertLessEqual(set(sent), set(schema["properties"]))
        for name in ("type", "dataschema", "specversion", "datacontenttype"):
            self.assertEqual(sent[name], schema["properties"][name]["const"])

    def test_each_answer_it_describes_is_a_problem_but_200(self):
        answers = self._document()["paths"][CALLBACK_PATH]["post"]["responses"]
        self.assertLessEqual({"400", "401", "404", "413", "415", "422", "429"}, set(answers))
        described = self._document()["components"]["responses"]
        for status in set(answers) - {"200"}:
            self.assertEqual(list(described[status]["content"]), ["application/problem+json"])
        self.assertIn("Retry-After", described["429"]["headers"])
