"""Bodies: from an answer with nothing wrong, through one thing wrong, to any bytes."""

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import strategies as st

LIMIT = 256 * 1024
ANSWERED = "supply.availability.answered"
# What stands for things of the scene, in place of which the real ones are sent.
ASKED, ANOTHER = "<asked>", "<not sent to this endpoint>"


@dataclass(frozen=True)
class Body:
    """Content that becomes bytes when it is sent.

    ``raw`` when it is no JSON to begin with. ``twists`` are done to the bytes, in turn.
    """

    content: object = None
    raw: bytes | None = None
    twists: tuple = field(default=())

    def bytes(self, scene) -> bytes:
        made = self.raw
        if made is None:
            text = json.dumps(self.content, ensure_ascii=False)
            text = text.replace(ASKED, scene.next_event()).replace(ANOTHER, scene.foreign_event)
            made = text.encode("utf-8", "surrogatepass")
        for name, number in self.twists:
            made = TWISTS[name](made, number)
        return made


def _escaped(text):
    return lambda body, number: _in_a_name(body, text)


def _in_a_name(body, text):
    """A piece of JSON text put at the beginning of every supplier's name, or of every id."""
    return body.replace(b'"name": "', b'"name": "' + text).replace(b'"id": "', b'"id": "' + text)


def _padded(body, number):
    """Blanks up to some bytes below, at and above the limit."""
    return body + b" " * (LIMIT - 3 + number % 6 - len(body))


def _spoilt(body, number):
    """One byte of it changed."""
    if not body:
        return body
    place = number % len(body)
    return body[:place] + bytes([(body[place] + 1 + number % 254) % 256]) + body[place + 1 :]


TWISTS = {
    "as it is": lambda body, number: body,
    "byte order mark": lambda body, number: b"\xef\xbb\xbf" + body,
    "utf-16": lambda body, number: body.decode("utf-8", "replace").encode("utf-16"),
    "latin-1": lambda body, number: body.decode("utf-8", "replace").encode("latin-1", "replace"),
    "cut": lambda body, number: body[: number % (len(body) + 1)],
    "spoilt": _spoilt,
    "padded to the limit": _padded,
    "far too large": lambda body, number: body + b" " * (LIMIT * 3),
    "compressed": lambda body, number: gzip.compress(body, mtime=0),
    "twice": lambda body, number: body + body,
    "NUL after": lambda body, number: body + b"\0",
    "escaped NUL": _escaped(b"\\u0000"),
    "half a pair": _escaped(b"\\ud800"),
    "other half": _escaped(b"\\udc00x"),
    "a pair": _escaped(b"\\ud83d\\ude00"),
    "no UTF-8": _escaped(b"\xff\xfe"),
    "surrogate in UTF-8": _escaped(b"\xed\xa0\x80"),
    "overlong": _escaped(b"\xc0\x80"),
    "raw control character": _escaped(b"\x01"),
    "escaped control character": _escaped(b"\\u0001\\u001b"),
    "key twice": lambda body, number: b'{"data": {}, "id": "\\u0000", ' + body.lstrip()[1:],
    "deep in data": lambda body, number: body.replace(
        b'"data": {', b'"data": {"x": ' + b"[" * (number + 900) + b"]" * (number + 900) + b", ", 1
    ),
    "huge number": lambda body, number: body.replace(b'"data": {', b'"data": {"x": 1e999, ', 1),
    "huge integer": lambda body, number: body.replace(
        b'"specversion"', b'"big": ' + b"9" * (3000 + number) + b', "specversion"', 1
    ),
    "infinite": lambda body, number: body.replace(
        b'"specversion"', b'"n": -Infinity, "specversion"', 1
    ),
    "overflow": lambda body, number: body.replace(
        b'"specversion"', b'"n": 1e400, "specversion"', 1
    ),
}

# -- an answer with nothing wrong ---------------------------------------------------------------

