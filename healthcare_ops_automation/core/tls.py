"""Certificates by which receivers are verified that no public authority vouches for."""

import ssl


def check_certificates(text):
    """Refuse a text that holds no certificates in PEM.

    :raise ValueError: saying what is wrong
    """
    if "PRIVATE KEY" in text:
        raise ValueError("it holds a private key; only certificates belong here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # A str must be ASCII; what else stands around certificates in PEM is passed over.
        context.load_verify_locations(cadata=text.encode("ascii", "replace").decode())
    except (ssl.SSLError, ValueError) as error:
        raise ValueError("no certificate in PEM (-----BEGIN CERTIFICATE-----) is in it") from error
    if not context.cert_store_stats()["x509"]:
        raise ValueError("no certificate is in it")
