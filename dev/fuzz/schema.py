"""Calls that schemathesis makes from the OpenAPI document the server serves."""

import json
from urllib.parse import urlsplit

import hypothesis
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from . import shapes, wire
from .settings import thorough

DOCUMENT = "/healthcare_ops/v1/openapi.json"
PATH = "/healthcare_ops/v1/callbacks/{token}"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# With the whole of it generated, a call that nobody refuses at once would be rare.
MEND = st.sets(st.sampled_from(("token", "signature", "event", "time")))
MENDED = st.just({"token", "signature", "event", "time"})


def play(sender, part, mode, number, seed):
    """Send calls that follow the document, or (negative mode) break it; each answer must be one
    that the document describes."""
    base = f"http://127.0.0.1:{sender.facts.port}"
    document = requests.get(base + DOCUMENT, timeout=60).json()
    operation = schemathesis.openapi.from_dict(document)[PATH]["POST"]

    @hypothesis.seed(seed)
    @thorough(number)
    @given(case=operation.as_strategy(generation_mode=mode), mended=st.one_of(MEND, MENDED, MENDED))
    def each_answer_is_described(case, mended):
        call = _call(case, mended, sender.facts)
        answer = sender.send(part, call)
        case.validate_response(_response(answer, base), checks=CHECKS)

    each_answer_is_described()


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def _call(case, mended, scene):
    """The request of a case, with some of it as only the scene can know it."""
    asked = case.as_transport_kwargs(base_url="http://fuzz")
    body = _body(asked, mended, scene)
    headers = {
        name.lower(): str(value)
        for name, value in asked["headers"].items()
        if name.lower() not in ("host", "content-length")
    }
    target = urlsplit(asked["url"])._replace(scheme="", netloc="").geturl().encode()
    if "token" in mended:
        target = shapes.PATH + scene.token.encode()
    if "signature" in mended:
        headers |= shapes.signed(scene, scene.fresh_id(), body)
    headers |= {"host": f"127.0.0.1:{scene.port}", "content-length": str(len(body))}
    sent = tuple((name.encode(), value.encode("latin-1")) for name, value in headers.items())
    return wire.Call(case.method.encode(), target, sent, body, body)


def _body(asked, mended, scene):
    content = asked.get("json", asked.get("data"))
    if isinstance(content, dict):
        if "event" in mended and "inreplyto" in content:
            content = {**content, "inreplyto": scene.next_event()}
        data = content.get("data")
        if "time" in mended and isinstance(data, dict) and "checked_at" in data:
            content = {**content, "data": {**data, "checked_at": "2026-03-02T08:00:05Z"}}
    if "json" in asked:
        return json.dumps(content).encode()
    if content is None:
        return b""
    return content if isinstance(content, bytes) else str(content).encode()


def _response(answer, base):
    """The answer as schemathesis wants it."""
    headers = {name: [value] for name, value in answer.headers.items()}
    asked = requests.Request("POST", base + PATH).prepare()
    return Response(answer.status, headers, answer.body, asked, answer.seconds, verify=False)
