import json

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..core.masking import MASK
from .common import TYPE, OpsCase
from .composing import compose
from .test_ops_callback import CallbackCase

NEEDING = ("manager", "admin", "auditor")


class MaskingCase(OpsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._create_user(role) for role in ("user", *NEEDING)}
        cls.composed = compose(
            cls.env,
            lines=(
                ("name", {}),
                ("manager_id.email", {"key": "contact"}),
                ("code", {"key": "token", "sensitivity": "secret"}),
            ),
        )
        cls.said = {"name": "Harbour Clinic", "contact": "ada@example.org", "token": "s3cret"}

    def _happened(self):
        event = self.events.emit(self.composed.code, self.site, self.said)
        self._commit()
        return event

    def _seen(self, event, role):
        text = event.with_user(self.users[role]).pretty_body
        return json.loads(text)["data"]


@tagged("post_install", "-at_install")
class TestEventMasking(MaskingCase):
    def test_raw_content_is_closed_to_every_role_and_to_searching(self):
        event = self._happened()
        for role, user in self.users.items():
            user.group_ids += self.env.ref("base.group_allow_export")
            seen = event.with_user(user)
            for name in ("body", "data"):
                with self.subTest(role=role, field=name):
                    with self.assertRaises(AccessError):
                        seen.read([name])
                    with self.assertRaises(AccessError):
                        seen.search([(name, "ilike", "ada")])
                    with self.assertRaises(AccessError):
                        seen.search([("id", "=", event.id)], order=name)
                    with self.assertRaises(AccessError):
                        seen.export_data([name])
                    with self.assertRaises(AccessError):
                        seen._read_group([], [name])
            with self.assertRaises(AccessError):
                self.env["ops.delivery"].with_user(user).search([("event_id.body", "ilike", "a")])

    def test_personal_values_are_shown_to_who_needs_them_and_secrets_to_nobody(self):
        event = self._happened()
        for role in NEEDING:
            self.assertEqual(self._seen(event, role), {**self.said, "token": MASK}, role)
        self.assertEqual(
            self._seen(event, "user"), {"name": "Harbour Clinic", "contact": MASK, "token": MASK}
        )
        self.assertTrue(event.with_user(self.users["user"]).content_hidden)

    def test_content_without_anything_to_hide_is_shown_whole(self):
        event = self._emit(number=7)
        self._commit()
        seen = event.with_user(self.users["user"])
        self.assertEqual(json.loads(seen.pretty_body), json.loads(event.body))
        self.assertFalse(seen.content_hidden)

    def test_receivers_get_every_value(self):
        self.assertEqual(json.loads(self._happened().body)["data"], self.said)

    def test_old_events_are_masked_by_the_schema_they_were_written_with(self):
        event = self._happened()
        self.composed.field_ids.filtered(lambda line: line.key == "contact").unlink()
        internal = self.composed.field_ids.filtered(lambda line: line.key == "token")
        internal.sensitivity = "internal"
        self.assertEqual(self._seen(event, "user")["contact"], MASK)
        self.assertEqual(self._seen(event, "user")["token"], MASK)

    def test_content_of_an_unknown_schema_is_shown_only_to_who_needs_it(self):
        event = self._happened()
        self.composed.version_ids.unlink()
        event.invalidate_recordset()
        self.assertEqual(self._seen(event, "user"), MASK)
        self.assertEqual(self._seen(event, "manager"), self.said)

    def test_content_of_an_invalid_event_is_masked_too(self):
        event = self.events._emit_guarded(
            self.composed.code, self.env["res.lang"].search([], limit=1), self.said
        )
        self.assertEqual(event.state, "invalid")
        seen = json.loads(event.with_user(self.users["user"]).pretty_body)
        self.assertEqual(seen, {"name": "Harbour Clinic", "contact": MASK, "token": MASK})

    def test_receivers_answers_are_shown_to_who_needs_them(self):
        self._create_endpoint()
        event = self._happened()
        attempt = self.env["ops.delivery.attempt"].create(
            {
                "delivery_id": event.delivery_ids.id,
                "number": 1,
                "started_at": "2026-11-22 10:00:00",
                "outcome": "delivered",
                "response": "got ada@example.org",
            }
        )
        for role in NEEDING:
            [row] = attempt.with_user(self.users[role]).read(["response"])
            self.assertEqual(row["response"], "got ada@example.org")
        with self.assertRaises(AccessError):
            attempt.with_user(self.users["user"]).read(["response"])
        with self.assertRaises(AccessError):
            attempt.with_user(self.users["user"]).search([("response", "ilike", "ada")])


