"""Texts with fields of a record in them: ``Late since {{ object.date_order ||| yesterday }}``.

The notation is that of Odoo's e-mail templates, of which only fields are understood: who writes
such a text writes no program.
"""

import re
from dataclasses import dataclass

from .wording import InvalidSetting

_PLACEHOLDER = re.compile(r"\{\{(.*?)(?:\|\|\|(.*?))?\}\}", re.DOTALL)
_PATH = re.compile(r"object((?:\.[A-Za-z_][A-Za-z0-9_]*)+)")


@dataclass(frozen=True)
class Placeholder:
    """Where a value is to stand: the way to it from the record, and what stands there instead
    when there is none."""

    path: str
    fallback: str = ""


def parse(text):
    """The parts of a text: literal strings and :class:`Placeholder`, in order.

    :raise InvalidSetting: for a placeholder that names no field
    """
    parts, at = [], 0
    for match in _PLACEHOLDER.finditer(text or ""):
        path = _PATH.fullmatch(match[1].strip())
        if not path:
            raise InvalidSetting("placeholder_no_field", entry=match[0])
        parts += [text[at : match.start()], Placeholder(path[1][1:], (match[2] or "").strip())]
        at = match.end()
    parts.append((text or "")[at:])
    return [part for part in parts if part]
