import json
import time
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..core import signing
from ..core.sender import Outcome
from ..wizards import ops_endpoint_sample
from .common import TYPE, OpsCase
from .receiver import receiver

REFUSING = "http://127.0.0.1:9/hook"


@tagged("post_install", "-at_install")
class TestOpsEndpointSample(OpsCase):
    def setUp(self):
        super().setUp()
        self.type.example = '{"number": 1}'
        self.admin = self._create_user("admin")

    def _endpoint(self, **values):
        endpoint = self._create_endpoint(company_id=self.company.id, **values)
        return endpoint.with_user(self.admin)

    def _sample(self, endpoint):
        """The dialog as the button opens it."""
        action = endpoint.action_send_sample()
        return (
            self.env[action["res_model"]]
            .with_user(self.admin)
            .with_context(**action["context"])
            .create({})
        )

    def test_receiver_gets_a_signed_event_marked_as_a_sample(self):
        with receiver() as server:
            endpoint = self._endpoint(
                url=server.url,
                header_ids=[Command.create({"name": "X-Api-Key", "value": "open-sesame"})],
            )
            sample = self._sample(endpoint)
            shown = json.loads(sample.pretty_body)
            sample.action_send()
        [(_path, headers, body)] = server.received
        content = json.loads(body)
        message_id = signing.verify([endpoint.secret_out], headers, body, time.time())
        self.assertEqual(headers["x-api-key"], "open-sesame")
        self.assertEqual(headers["content-type"], "application/cloudevents+json")
        self.assertEqual(message_id, content["id"])
        self.assertTrue(message_id.startswith("evt_sample_"))
        self.assertEqual((content["sample"], content["type"]), ("true", TYPE))
        self.assertEqual(content["data"], {"number": 1})
        self.assertEqual(shown.keys(), content.keys())
        self.assertEqual((sample.verdict, sample.http_status), ("delivered", 200))
        self.assertEqual((sample.answer, sample.problem), ("thanks", ""))

    def test_sample_has_the_envelope_of_a_real_event(self):
        endpoint = self._endpoint()
        content = json.loads(self._sample(endpoint).pretty_body)
        event = self._emit()
        self._commit()
        left_out = {"site"}  # a sample comes from nowhere
        self.assertEqual(set(json.loads(event.body)) - left_out, set(content) - {"sample"})

    def test_each_sample_has_an_id_of_its_own_and_leaves_no_event(self):
        events = self.env["ops.event"].search_count([])
        with receiver() as server:
            sample = self._sample(self._endpoint(url=server.url))
            sample.action_send()
            sample.action_send()
        one, two = (headers["webhook-id"] for _path, headers, _body in server.received)
        self.assertNotEqual(one, two)
        self.assertEqual(self.env["ops.event"].search_count([]), events)

    def test_nothing_is_written_and_so_locked_before_the_answer_is_there(self):
        sample = self._sample(self._endpoint())
        self.env.flush_all()
        before, during = self._written(), []

        def answer(outgoing):
            during.append(self._written())
            return Outcome("delivered", 0.0, 5, 200)

        with patch.object(ops_endpoint_sample, "send", answer):
            sample.action_send()
        self.env.flush_all()
        self.assertEqual(during, [before])
        self.assertGreater(self._written(), before)

    def _written(self):
        """Rows this transaction has written so far."""
        self.env.cr.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
        )
        return self.env.cr.fetchone()[0]

    def test_sample_goes_out_whatever_holds_events(self):
        with receiver() as server:
            endpoint = self._endpoint(url=server.url)
            for change in ({"state": "paused"}, {"state": "broken"}, {"test_mode": True}):
                endpoint.sudo().write(change)
                self._sample(endpoint).action_send()
        self.assertEqual(len(server.received), 3)

    def test_sample_is_refused_in_words(self):
        endpoint = self._endpoint()
        sample = self._sample(endpoint)
        for prepare, problem in (
            (lambda: endpoint.write({"url": False}), "URL"),
            (lambda: endpoint.write({"url": REFUSING, "state": "disabled"}), "Status"),
            (
                lambda: endpoint.write({"state": "active", "event_patterns": "other.*"}),
                "Event type",
            ),
            (self._neutralize, "neutralized"),
        ):
            prepare()
            with self.assertRaisesRegex(UserError, problem):
                sample.action_send()
        self.assertFalse(sample.verdict)

    def _neutralize(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)

    def test_guard_against_private_addresses_holds_for_samples(self):
        with receiver() as server:
            sample = self._sample(self._endpoint(url=server.url, allowed_networks=False))
            sample.action_send()
        self.assertEqual(server.received, [])
        self.assertEqual(sample.verdict, "retry")
        self.assertIn("not a public address", sample.problem)

    def test_what_went_wrong_is_shown_and_changes_nothing(self):
        for status, verdict in ((500, "retry"), (404, "give_up"), (410, "gone")):
            with receiver(lambda handler, status=status: handler.answer(status, b"no")) as server:
                endpoint = self._endpoint(url=server.url)
                sample = self._sample(endpoint)
                sample.action_send()
            self.assertEqual((sample.verdict, sample.http_status), (verdict, status))
            self.assertEqual((sample.answer, endpoint.state), ("no", "active"))
            self.assertIn(str(status), sample.problem)

    def test_result_is_kept_with_the_endpoint_without_its_address(self):
        with receiver(lambda handler: handler.answer(200, b"echo: key=value")) as server:
            endpoint = self._endpoint(url=server.url)
            self._sample(endpoint).action_send()
        chatter = " ".join(endpoint.message_ids.mapped("body"))
        entry = self.env["ops.audit.entry"].search([("action", "=", "endpoint.sample_sent")])
        self.assertEqual((entry.res_id, entry.actor_id), (endpoint.id, self.admin.id))
        self.assertIn('"verdict": "delivered"', entry.details)
        self.assertIn("Delivered", chatter)
        for text in (entry.details, chatter):
            self.assertNotIn("/hook", text)
            self.assertNotIn("key=value", text)

    def test_only_types_subscribed_to_are_offered(self):
        sample = self._sample(self._endpoint())
        self.assertEqual(set(sample.type_ids.mapped("code")), {TYPE})
        self.assertEqual(sample.type_id, self.type)

    def test_manager_sends_a_sample_without_the_right_to_change_the_endpoint(self):
        with receiver() as server:
            endpoint = self._create_endpoint(company_id=self.company.id, url=server.url)
            endpoint = endpoint.with_user(self._create_user("manager"))
            action = endpoint.action_send_sample()
            samples = self.env[action["res_model"]].with_user(endpoint.env.user)
            sample = samples.with_context(**action["context"]).create({})
            sample.action_send()
        self.assertEqual((sample.verdict, sample.answer), ("delivered", "thanks"))
        self.assertEqual(len(server.received), 1)

    def test_only_managers_and_administrators_of_the_company_send_samples(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        for role in ("auditor", "user"):
            user = self._create_user(role)
            with self.assertRaises(AccessError, msg=role):
                endpoint.with_user(user).action_send_sample()
            with self.assertRaises(AccessError, msg=role):
                self.env["ops.endpoint.sample"].with_user(user).create({"endpoint_id": endpoint.id})
        foreign = self._create_endpoint(company_id=self.other_company.id)
        with self.assertRaises(AccessError):
            foreign.with_user(self.admin).action_send_sample()
        with self.assertRaises(AccessError):
            self.env["ops.endpoint.sample"].with_user(self.admin).create(
                {"endpoint_id": foreign.id, "type_id": self.type.id}
            ).action_send()
        everywhere = self._create_endpoint()
        with self.assertRaisesRegex(AccessError, "Company"):
            everywhere.with_user(self.admin).action_send_sample()
