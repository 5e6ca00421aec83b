"""Standard Webhooks signing and verification in plain Python.

Written from the specification (https://www.standardwebhooks.com), on purpose without a
line of the suite's own engine: the demo receiver checks the engine's signatures with it,
and an integrator can read what has to be done on the other side.

What is signed is ``<webhook-id>.<webhook-timestamp>.<raw body>``, with HMAC-SHA256 and a
key written as ``whsec_<base64>``. The signature header may carry several signatures,
separated by spaces, while a secret is being replaced.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time

SECRET_PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
KEY_BYTES = 32


class VerificationError(Exception):
    """The message must not be trusted; the text says why and holds no secret."""


def new_secret():
    """Return a fresh random secret, ``whsec_<base64 of its key>``; the key is readable text, so
    that n8n's credentials can hold it, too."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_urlsafe(KEY_BYTES).encode()).decode()


def decode_secret(secret):
    """Return the key bytes of ``whsec_<base64>`` (the prefix may be left out).

    :raises ValueError: when it is no base64 or the key is empty.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is 'whsec_' followed by base64") from error
    if not key:
        raise ValueError("the webhook secret is empty")
    return key


def sign(secret, webhook_id, timestamp, body):
    """Return the signature ``v1,<base64>`` of ``body`` (bytes, exactly as sent).

    :param int timestamp: seconds since the epoch, as sent in ``webhook-timestamp``
    """
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.new(decode_secret(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def signed_headers(secret, webhook_id, body, now=None):
    """Return the three Standard Webhooks headers for ``body``, stamped with now."""
    timestamp = int(time.time() if now is None else now)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, webhook_id, timestamp, body),
    }


def verify(secret, headers, body, now=None):
    """Check a received message and return its ``webhook-id``.

    :param headers: a mapping with a ``get`` that knows the lower-case header names
    :param bytes body: the raw body, before any parsing
    :raises VerificationError: a header is missing, the signature is wrong, or the
        timestamp is more than five minutes off (either way: clocks are off both ways)
    """
    webhook_id = headers.get("webhook-id")
    timestamp = headers.get("webhook-timestamp")
    signatures = headers.get("webhook-signature")
    if not (webhook_id and timestamp and signatures):
        raise VerificationError("a webhook header is missing")
    # isdigit alone would let "²" through; the sender writes plain seconds.
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise VerificationError("the timestamp is no number")
    expected = sign(secret, webhook_id, timestamp, body).encode()
    given = (signature.encode() for signature in signatures.split())
    if not any(hmac.compare_digest(expected, signature) for signature in given):
        raise VerificationError("no signature matches")
    age = (time.time() if now is None else now) - int(timestamp)
    if abs(age) > TOLERANCE_SECONDS:
        raise VerificationError(f"the timestamp is {age:+.0f} s off")
    return webhook_id
