from odoo.tests import BaseCase

from ..core.tls import check_certificates
from .certificates import ANOTHER, CERTIFICATE


class TestTls(BaseCase):
    def test_one_or_several_certificates_are_taken(self):
        check_certificates(CERTIFICATE)
        check_certificates(f"Größe: unsere Stelle\n{CERTIFICATE}\n{ANOTHER}")

    def test_what_is_no_certificate_is_refused(self):
        cut = CERTIFICATE[:200]
        broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        for text in ("", "a certificate", "Zürich", cut, broken):
            with self.assertRaisesRegex(ValueError, "certificate", msg=text):
                check_certificates(text)

    def test_private_key_is_refused(self):
        key = "-----BEGIN " + "PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
        with self.assertRaisesRegex(ValueError, "private key"):
            check_certificates(CERTIFICATE + key)