@tagged("post_install", "-at_install")
class TestPersonalRetention(MaskingCase):
    def _aged(self, event, days):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE ops_event SET sealed_at = sealed_at - %(days)s * interval '1 day',
                                        emitted_at = emitted_at - %(days)s * interval '1 day'
                    WHERE id = %(id)s""",
                days=days,
                id=event.id,
            )
        )
        event.invalidate_recordset()
        return event

    def _prune(self):
        self.env.flush_all()
        self.events.sudo()._gc_content()
        self.events.invalidate_model()

    def test_personal_content_goes_after_90_days_whatever_its_type_says(self):
        self.composed.retention_days = self.type.retention_days = 365
        old, young = self._aged(self._happened(), 91), self._aged(self._happened(), 89)
        plain = self._emit()
        self._commit()
        self._aged(plain, 91)
        digest = old.body_sha256
        self._prune()
        self.assertEqual((old.body, old.data, old.body_sha256), (False, False, digest))
        self.assertTrue(young.body)
        self.assertTrue(plain.body)

    def test_shorter_retention_of_the_type_holds(self):
        self.composed.retention_days = 10
        event = self._aged(self._happened(), 11)
        self._prune()
        self.assertFalse(event.body)

    def test_settings_say_how_long_personal_content_is_kept(self):
        self.env["res.config.settings"].create({"ops_personal_days": 7}).execute()
        event = self._aged(self._happened(), 8)
        self._prune()
        self.assertFalse(event.body)

    def test_old_version_with_personal_data_goes_early_when_the_type_has_none_any_more(self):
        event = self._happened()
        self.composed.field_ids[1:].unlink()
        self.assertFalse(self.composed.has_sensitive)
        later = self.events.emit(self.composed.code, self.site, {"name": "x"})
        self._commit()
        self._aged(event, 91)
        self._aged(later, 91)
        self._prune()
        self.assertFalse(event.body)
        self.assertTrue(later.body)

    def test_data_of_invalid_events_goes_too(self):
        event = self.events._emit_guarded(
            self.composed.code, self.env["res.lang"].search([], limit=1), self.said
        )
        self.assertTrue(event.data)
        self._aged(event, 91)
        self._prune()
        self.assertFalse(event.data)

    def test_content_whose_type_is_gone_counts_as_personal(self):
        event = self._emit()
        self._commit()
        self.type.unlink()
        self._aged(event, 91)
        self._prune()
        self.assertFalse(event.body)

    def _attempt(self, days, state="delivered"):
        self._create_endpoint()
        event = self._emit()
        self._commit()
        delivery = event.delivery_ids[:1]
        delivery.sudo().state = state
        attempt = self.env["ops.delivery.attempt"].create(
            {
                "delivery_id": delivery.id,
                "number": 1,
                "started_at": "2026-11-22 10:00:00",
                "outcome": "retry",
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery_attempt
                      SET started_at = now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                    WHERE id = %s""",
                days,
                attempt.id,
            )
        )
        return attempt

    def test_attempts_go_after_their_days_and_the_delivery_stays(self):
        old, young = self._attempt(366), self._attempt(364)
        waiting = self._attempt(366, "retrying")
        delivery = old.delivery_id
        self.env["ops.delivery.attempt"].sudo()._gc_attempts()
        self.assertEqual((old | young | waiting).exists(), young | waiting)
        self.assertTrue(delivery.exists())

    def test_attempts_are_kept_for_ever_when_settings_say_so(self):
        self.env["res.config.settings"].create({"ops_attempt_days": 0}).execute()
        attempt = self._attempt(3660)
        self.env["ops.delivery.attempt"].sudo()._gc_attempts()
        self.assertTrue(attempt.exists())


@tagged("post_install", "-at_install")
class TestCallbackMasking(CallbackCase):
    def _receive(self, **changes):
        raw = self._body(**changes)
        public = self.env(user=self.env.ref("base.public_user").id, su=False)
        public["ops.callback"]._receive(self.endpoint.token, self._headers(raw), raw)
        return self.event.callback_ids

    def test_raw_answers_are_closed_and_searching_them_is_refused(self):
        callback = self._receive()
        for role in ("user", *NEEDING):
            seen = callback.with_user(self._create_user(role))
            for name in ("body", "answer"):
                with self.assertRaises(AccessError, msg=(role, name)):
                    seen.read([name])
            with self.assertRaises(AccessError, msg=role):
                seen.search([("body", "ilike", "ok")])

    def test_what_was_received_is_shown_by_its_contract(self):
        callback = self._receive(note="of the sender")
        content = json.loads(callback.with_user(self._create_user("user")).pretty_body)
        self.assertEqual(content["data"], {"verdict": "ok"})
        self.assertEqual(content["inreplyto"], self.event.uuid)
        self.assertEqual(content["note"], MASK)
        content = json.loads(callback.with_user(self._create_user("auditor")).pretty_body)
        self.assertEqual(content["note"], "of the sender")

    def test_what_was_received_by_a_contract_that_is_gone_is_hidden(self):
        callback = self._receive()
        callback.type_code = "test.gone"
        content = json.loads(callback.with_user(self._create_user("user")).pretty_body)
        self.assertEqual(content["data"], MASK)

    def test_what_a_handler_answered_beyond_the_common_is_for_who_needs_it(self):
        callback = self._receive()
        callback.answer = {**callback.answer, "person": "Ada"}
        answer = json.loads(callback.with_user(self._create_user("user")).pretty_answer)
        self.assertEqual((answer["summary"], answer["person"]), ("took ok", MASK))
        answer = json.loads(callback.with_user(self._create_user("manager")).pretty_answer)
        self.assertEqual(answer["person"], "Ada")
        self.assertEqual(self.event.type_code, TYPE)
