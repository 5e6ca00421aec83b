import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..core import signing
from ..core.sender import Outgoing, send
from .certificates import ANOTHER, CERTIFICATE
from .common import OpsCase
from .receiver import receiver

PAST = timedelta(seconds=-1)


@tagged("post_install", "-at_install")
class TestOpsEndpointSecurity(OpsCase):
    def _admins(self, **values):
        endpoint = self._create_endpoint(company_id=self.company.id, **values)
        return endpoint.with_user(self._create_user("admin"))

    def _details(self, endpoint):
        entries = self.env["ops.audit.entry"].search(
            [("res_model", "=", "ops.endpoint"), ("res_id", "=", endpoint.id)]
        )
        return " ".join(entry.details or "" for entry in entries)

    def test_receiver_with_the_old_secret_verifies_while_it_is_rotated(self):
        with receiver() as server:
            endpoint = self._admins(url=server.url)
            old = endpoint.secret_out
            endpoint.action_rotate_secret_out()
            new = endpoint.secret_out
            send(Outgoing(1, 1, "{}", "evt_1", endpoint._targets()[endpoint.id]))
            endpoint.action_end_overlap_out()
            send(Outgoing(1, 2, "{}", "evt_1", endpoint._targets()[endpoint.id]))
        self.assertNotEqual(old, new)
        (_path, both, body), (_path, one, _body) = server.received
        for secret in (old, new):
            self.assertEqual(signing.verify([secret], both, body, time.time()), "evt_1")
        self.assertEqual(signing.verify([new], one, body, time.time()), "evt_1")
        with self.assertRaises(signing.SignatureError):
            signing.verify([old], one, body, time.time())

    def test_current_secret_signs_first(self):
        endpoint = self._admins()
        old = endpoint.secret_out
        endpoint.action_rotate_secret_out()
        target = endpoint._targets()[endpoint.id]
        self.assertEqual(target.secrets, (endpoint.secret_out, old))

    def test_callback_with_the_old_secret_is_accepted_until_it_is_retired(self):
        endpoint = self._admins()
        old = endpoint.secret_in
        endpoint.action_rotate_secret_in()
        headers = signing.signed_headers([old], "msg_1", int(time.time()), b"{}")
        verify = self.env["ops.callback"]._receive
        with self.assertRaises(Exception) as refused:
            verify(endpoint.token, headers, b"{}")
        self.assertEqual(refused.exception.status, 422)  # verified; no CloudEvent
        endpoint.action_end_overlap_in()
        with self.assertRaises(Exception) as refused:
            verify(endpoint.token, headers, b"{}")
        self.assertEqual(refused.exception.status, 401)

    def test_old_secret_ends_by_itself_and_is_forgotten(self):
        endpoint = self._admins()
        endpoint.action_rotate_secret_out()
        endpoint.action_rotate_secret_in()
        hours = (endpoint.previous_secret_in_until - fields.Datetime.now()).total_seconds() / 3600
        self.assertAlmostEqual(hours, 24, delta=0.1)
        over = fields.Datetime.now() + PAST
        endpoint.write({"previous_secret_out_until": over, "previous_secret_in_until": over})
        self.assertEqual(endpoint._secrets_in(), (endpoint.secret_in,))
        self.assertEqual(endpoint._targets()[endpoint.id].secrets, (endpoint.secret_out,))
        self.env["ops.endpoint"]._gc_previous_secrets()
        self.assertFalse(endpoint.previous_secret_out or endpoint.previous_secret_in)

    def test_overlap_is_as_long_as_the_settings_say(self):
        self.env["res.config.settings"].create({"ops_overlap_hours": 2}).execute()
        endpoint = self._admins()
        endpoint.action_rotate_secret_out()
        seconds = (endpoint.previous_secret_out_until - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(seconds, 7200, delta=30)

    def test_second_rotation_waits_for_the_end_of_the_first(self):
        endpoint = self._admins()
        endpoint.action_rotate_secret_out()
        with self.assertRaisesRegex(UserError, "Signing secret"):
            endpoint.action_rotate_secret_out()
        endpoint.action_rotate_secret_in()
        endpoint.action_end_overlap_out()
        endpoint.action_rotate_secret_out()
        self.assertTrue(endpoint.previous_secret_out)

    def test_rotation_is_told_without_any_secret(self):
        endpoint = self._admins()
        secrets = {endpoint.secret_out, endpoint.secret_in}
        endpoint.action_rotate_secret_out()
        endpoint.action_rotate_secret_in()
        secrets |= {endpoint.secret_out, endpoint.secret_in}
        details, chatter = self._details(endpoint), " ".join(endpoint.message_ids.mapped("body"))
        self.assertIn('"previous_secret_out": "changed"', details)
        self.assertIn("Callback secret rotated", chatter)
        for secret in secrets:
            self.assertNotIn(secret, details + chatter)

    def test_only_administrators_rotate_and_retire(self):
        endpoint = self._create_endpoint(company_id=self.company.id)
        for role in ("manager", "auditor", "user"):
            seen = endpoint.with_user(self._create_user(role))
            for action in (
                seen.action_rotate_secret_out,
                seen.action_rotate_secret_in,
                seen.action_end_overlap_out,
                seen.action_end_overlap_in,
            ):
                with self.assertRaises(AccessError, msg=(role, action.__name__)):
                    action()

    def test_target_carries_how_the_receiver_is_verified(self):
        endpoint = self._admins()
        for values, expected in (
            ({}, (True, "")),
            ({"tls_verification": "own", "tls_ca": CERTIFICATE}, (True, CERTIFICATE)),
            ({"tls_ca": CERTIFICATE + ANOTHER}, (True, CERTIFICATE + ANOTHER)),
            ({"tls_verification": "public"}, (True, "")),
            ({"tls_verification": "off"}, (False, "")),
        ):
            endpoint.write(values)
            target = endpoint._targets()[endpoint.id]
            self.assertEqual((target.verify_tls, target.ca), expected, values)
        details = self._details(endpoint)
        self.assertIn('"tls_verification": "off"', details)
        self.assertNotIn("BEGIN CERTIFICATE", details)

    def test_certificates_are_checked_when_they_are_given(self):
        endpoint = self._admins()
        for values in (
            {"tls_verification": "own"},
            {"tls_verification": "own", "tls_ca": "no certificate"},
            {"tls_ca": "-----BEGIN " + "PRIVATE KEY-----"},
        ):
            with self.assertRaisesRegex(ValidationError, "Own certificates", msg=values):
                endpoint.write(values)
