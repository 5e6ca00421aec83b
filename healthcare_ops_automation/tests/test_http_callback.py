import gzip
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from .log_claims import claim_log
from .test_ops_callback import CallbackCase


class HttpCallbackCase(CallbackCase, HttpCase):
    """Callbacks over HTTP."""

    def _post(self, raw, headers=None, token=None):
        path = f"/healthcare_ops/v1/callbacks/{token or self.endpoint.token}"
        headers = {
            "Content-Type": "application/cloudevents+json",
            **(headers or self._headers(raw)),
        }
        return self.url_open(path, data=raw, headers=headers)


@tagged("post_install", "-at_install")
class TestHttpCallback(HttpCallbackCase):
    """The route alone: codes, content types, transaction."""

    def test_answer_and_replay_are_the_same_json(self):
        raw = self._body()
        first, again = self._post(raw), self._post(raw)
        self.assertEqual((first.status_code, again.status_code), (200, 200))
        self.assertEqual(first.headers["Content-Type"].split(";")[0], "application/json")
        self.assertEqual(first.json(), again.json())
        self.assertEqual(self.taken, ["ok"])

    def test_problems_are_rfc_9457_with_their_status(self):
        raw = self._body()
        unsigned = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
        for status, response in (
            (400, self._post(b"no json")),
            (401, self._post(raw, unsigned)),
            (404, self._post(raw, token="unknown")),
            (413, self._post(b"x" * (256 * 1024 + 1))),
            (422, self._post(self._body(""))),
            (422, self._post(self._body("refuse"))),
        ):
            self.assertEqual(response.status_code, status, response.text)
            self.assertEqual(response.headers["Content-Type"], "application/problem+json")
            self.assertEqual(response.json()["status"], status)

    def test_refused_effect_leaves_nothing_behind(self):
        self._post(self._body("refuse"))
        self.event.invalidate_recordset()
        self.assertFalse(self.event.callback_ids)
        self.assertEqual(self._post(self._body("ok")).json()["summary"], "took ok")

    def _assert_problem(self, response, status):
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        self.assertEqual(response.json()["status"], status)
        self.assertEqual(self.taken, [])

    def test_other_methods_are_told_to_post(self):
        path = f"/healthcare_ops/v1/callbacks/{self.endpoint.token}"
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "PROPFIND"):
            response = self.url_open(path, method=method)
            self._assert_problem(response, 405)
            self.assertEqual(response.headers["Allow"], "POST")

    def test_paths_that_are_no_address_are_unknown_endpoints(self):
        for token in ("", "a/b", "//", "%00", "%80", "a%0d%0aset-cookie:x", "x" * 3000):
            path = f"/healthcare_ops/v1/callbacks/{token}"
            raw = self._body()
            self._assert_problem(self.url_open(path, data=raw, headers=self._headers(raw)), 404)

    def test_forms_are_told_the_content_type_to_send(self):
        raw = self._body()
        for form in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "Multipart/Mixed",
        ):
            self._assert_problem(self._post(raw, {**self._headers(raw), "Content-Type": form}), 415)

    def test_a_compressed_body_is_told_to_come_as_it_is(self):
        raw = gzip.compress(self._body())
        headers = {**self._headers(raw), "Content-Encoding": "gzip"}
        self._assert_problem(self._post(raw, headers), 415)

    def test_a_body_in_chunks_is_taken_up_to_the_same_size(self):
        def chunks(raw):
            yield from (raw[start : start + 10_000] for start in range(0, len(raw), 10_000))

        path = f"/healthcare_ops/v1/callbacks/{self.endpoint.token}"
        large = self._body(note="x" * 300_000)
        response = self.url_open(path, data=chunks(large), headers=self._headers(large))
        self._assert_problem(response, 413)
        raw = self._body(note="x" * 200_000)
        response = self.url_open(path, data=chunks(raw), headers=self._headers(raw))
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(self.taken, ["ok"])

    def test_what_breaks_in_the_engine_is_a_problem_that_tells_nothing(self):
        raw = self._body()
        with (
            patch.object(
                self.registry["ops.callback"], "_receive", side_effect=ValueError("hunter2")
            ),
            claim_log("odoo.http", "ERROR", "^Exception during request handling"),
        ):
            response = self._post(raw)
        self._assert_problem(response, 500)
        self.assertNotIn("hunter2", response.text)
        self.assertNotIn("Traceback", response.text)
