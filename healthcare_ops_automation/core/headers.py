"""Which extra headers a request may carry (RFC 9110 §5)."""

import re

# RFC 9110 §5.6.2: what a field name is made of.
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# RFC 9110 §5.5, without the obsolete octets above ASCII.
VALUE = re.compile(r"[\x20-\x7e]+")
VALUE_LIMIT = 4096
# What the connection and the framing of the message are made with, and what we sign.
RESERVED = {
    "accept-encoding",
    "connection",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
}
RESERVED_PREFIXES = ("content-", "webhook-")


def check_header_name(name):
    """Refuse a name that is no field name, or one the sender sets itself.

    :raise ValueError: saying what is wrong
    """
    if not TOKEN.fullmatch(name or ""):
        raise ValueError("letters, digits and hyphens are expected, such as X-Api-Key")
    if name.lower() in RESERVED or name.lower().startswith(RESERVED_PREFIXES):
        raise ValueError(f"“{name}” is set by the delivery itself")


def check_header_value(value):
    """Refuse a value that cannot stand in one header line as it is.

    :raise ValueError: saying what is wrong, without the value
    """
    if not value or value != value.strip():
        raise ValueError("it may neither be empty nor begin or end with a blank")
    if len(value) > VALUE_LIMIT:
        raise ValueError(f"at most {VALUE_LIMIT} characters are sent")
    if not VALUE.fullmatch(value):
        raise ValueError("type the whole value, in ASCII characters on one line")