# What people and systems write into a text, and what they had better not.
_odd_texts = st.sampled_from(
    (
        *(
            "<script>alert(1)</script>",
            "</li></ul><p>",
            "%s %(a)s {0}",
            "'; DROP TABLE x;--",
            "&#0;",
        ),
        *("\u202e\u200b\ufeff", "\ufffe\uffff", "\U0001f489" * 20, "é" * 60, "\\u0000", "\\", '"'),
        *("\x1f", "\x7f\x85\u2028", "a\nb\tc", "=1+1", "NaN", "null", "<!--", "]]>", "\ud7ff"),
    )
)
_texts = st.one_of(st.text(min_size=1, max_size=60), _odd_texts)
_moments = st.one_of(
    st.datetimes(
        min_value=datetime(2000, 1, 2),
        max_value=datetime(2100, 12, 30),
    ).map(lambda moment: moment.isoformat() + "Z"),
    st.sampled_from(
        (
            *(
                "2026-03-02T08:00:05+23:59",
                "2000-01-01T00:00:00+14:00",
                "2100-12-31T23:59:59-12:00",
            ),
            *(1790000000, "2026-03-02T08:00:05.123456789Z", "2026-02-30T00:00:00Z", "2026-03-02"),
            *(
                "2026-03-02T08:00:60Z",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59Z",
                1e300,
                -1,
                None,
            ),
        )
    ),
)
_numbers = st.one_of(
    st.floats(0, 1e9),
    st.integers(0, 10**9),
    st.sampled_from((-0.0, 1e-320, 0.1 + 0.2, 1e9, 1e10, -1, True, "7", "7.5", 10**400, None)),
)
_suppliers = st.fixed_dictionaries(
    {"ref": _texts, "name": _texts, "preferred": st.booleans(), "can_deliver": st.booleans()},
    optional={
        "quantity": _numbers,
        "lead_days": st.one_of(st.none(), st.integers(0, 3650), st.sampled_from((-1, 10**20, 2.5))),
        "note": st.one_of(st.none(), _texts),
    },
)
_data = st.fixed_dictionaries(
    {"checked_at": _moments, "suppliers": st.lists(_suppliers, max_size=3)}
)
_envelopes = {
    "specversion": st.just("1.0"),
    "id": st.just("a"),
    "source": st.just("fuzz"),
    "type": st.just(ANSWERED),
    "inreplyto": st.just(ASKED),
    "data": _data,
}
_whole = st.fixed_dictionaries(_envelopes, optional={"time": _moments, "x": _texts})

# -- something wrong ----------------------------------------------------------------------------

_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from((10**400, -(2**63), 1e308, "", "\ud7ff", "x" * 3000)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
_odd_values = st.one_of(
    _values,
    st.sampled_from(
        (
            ANSWERED.upper(),
            "automation.failed",
            "x.y",
            ANOTHER,
            "evt_",
            "x" * 255,
            "1.0",
            "2.0",
            "%",
        )
    ),
)


@st.composite
def _with_a_fault(draw):
    """An answer of which one or two members are another thing, or missing, or too many."""
    content = draw(_whole)
    for _each in range(draw(st.integers(1, 2))):
        within = draw(st.sampled_from(("envelope", "envelope", "data", "supplier")))
        target = content
        if within != "envelope" and isinstance(content.get("data"), dict):
            target = content["data"]
        if within == "supplier" and isinstance(target.get("suppliers"), list):
            target = next((s for s in target["suppliers"] if isinstance(s, dict)), target)
        name = draw(st.one_of(st.sampled_from(sorted(target) or ["x"]), st.text(max_size=8)))
        if draw(st.booleans()):
            target.pop(name, None)
        else:
            target[name] = draw(_odd_values)
    return content


_twists = st.tuples(st.sampled_from(sorted(TWISTS)), st.integers(0, 10_000))
_deep = st.integers(1, 120_000).map(lambda depth: b"[" * depth)
_deep_objects = st.integers(1, 40_000).map(lambda depth: b'{"a":' * depth + b"1" + b"}" * depth)
_raw = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    _deep,
    _deep_objects,
    st.sampled_from(
        (b"", b"null", b"[]", b"{}", b'"a"', b"0", b"\xff", b"\0", b"-", b"{]", b"1" * 5000)
    ),
)

bodies = st.one_of(
    st.builds(Body, content=_whole),
    st.builds(Body, content=_whole, twists=st.tuples(_twists)),
    st.builds(Body, content=_with_a_fault()),
    st.builds(Body, content=_with_a_fault(), twists=st.tuples(_twists)),
    st.builds(Body, content=_values),
    st.builds(Body, raw=_raw),
)
