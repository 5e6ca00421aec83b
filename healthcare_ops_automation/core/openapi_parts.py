"""The parts of the OpenAPI document that nobody declares: words, answers; see ``openapi.py``."""

from http import HTTPStatus

ABOUT = """\
Odoo posts events to the endpoints that subscribe to them (`webhooks`), and takes signed callbacks
in return (`paths`). Both ways are CloudEvents 1.0 in structured JSON, signed by Standard Webhooks.
Whatever is refused is answered with problem details (RFC 9457). Attributes may be added at any
time: ignore the ones you don't know.
"""

CALLBACKS = """\
A callback takes effect once per endpoint and `webhook-id`. Send again, with the same `webhook-id`
and a new timestamp and signature, after 408, 409, 425, 429, 5xx or no answer, and after nothing
else.
"""

SECURITY = {
    "type": "apiKey",
    "in": "header",
    "name": "webhook-signature",
    "description": """\
Standard Webhooks (https://www.standardwebhooks.com), not a fixed key: HMAC-SHA256 over
`webhook-id`, a dot, `webhook-timestamp`, a dot and the raw body. The key is the base64 after
`whsec_` in the secret: the endpoint's *Callback secret* for what Odoo takes, its *Signing secret*
for what Odoo sends. While a secret is replaced, two of them are valid.
""",
}

HEADERS = {
    "webhook-id": {
        "description": "Names the message: the same each time it is sent, so that it counts once.",
        "schema": {"type": "string", "pattern": "^[ -~]{1,255}$"},
    },
    "webhook-timestamp": {
        "description": "When it was signed, Unix time in seconds; at most five minutes off.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    "webhook-signature": {
        "description": "One or more signatures, each `v1,` and base64, separated by blanks.",
        "schema": {"type": "string", "pattern": "v1,[A-Za-z0-9+/]{43}="},
    },
}

# What a callback may be answered instead of 200.
ANSWERS = {
    HTTPStatus.BAD_REQUEST: "The body is not a JSON object, or did not arrive whole.",
    HTTPStatus.UNAUTHORIZED: "No valid signature, or one more than five minutes off.",
    HTTPStatus.NOT_FOUND: "No endpoint has this address.",
    HTTPStatus.CONFLICT: "Too many at once, about the same records: send it again.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "More than 256 KB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "A form, or compressed.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Breaks its contract, each field named in `errors`; or its "
    "type or event is unknown; or what it asks for is refused.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many for this endpoint: send again after `Retry-After`.",
}

# What Odoo makes of a receiver's answers.
EVENT_ANSWERS = {
    "2XX": {"description": "Delivered."},
    "410": {"description": "No more events: the endpoint is disabled."},
    "429": {
        "description": "Sent again, after `Retry-After` at the earliest; so are 408, 409, 423, 425."
    },
    "4XX": {"description": "Refused: tried twice more, then given up. Redirects the same."},
    "5XX": {"description": "Sent again, after `Retry-After` at the earliest."},
}

PROBLEM = {
    "title": "Problem details (RFC 9457)",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The kind of problem"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "This occurrence, and what to do"},
        "errors": {
            "type": "array",
            "items": {"type": "string"},
            "description": "“field: reason”, for each field that is wrong",
        },
    },
}
ANSWER = {
    "title": "What has become of a callback",
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"const": "accepted"},
        "event": {"type": ["string", "null"], "description": "The id of the event answered"},
        "summary": {"type": "string", "description": "The effect in words"},
    },
    "additionalProperties": True,
}
_TEXT = {"type": "string"}
EVENT_ENVELOPE = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "description": "Equal to the header webhook-id"},
    "source": {"type": "string", "format": "uri-reference"},
    "subject": {"type": "string", "description": "The record: model, slash, number"},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"const": "application/json"},
}
EVENT_EXTENSIONS = {
    "sequence": {**_TEXT, "pattern": "^[0-9]+$", "description": "Grows per subject"},
    "severity": {"enum": ["info", "low", "medium", "high", "critical"]},
    "site": {**_TEXT, "description": "Code of the facility"},
    "correlationid": _TEXT,
    "causationid": _TEXT,
    "sample": {"const": "true", "description": "Sent by hand to try the endpoint"},
}
