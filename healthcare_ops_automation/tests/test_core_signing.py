from odoo.tests import BaseCase

from ..core import signing

# The example of the Standard Webhooks specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


class TestSigning(BaseCase):
    def _headers(self, **changes):
        headers = {
            "webhook-id": MESSAGE_ID,
            "webhook-timestamp": str(TIMESTAMP),
            "webhook-signature": SIGNATURE,
        }
        return {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}

    def _assert_refused(self, why, body=BODY, now=TIMESTAMP, secret=SECRET, **changes):
        with self.assertRaisesRegex(signing.SignatureError, why):
            signing.verify([secret], self._headers(**changes), body, now)

    def test_signature_is_that_of_the_specification(self):
        self.assertEqual(signing.signature(SECRET, MESSAGE_ID, TIMESTAMP, BODY), SIGNATURE)

    def test_what_we_sign_we_verify(self):
        secret = signing.new_secret()
        headers = signing.signed_headers([secret], "evt_1", TIMESTAMP, BODY)
        self.assertEqual(signing.verify([secret], headers, BODY, TIMESTAMP), "evt_1")

    def test_a_fresh_secret_has_a_key_of_text_that_any_receiver_can_hold(self):
        key = signing.secret_key(signing.new_secret())
        self.assertRegex(key.decode("ascii"), r"^[A-Za-z0-9_-]{43}$")

    def test_either_secret_is_accepted_while_one_replaces_the_other(self):
        old, new = signing.new_secret(), signing.new_secret()
        headers = signing.signed_headers([old, new], "evt_1", TIMESTAMP, BODY)
        for accepted in ([old], [new], [new, old]):
            self.assertEqual(signing.verify(accepted, headers, BODY, TIMESTAMP), "evt_1")

    def test_changed_body_id_or_time_is_refused(self):
        self._assert_refused("does not match", body=BODY + b" ")
        self._assert_refused("does not match", webhook_id="msg_other")
        self._assert_refused("does not match", webhook_timestamp=str(TIMESTAMP + 1))

    def test_other_secret_is_refused(self):
        self._assert_refused("does not match", secret=signing.new_secret())

    def test_message_more_than_five_minutes_off_is_refused(self):
        headers = self._headers()
        for now in (TIMESTAMP - 300, TIMESTAMP + 300):
            self.assertEqual(signing.verify([SECRET], headers, BODY, now), MESSAGE_ID)
        for now in (TIMESTAMP - 301, TIMESTAMP + 301):
            self._assert_refused("five minutes", now=now)

    def test_missing_header_is_named(self):
        for name in ("webhook_id", "webhook_timestamp", "webhook_signature"):
            self._assert_refused("required", **{name: ""})

    def test_malformed_headers_are_refused_in_words(self):
        self._assert_refused("Unix time", webhook_timestamp="yesterday")
        self._assert_refused("Unix time", webhook_timestamp="9" * 5000)
        self._assert_refused("Unix time", webhook_timestamp="٣")
        self._assert_refused("printable", webhook_id="a\x00b")
        self._assert_refused("255", webhook_id="a" * 256)
        for given in ("v1", "v1,", "v2,xx", "ü", "v1,\ud800"):
            self._assert_refused("does not match", webhook_signature=given)

    def test_secret_that_is_no_secret_is_refused(self):
        for text in ("", "whsec_", "whsec_!!!", "whsec_dG9vc2hvcnQ="):
            with self.assertRaises(ValueError):
                signing.secret_key(text)
