from odoo.tests import BaseCase

from ..core.headers import VALUE_LIMIT, check_header_name, check_header_value


class TestHeaders(BaseCase):
    def test_names_that_receivers_use_are_accepted(self):
        for name in ("Authorization", "X-Api-Key", "apikey", "X_Token", "Prefer"):
            check_header_name(name)

    def test_names_that_are_none_or_ours_are_refused(self):
        for name in ("", "X Key", "X-Key:", "X-Key\r\nY", "Schlüssel", "a" * 101):
            with self.assertRaisesRegex(ValueError, "letters", msg=name):
                check_header_name(name)
        for name in (
            "Host",
            "content-type",
            "Content-Length",
            "CONNECTION",
            "Transfer-Encoding",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "User-Agent",
            "webhook-id",
            "Webhook-Signature",
        ):
            with self.assertRaisesRegex(ValueError, "set by the delivery", msg=name):
                check_header_name(name)

    def test_value_is_one_line_of_ascii(self):
        for value in ("Bearer abc.def", "x", "a" * VALUE_LIMIT, "Basic dXNlcjpwYXNz"):
            check_header_value(value)
        for value in ("", " x", "x ", "x\r\nY: z", "x\x00", "x\ty", "clé", "••", "a" * 5000):
            with self.assertRaises(ValueError, msg=value) as refused:
                check_header_value(value)
            self.assertNotIn("clé", str(refused.exception))
