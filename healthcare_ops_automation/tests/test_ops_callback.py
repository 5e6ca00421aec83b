import json
import time
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core import signing
from ..core.problem import Problem
from .common import ANSWER, TYPE, OpsCase


class CallbackCase(OpsCase):
    """An event that was sent to an endpoint, and a handler for its answer."""

    def setUp(self):
        super().setUp()
        self.integration = self._create_user("integration")
        self.endpoint = self._create_endpoint(user_id=self.integration.id)
        self.event = self._emit()
        self._commit()
        self.taken = []
        patcher = patch.object(
            self.registry["ops.site"], "_ops_take_test_answer", self._take, create=True
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def _take(self, event, data, callback):
        """Stands for a pack's handler; notes who ran it and what it was given."""
        self.taken.append(data.verdict)
        self.acting = callback.env.user
        if data.verdict == "refuse":
            raise ValidationError(event.env._("verdict: not this one."))
        if data.verdict == "follow":
            callback.env["ops.event"].emit(TYPE, event._source_record().sudo(), {"number": 9})
        return {"summary": f"took {data.verdict}"}

    def _body(self, verdict="ok", **changes):
        content = {
            "specversion": "1.0",
            "id": "answer-1",
            "source": "receiver",
            "type": ANSWER,
            "time": "2026-11-22T10:00:00+01:00",
            "inreplyto": self.event.uuid,
            "data": {"verdict": verdict},
        }
        return json.dumps({**content, **changes}).encode()

    def _headers(self, raw, message_id="msg-1", secret=None, now=None):
        secret = secret or self.endpoint.secret_in
        return signing.signed_headers([secret], message_id, int(now or time.time()), raw)


@tagged("post_install", "-at_install")
class TestOpsCallback(CallbackCase):
    def _receive(self, raw, headers=None, token=None):
        public = self.env(user=self.env.ref("base.public_user").id, su=False)
        return public["ops.callback"]._receive(
            self.endpoint.token if token is None else token, headers or self._headers(raw), raw
        )

    def _assert_problem(self, status, words, raw, headers=None, token=None):
        with self.assertRaises(Problem) as caught:
            self._receive(raw, headers, token)
        problem = caught.exception.as_dict()
        self.assertEqual(problem["status"], status)
        self.assertIn(words, json.dumps(problem, ensure_ascii=False))
        self.assertFalse(self.event.callback_ids)

    def test_answer_takes_effect_and_stands_on_the_event(self):
        answer = self._receive(self._body())
        self.assertEqual(answer["summary"], "took ok")
        self.assertEqual(answer["event"], self.event.uuid)
        callback = self.event.callback_ids
        self.assertEqual(callback.answer, answer)
        self.assertEqual(callback.summary, "took ok")
        self.assertEqual(callback.body, self._body().decode())
        self.assertEqual((callback.company_id, callback.site_id), (self.company, self.site))

    def test_effect_runs_as_the_integration_user_with_its_rights(self):
        self._receive(self._body())
        self.assertEqual(self.acting, self.integration)

    def test_replay_gets_the_stored_answer_and_has_no_effect(self):
        first = self._receive(self._body())
        self.assertEqual(self._receive(self._body()), first)
        self.assertEqual(self.taken, ["ok"])
        self.assertEqual(len(self.event.callback_ids), 1)

    def test_event_that_follows_belongs_to_the_chain_of_the_answered_one(self):
        self._receive(self._body("follow"))
        follower = self.events.search([("causation_id", "=", self.event.uuid)])
        self.assertEqual(follower.correlation_id, self.event.correlation_id)
        self.assertEqual(follower.depth, 1)

    def test_wrong_stale_or_missing_signature_is_401(self):
        raw = self._body()
        self._assert_problem(401, "match", raw, self._headers(raw, secret=self.endpoint.secret_out))
        self._assert_problem(401, "five minutes", raw, self._headers(raw, now=time.time() - 600))
        self._assert_problem(401, "required", raw, {"webhook-id": "x"})
        self.assertEqual(self.taken, [])

    def test_unknown_or_disabled_endpoint_is_404(self):
        raw = self._body()
        self._assert_problem(404, "address", raw, token="nobody")
        for token in ("", "\x00abc", "a" * 65, "ü"):
            self._assert_problem(404, "address", raw, token=token)
        self.endpoint.action_disable()
        self._assert_problem(404, "address", raw)

    def test_too_large_is_413_before_anything_else(self):
        self._assert_problem(413, "262144", b"x" * (256 * 1024 + 1), {"webhook-id": "x"})

    def test_what_is_not_json_is_400(self):
        for raw in (b"", b"nothing", b"[]", b"\xff"):
            self._assert_problem(400, "JSON", raw)

    def test_broken_contract_is_422_and_names_each_field(self):
        self._assert_problem(422, "data.verdict", self._body(""))
        self._assert_problem(422, "data.extra", self._body(data={"verdict": "ok", "extra": 1}))
        self._assert_problem(422, "inreplyto", self._body(inreplyto=5))
        self._assert_problem(422, "specversion", self._body(specversion="0.3"))
        self._assert_problem(422, "time", self._body(time="yesterday"))
        self._assert_problem(422, "time", self._body(time="0001-01-01T00:00:00+14:00"))
        self._assert_problem(422, "type", self._body(type="test.nobody.takes"))

    def test_answer_to_an_event_not_sent_to_this_endpoint_is_422(self):
        other = self._emit(self.other_site)
        self._commit()
        other.delivery_ids.sudo().unlink()
        self._assert_problem(422, "inreplyto", self._body(inreplyto=other.uuid))
        self._assert_problem(422, "inreplyto", self._body(inreplyto="evt_unknown"))

    def test_effect_that_is_refused_is_422(self):
        self._assert_problem_after_insert(422, "not this one", self._body("refuse"))

    def _assert_problem_after_insert(self, status, words, raw):
        """The route rolls the transaction back; here a savepoint stands for it."""
        with self.assertRaises(Problem) as caught, self.env.cr.savepoint():
            self._receive(raw)
        self.assertEqual(caught.exception.status, status)
        self.assertIn(words, caught.exception.detail)
        self.event.invalidate_recordset()
        self.assertFalse(self.event.callback_ids)

    def test_integration_user_of_another_company_is_refused(self):
        self.integration.write(
            {
                "company_ids": [(6, 0, self.other_company.ids)],
                "company_id": self.other_company.id,
            }
        )
        self._assert_problem_after_insert(422, "company", self._body())

    def test_endpoint_without_integration_user_takes_nothing(self):
        self.endpoint.user_id = False
        self._assert_problem(422, "user", self._body())
        self.endpoint.user_id = self.integration
        self.integration.active = False
        self._assert_problem(422, "user", self._body())
