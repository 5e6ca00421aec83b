"""Bytes and hashes that stay the same for the same facts."""

import hashlib
import json


def canonical_json(value):
    """Serialise to the one JSON text that the same facts always give.

    Keys sorted, no blanks, UTF-8 kept as it is.

    :param value: JSON-serialisable facts
    :return: text
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_hex(text):
    """SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
