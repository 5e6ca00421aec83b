"""What a generated callback is like, as hypothesis draws it, and how it becomes a request.

A shape is drawn; ids and times are filled in when it is sent, so that the same shape can be sent
at any time. Its ``repr`` is what a failure prints.
"""

import dataclasses
import gzip
import time
from dataclasses import dataclass

from hypothesis import strategies as st

from dev.receiver import standard_webhooks

from . import bodies
from .wire import Call, chunked

PATH = b"/healthcare_ops/v1/callbacks/"
FRESH, RECENT = "<fresh>", "<recent>"  # message ids that are filled in
HERE = "<here>"  # the endpoint's own address


@dataclass(frozen=True)
class Shape:
    """One generated callback."""

    body: bodies.Body
    signing: str = "valid"
    junk: str = ""  # what stands in place of, or beside, a signature or a time
    message_id: str = FRESH
    token: str = HERE
    method: str = "POST"
    framing: str = "length"
    number: int = 1  # of the framing: size of a chunk, or bytes too many
    content_type: str | None = "application/cloudevents+json"
    headers: tuple[tuple[str, str], ...] = ()


# How a callback is signed. Only the first ones are valid.
SIGNINGS = (
    *("valid", "one of several", "previous secret"),
    *("other secret", "way out's secret", "other body", "other id", "stale", "from tomorrow"),
    *("time is junk", "signature is junk", "no signature", "no id", "no time", "nothing"),
    *("cut", "lower case", "version 2", "bare", "twice", "url-safe", "empty"),
)
VALID = SIGNINGS[:3]
FRAMINGS = (
    *("length", "chunked", "no length", "too short", "too long", "length is junk"),
    *("broken chunk", "unfinished chunks", "both", "two lengths", "expect", "gzip"),
)
METHODS = ("POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "post")
CONTENT_TYPES = (
    *("application/json", "application/cloudevents+json; charset=utf-16", "text/plain", ""),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/mixed"),
    *("multipart/form-data", "application/json;;;", "*/*", "application/octet-stream", "\xe9/\xff"),
    *("APPLICATION/X-WWW-FORM-URLENCODED", "application/problem+json", "text/html"),
)
TOKENS = (
    *("unknown", "x" * 64, "x" * 65, "x" * 3000, "%00", "%80%ff", "%E2%82%AC", "a%2Fb", "a/b"),
    *("..", "../callbacks", "%2e%2e", "a%0d%0aSet-Cookie:x", "'--", "%25s", "a;b", "", "a?x=1"),
    *("?token=x", "a#b", "{token}", "a%20b", "%F0%9F%92%89", "\\", "None", "*", "%", "%zz"),
)
NAMES = (
    *("accept", "accept-language", "accept-encoding", "authorization", "cookie", "x-forwarded-for"),
    *("x-http-method-override", "referer", "user-agent", "origin", "range", "if-none-match"),
    *("content-language", "x-odoo-session", "ce-id", "ce-type", "webhook_id", "x-a", "date"),
    *("content-disposition", "transfer-coding", "te", "trailer", "via", "forwarded", "pragma"),
)

# Header values may hold anything but an end of line; what a header injection would need comes
# escaped, or alone.
values = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
_injections = st.sampled_from(
    (
        "%0d%0aset-cookie: a=b",
        "a\tb",
        " ",
        '"',
        "\x0b\x0c",
        "\x7f",
        "\xff\xfe",
        "é" * 300,
        "x" * 9000,
    )
)
headers = st.lists(
    st.tuples(st.sampled_from(NAMES), st.one_of(values, _injections)), max_size=4
).map(tuple)
junk = st.one_of(
    st.sampled_from(
        ("0", "-1", "NaN", "inf", "1e9", "9" * 12, "9" * 13, "9" * 5000, "²", "0x10", "1.5", "+1")
    ),
    st.sampled_from(("v1,", "v1", ",", "v1,====", "v1a,AAAA", "v1," + "A" * 44, "v1,é" * 50)),
    st.sampled_from((" ".join(["v1,AAAA"] * 500), "V1,AAAA", "v1 AAAA", "\x01", "None", "true")),
    values,
)
message_ids = st.one_of(
    st.sampled_from(("0", "a.b", "x" * 255, "x" * 256, "é", "", " ", "a b", "'", "%s", "\x7f")),
    st.sampled_from((RECENT, RECENT)),
    values,
)


def mostly(usual, others, share=4):
    """``usual``, and one time in ``share`` something else."""
    return st.integers(1, share).flatmap(lambda n: others if n == share else st.just(usual))


shapes = st.builds(
    Shape,
    body=bodies.bodies,
    signing=mostly("valid", st.sampled_from(SIGNINGS), 2),
    junk=junk,
    message_id=mostly(FRESH, message_ids),
    token=mostly(HERE, st.one_of(st.sampled_from(TOKENS), st.just(HERE)), 8),
    method=mostly("POST", st.sampled_from(METHODS), 10),
    framing=mostly("length", st.sampled_from(FRAMINGS), 3),
    number=st.integers(1, 70_000),
    content_type=mostly(
        "application/cloudevents+json", st.one_of(st.none(), st.sampled_from(CONTENT_TYPES), values)
    ),
    headers=mostly((), headers, 2),
)
# Signed and delivered as it should be: all that is odd is in the body, which so gets far.
signed_shapes = st.builds(Shape, body=bodies.bodies)


def twins(shape: Shape) -> tuple[Shape, Shape]:
    """The same once more: wrongly signed when it is signed validly, and the other way round."""
    other = "other secret" if shape.signing in VALID else "valid"
    return shape, dataclasses.replace(shape, signing=other)


def request(shape: Shape, scene) -> Call:
    """The request for a shape, signed now.

    :param scene: :class:`dev.fuzz.facts.Facts`
    """
    body = shape.body.bytes(scene)
    if shape.framing == "gzip":
        body = gzip.compress(body, mtime=0)
    framing, payload, read, half_close = _framed(shape, body)
    message_id = shape.message_id
    if message_id in (FRESH, RECENT):
        message_id = scene.fresh_id(-3 if message_id == RECENT else 0)
    sent = [("host", f"127.0.0.1:{scene.port}"), *_signature(shape, scene, message_id, body)]
    if shape.content_type is not None:
        sent.append(("content-type", shape.content_type))
    sent += [*framing, *shape.headers]
    token = scene.token if shape.token == HERE else shape.token
    return Call(
        shape.method.encode(),
        PATH + token.encode(),
        tuple((name.encode(), value.encode("latin-1")) for name, value in sent),
        payload,
        read,
        half_close,
    )


def signed(scene, message_id, body):
    """The three headers, as they should be."""
    return standard_webhooks.signed_headers(scene.secret, message_id, body)


def _signature(shape, scene, message_id, body):
    """The three headers, or what there is of them."""
    now = int(time.time())
    secret = {
        "other secret": scene.other_secret,
        "way out's secret": scene.secret_out,
        "previous secret": scene.previous_secret,
    }.get(shape.signing, scene.secret)
    moment = {"stale": now - 301 - shape.number, "from tomorrow": now + 310 + shape.number}
    moment = str(moment.get(shape.signing, now))
    if shape.signing == "time is junk":
        moment = shape.junk
    signed_id = f"{message_id}x" if shape.signing == "other id" else message_id
    signed_body = body + b" " if shape.signing == "other body" else body
    right = standard_webhooks.sign(secret, signed_id, moment, signed_body)
    signature = {
        "one of several": f"v1,AAAA v2,{right[3:]} {right}",
        "signature is junk": shape.junk,
        "cut": right[: -1 - shape.number % 40],
        "lower case": right.lower(),
        "version 2": f"v2,{right[3:]}",
        "bare": right[3:],
        "url-safe": right.replace("+", "-").replace("/", "_").rstrip("="),
        "empty": "",
    }.get(shape.signing, right)
    left_out = {
        "no signature": {"webhook-signature"},
        "no id": {"webhook-id"},
        "no time": {"webhook-timestamp"},
        "nothing": {"webhook-id", "webhook-timestamp", "webhook-signature"},
    }.get(shape.signing, ())
    three = {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": signature,
    }
    sent = [(name, value) for name, value in three.items() if name not in left_out]
    return sent * 2 if shape.signing == "twice" else sent


def _framed(shape, body):
    """How the body is transferred.

    :return: headers, what is sent, what a server reads of it (None: nothing it could trust),
        and whether the sender stops sending then
    """
    whole = [("content-length", str(len(body)))]
    if shape.framing in ("length", "expect", "gzip"):
        return whole + MORE.get(shape.framing, []), body, body, False
    if shape.framing == "no length":
        return [], body, b"", False
    if shape.framing == "too short":
        half = len(body) // 2
        return [("content-length", str(half))], body, body[:half], False
    if shape.framing == "too long":
        return [("content-length", str(len(body) + shape.number))], body, None, True
    if shape.framing == "length is junk":
        return [("content-length", shape.junk)], body, None, True
    if shape.framing == "two lengths":
        read = body if shape.number == len(body) else None
        return [*whole, ("content-length", str(shape.number))], body, read, True
    # Not more than some hundred chunks: how fast a server reads them is not what is tried.
    chunks = chunked(body, max(shape.number, len(body) // 500))
    sent = {"broken chunk": b"zz\r\n" + chunks, "unfinished chunks": chunks[:-9]}
    headers = [*(whole if shape.framing == "both" else ()), ("transfer-encoding", "chunked")]
    is_broken = shape.framing in sent
    return headers, sent.get(shape.framing, chunks), None if is_broken else body, True


MORE = {"expect": [("expect", "100-continue")], "gzip": [("content-encoding", "gzip")]}
