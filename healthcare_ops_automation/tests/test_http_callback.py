import json

from odoo.tests import HttpCase, tagged

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

    def test_other_methods_are_not_served(self):
        response = self.url_open(f"/healthcare_ops/v1/callbacks/{self.endpoint.token}")
        self.assertEqual(response.status_code, 405)

    def test_form_encoded_body_is_told_the_content_type_to_send(self):
        raw = json.dumps({"a": 1}).encode()
        headers = {**self._headers(raw), "Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self._post(raw, headers).status_code, 415)
