"""Bytes and hashes that stay the same for the same facts."""

import hashlib
import json
from datetime import datetime


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


def facts_digest(values, later=None):
    """SHA-256 over the facts of a row that is never changed.

    What is empty counts as nothing, however the database or Odoo say so; times count to the
    second.

    :param values: the facts, in the order in which they are hashed
    :param dict later: facts that came later, which count only where there are any, so that
        the digests of older rows stay true
    """
    facts = [_fact(value) for value in values]
    given = {name: _fact(value) for name, value in (later or {}).items() if value}
    return sha256_hex(canonical_json([*facts, given] if given else facts))


def _fact(value):
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value or None
