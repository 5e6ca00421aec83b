import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged

from .log_claims import claim_log
from .test_http_callback import HttpCallbackCase

UNSIGNED = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
MODELS = "odoo.addons.healthcare_ops_automation"


@tagged("post_install", "-at_install")
class TestHttpCallbackLog(HttpCallbackCase):
    """Each call leaves its line in the endpoint's log, refused ones too; nobody can flood it."""

    def _calls(self, **values):
        self.env.invalidate_all()
        calls = self.env["ops.callback.call"].search(
            [("endpoint_id", "=", self.endpoint.id)], order="id"
        )
        return calls.filtered(lambda call: all(call[k] == v for k, v in values.items()))

    def test_accepted_and_repeated_calls_are_told_apart(self):
        raw = self._body()
        self._post(raw)
        self._post(raw)
        first, again = self._calls()
        self.assertEqual((first.outcome, first.status), ("accepted", 200))
        self.assertEqual((again.outcome, again.status), ("repeated", 200))
        for call in (first, again):
            self.assertTrue(call.is_verified)
            self.assertEqual(call.webhook_id, "msg-1")
            self.assertEqual(call.type_code, "test.thing.answered")
            self.assertEqual((call.event_id, call.size), (self.event, len(raw)))
            self.assertEqual((call.company_id, call.site_id), (self.company, self.site))
            self.assertEqual((call.call_count, call.source), (1, "127.0.0.1"))
            self.assertGreater(call.duration_ms, 0)
            self.assertFalse(call.title)

    def test_refusal_is_written_though_its_transaction_is_rolled_back(self):
        self._post(self._body("refuse"))
        self.assertFalse(self.env["ops.callback"].search([("event_id", "=", self.event.id)]))
        [call] = self._calls()
        self.assertEqual((call.outcome, call.status, call.title), ("refused", 422, "Refused"))
        self.assertIn("not this one", call.detail)
        self.assertEqual((call.event_id, call.webhook_id), (self.event, "msg-1"))
        self.assertIn("Refused", call.display_name)

    def test_broken_contract_names_the_fields_and_never_their_values(self):
        self._post(self._body(data={"verdict": 4711, "password": "s3cret"}))
        [call] = self._calls()
        self.assertEqual(call.title, "Contract broken")
        self.assertIn("data.verdict", call.errors)
        self.assertIn("data.password", call.errors)
        for name in ("title", "detail", "errors"):
            self.assertNotIn("4711", call[name])
            self.assertNotIn("s3cret", call[name])

    def test_neither_secrets_nor_headers_nor_bodies_are_written(self):
        raw = self._body()
        headers = self._headers(raw)
        for given in (headers, {**headers, "webhook-signature": "v1,wrong"}, {"webhook-id": "x"}):
            self._post(raw, given)
        columns = [
            name for name, field in self.env["ops.callback.call"]._fields.items() if field.store
        ]
        self.env.cr.execute("SELECT * FROM ops_callback_call ORDER BY id")
        written = str(self.env.cr.fetchall())
        self.assertNotIn(self.endpoint.secret_in, written)
        self.assertNotIn(headers["webhook-signature"], written)
        self.assertNotIn("v1,", written)
        self.assertNotIn("specversion", written)
        self.assertFalse({"body", "headers"} & set(columns))

    def test_very_many_errors_are_cut(self):
        self._post(self._body(data={f"field{n}" + "x" * 300: n for n in range(200)}))
        [call] = self._calls()
        self.assertLess(len(call.errors), 5000)
        self.assertTrue(call.errors.endswith("…"))

    def test_calls_nobody_verified_count_on_one_line_a_minute(self):
        raw = self._body()
        for _n in range(5):
            self._post(raw, UNSIGNED)
        lines = self._calls(status=401)
        # The clock may have turned to the next minute meanwhile.
        self.assertLessEqual(len(lines), 2)
        self.assertEqual(sum(lines.mapped("call_count")), 5)
        self.assertEqual(set(lines.mapped("is_verified")), {False})
        self.assertEqual(set(lines.mapped("webhook_id")), {False})
        self.assertEqual(lines[-1].source, "127.0.0.1")

    def test_each_kind_of_refusal_before_verification_has_its_line(self):
        raw = self._body()
        self._post(b"x" * (256 * 1024 + 1))
        self._post(raw, {**UNSIGNED, "Content-Type": "application/x-www-form-urlencoded"})
        self._post(raw, UNSIGNED)
        self._post(raw, {"webhook-id": "only"})
        self.endpoint.action_disable()
        self._post(raw)
        found = {(call.status, call.title) for call in self._calls(is_verified=False)}
        self.assertEqual(
            found,
            {
                (413, "Too large"),
                (415, "Unsupported content type"),
                (401, "Signature refused"),
                (404, "Unknown endpoint"),
            },
        )

    def test_unknown_address_leaves_nothing(self):
        before = self.env["ops.callback.call"].search_count([])
        self.assertEqual(self._post(self._body(), token="unknown").status_code, 404)
        self.assertEqual(self._post(self._body(), token="x" * 200).status_code, 404)
        self.env.invalidate_all()
        self.assertEqual(self.env["ops.callback.call"].search_count([]), before)

    def test_log_that_fails_changes_no_answer(self):
        calls = self.registry["ops.callback.call"]
        raw = self._body()

        def fail(self, *args, **kwargs):
            self.env.cr.execute("SELECT 1/0", log_exceptions=False)

        with patch.object(calls, "_insert_values", fail):
            with claim_log(MODELS, "WARNING", "is not logged", 3):
                self.assertEqual(self._post(raw).status_code, 200)
                self.assertEqual(
                    self._post(self._body("refuse"), self._headers_of("refuse", "m2")).status_code,
                    422,
                )
                self.assertEqual(self._post(raw, UNSIGNED).status_code, 401)
        self.assertEqual(self.taken, ["ok", "refuse"])
        self.assertEqual(self._post(raw).json()["summary"], "took ok")

    def _headers_of(self, verdict, message_id):
        return self._headers(self._body(verdict), message_id)

    def test_call_that_is_run_again_after_a_conflict_is_one_call(self):
        tries = []

        def once(records, event, data, callback):
            tries.append(1)
            if len(tries) < 3:
                raise ConcurrencyError("for the test")
            return {"summary": "at last"}

        self.endpoint.callback_rate_limit = 1
        with (
            patch.object(self.registry["ops.site"], "_ops_take_test_answer", once),
            patch("odoo.service.model.time.sleep"),
        ):
            self.assertEqual(self._post(self._body()).json()["summary"], "at last")
        self.assertEqual(len(tries), 3)
        self.assertEqual(self._calls().mapped("outcome"), ["accepted"])

    def test_conflict_that_does_not_end_is_told_to_send_again(self):
        def never(records, event, data, callback):
            raise ConcurrencyError("for the test")

        with (
            patch.object(self.registry["ops.site"], "_ops_take_test_answer", never),
            patch("odoo.service.model.time.sleep"),
        ):
            response = self._post(self._body())
        self.assertEqual(response.status_code, 409)
        self.assertEqual(self._calls().mapped("status"), [409])

    def test_error_of_ours_stands_in_the_log(self):
        def broken(records, event, data, callback):
            raise ZeroDivisionError("for the test")

        with (
            patch.object(self.registry["ops.site"], "_ops_take_test_answer", broken),
            claim_log("odoo.http", "ERROR", "Exception during request handling"),
        ):
            self.assertEqual(self._post(self._body()).status_code, 500)
        [call] = self._calls()
        self.assertEqual((call.status, call.outcome), (500, "refused"))

    # -- rate limit -----------------------------------------------------------------------

    def test_over_the_limit_is_429_with_the_time_to_wait(self):
        self.endpoint.callback_rate_limit = 3
        raw = self._body()
        for n in range(3):
            self.assertEqual(self._post(raw, self._headers(raw, f"m{n}")).status_code, 200)
        response = self._post(raw, self._headers(raw, "m3"))
        self.assertEqual(response.status_code, 429)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        self.assertIn(int(response.headers["Retry-After"]), range(18, 21))
        self.assertEqual(response.json()["title"], "Too many callbacks")
        self.assertEqual(self.taken, ["ok"] * 3)

    def test_calls_over_the_limit_count_on_one_line_and_use_up_nothing(self):
        self.endpoint.callback_rate_limit = 60
        raw = self._body()
        self.assertEqual(self._post(raw).status_code, 200)
        self._use_up()
        for n in range(4):
            self.assertEqual(self._post(raw, self._headers(raw, f"m{n}")).status_code, 429)
        lines = self._calls(status=429)
        self.assertEqual(sum(lines.mapped("call_count")), 4)
        self.assertEqual(set(lines.mapped("is_verified")), {True})
        self._use_up(seconds=58)
        self.assertEqual(self._post(raw, self._headers(raw, "m9")).status_code, 200)

    def _use_up(self, seconds=60.0):
        """Let the next callback be due in so many seconds."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ops_endpoint_inflow SET due_at = %s WHERE endpoint_id = %s",
            [time.time() + seconds, self.endpoint.id],
        )

    def test_who_merely_knows_the_address_cannot_use_the_limit_up(self):
        self.endpoint.callback_rate_limit = 1
        raw = self._body()
        for _n in range(3):
            self.assertEqual(self._post(raw, UNSIGNED).status_code, 401)
        self.assertEqual(self._post(raw).status_code, 200)

    def test_another_endpoint_has_a_limit_of_its_own(self):
        self.endpoint.callback_rate_limit = 1
        other = self._create_endpoint(user_id=self.integration.id)
        self.event.delivery_ids[0].sudo().copy({"endpoint_id": other.id})
        raw = self._body()
        self.assertEqual(self._post(raw).status_code, 200)
        self.assertEqual(self._post(raw, self._headers(raw, "m2")).status_code, 429)
        headers = self._headers(raw, "m3", secret=other.secret_in)
        self.assertEqual(self._post(raw, headers, token=other.token).status_code, 200)

    def test_zero_is_no_limit(self):
        self.endpoint.callback_rate_limit = 0
        raw = self._body()
        for n in range(3):
            self.assertEqual(self._post(raw, self._headers(raw, f"m{n}")).status_code, 200)
        self.assertFalse(self.env["ops.endpoint.inflow"].search([]))

    # -- retention ------------------------------------------------------------------------

    def test_calls_are_removed_after_the_days_of_the_settings(self):
        self._post(self._body())
        [call] = self._calls()
        self.env["res.config.settings"].create({"ops_call_days": 7}).execute()
        self.assertEqual(call.sudo()._gc_calls(), (0, 0))
        call.sudo().called_at = fields.Datetime.now() - timedelta(days=8)
        self.env.flush_all()
        self.env["res.config.settings"].create({"ops_call_days": 0}).execute()
        self.assertEqual(call.sudo()._gc_calls(), (0, 0))
        self.env["res.config.settings"].create({"ops_call_days": 7}).execute()
        self.assertEqual(call.sudo()._gc_calls(), (1, 0))
        self.assertFalse(call.exists())
        self.assertTrue(self.event.callback_ids)
