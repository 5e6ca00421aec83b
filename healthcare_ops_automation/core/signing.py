"""Standard Webhooks signatures (https://www.standardwebhooks.com).

What is signed is ``<webhook-id>.<webhook-timestamp>.<raw body>`` with HMAC-SHA256. A
secret is ``whsec_`` and the base64 of 24 to 64 random bytes. The signature header holds
one or more ``v1,<base64>`` separated by blanks, so that a secret can be rotated.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

from .wording import InvalidSetting

SECRET_PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
HEADER_ID = "webhook-id"
HEADER_TIMESTAMP = "webhook-timestamp"
HEADER_SIGNATURE = "webhook-signature"
# What may be wrong with a signature, besides malformed headers: the log of calls tells by it.
UNSIGNED = f"The headers {HEADER_ID}, {HEADER_TIMESTAMP} and {HEADER_SIGNATURE} are required."
STALE = f"{HEADER_TIMESTAMP}: more than five minutes off."
MISMATCH = "The signature does not match."


class SignatureError(Exception):
    """A message whose signature, time or headers cannot be trusted; says why."""


def new_secret():
    """A fresh secret: 32 random bytes, spelled as 43 letters and digits, are its key.

    Receivers that keep their keys as text, such as the credentials of n8n, can hold it.
    """
    return SECRET_PREFIX + base64.b64encode(secrets.token_urlsafe(32).encode()).decode()


def secret_key(secret):
    """The key bytes of a ``whsec_…`` secret.

    :raise InvalidSetting: when it is not base64 of 24 to 64 bytes
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidSetting("secret_no_base64") from error
    if not 24 <= len(key) <= 64:
        raise InvalidSetting("secret_length")
    return key


def signature(secret, message_id, timestamp, body):
    """One ``v1,<base64>`` signature.

    :param str secret: ``whsec_…``
    :param str message_id: the ``webhook-id`` header
    :param int timestamp: Unix time in seconds
    :param bytes body: the raw body
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    mac = hmac.new(secret_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def signed_headers(secret_list, message_id, timestamp, body):
    """The three Standard Webhooks headers, signed with each of the secrets."""
    return {
        HEADER_ID: message_id,
        HEADER_TIMESTAMP: str(timestamp),
        HEADER_SIGNATURE: " ".join(
            signature(secret, message_id, timestamp, body) for secret in secret_list
        ),
    }


def verify(secret_list, headers, body, now):
    """Check the signature of a received message; return its ``webhook-id``.

    :param secret_list: the ``whsec_…`` secrets accepted at present
    :param headers: a mapping that finds headers by lower-case name
    :param bytes body: the raw body, before any decoding
    :param float now: Unix time in seconds
    :raise SignatureError: for missing headers, a time more than five minutes off, or no
        matching signature
    """
    message_id = headers.get(HEADER_ID) or ""
    sent_at = headers.get(HEADER_TIMESTAMP) or ""
    given = headers.get(HEADER_SIGNATURE) or ""
    if not (message_id and sent_at and given):
        raise SignatureError(UNSIGNED)
    if len(message_id) > 255 or not message_id.isascii() or not message_id.isprintable():
        raise SignatureError(f"{HEADER_ID}: at most 255 printable ASCII characters.")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12):
        raise SignatureError(f"{HEADER_TIMESTAMP}: Unix time in seconds is expected.")
    if abs(now - int(sent_at)) > TOLERANCE_SECONDS:
        raise SignatureError(STALE)
    expected = [signature(secret, message_id, sent_at, body) for secret in secret_list]
    candidates = given.encode("utf-8", "replace").split()
    # Every pair is compared, so that the time taken tells nothing about which one matched.
    matches = [
        hmac.compare_digest(wanted.encode(), candidate)
        for wanted in expected
        for candidate in candidates[:10]
    ]
    if not any(matches):
        raise SignatureError(MISMATCH)
    return message_id
