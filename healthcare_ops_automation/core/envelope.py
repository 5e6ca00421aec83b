"""CloudEvents 1.0 in structured JSON: the envelope of everything sent and received."""

import json
import re
from datetime import timezone

from pydantic import BaseModel, ConfigDict, Field

from .contract import Timestamp
from .digest import canonical_json

CONTENT_TYPE = "application/cloudevents+json"


def rfc3339(moment):
    """A naive UTC datetime as RFC 3339 text with microseconds where there are any."""
    return moment.replace(tzinfo=timezone.utc).isoformat().replace("+00:00", "Z")


def naive_utc(moment):
    """An aware datetime as the naive UTC datetime Odoo stores, to the second."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


def event_body(*, uuid, source, type_code, version, subject, occurred_at, data, extensions):
    """The text that is stored, signed and sent for an event.

    :param str uuid: the event's id, which is also the ``webhook-id``
    :param str source: URI-reference of this installation
    :param datetime occurred_at: naive UTC
    :param dict data: what the contract let through
    :param dict extensions: CloudEvents extension attributes; empty ones are left out
    """
    envelope = {
        "specversion": "1.0",
        "id": uuid,
        "source": source,
        "type": type_code,
        "subject": subject,
        "time": rfc3339(occurred_at),
        "datacontenttype": "application/json",
        "dataschema": f"urn:healthcare-ops:schema:{type_code}:{version}",
        **{name: value for name, value in extensions.items() if value},
        "data": data,
    }
    return canonical_json(envelope)


class CallbackEnvelope(BaseModel):
    """What a callback's body must be: CloudEvents, with the id of the event if it answers one."""

    model_config = ConfigDict(extra="allow", strict=False)

    specversion: str = Field(pattern=r"^1\.0$")
    id: str = Field(min_length=1, max_length=255)
    source: str = Field(min_length=1, max_length=1024)
    type: str = Field(min_length=1, max_length=255)
    time: Timestamp | None = None
    inreplyto: str | None = Field(None, min_length=1, max_length=64)
    data: dict


def parse_json_object(raw):
    """The JSON object in the raw bytes.

    :raise ValueError: when the bytes are not UTF-8 JSON, or not an object
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
        text = canonical_json(value)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("a JSON object is expected")
    # PostgreSQL stores neither NUL nor half a surrogate pair.
    if re.search(r"(?<!\\)(?:\\\\)*\\u0000", text):
        raise ValueError("NUL characters are not accepted")
    text.encode("utf-8")
    return value


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")
