"""Contracts that an administrator composes from the fields of a model.

Plain values in, a :class:`~.contract.Contract` out: what a module writes as a class is built
here from stored lines, and everything after that (checking, JSON Schema, masking) is the same.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, create_model
from pydantic_core import PydanticCustomError

from .contract import INTERNAL, Contract, tagged

# Linked records that one event lists; more is a report, not an event.
MAX_LINKS = 100


class LinkedRecord(Contract):
    """Another record: its id in Odoo and its name at the time."""

    id: int = tagged(INTERNAL)
    name: str = tagged(INTERNAL)


TEXT = Annotated[str, Field(min_length=1)]
# What each type of Odoo's fields is in JSON. Those left out (files, properties, references that
# point to any model) have no value that a receiver could check.
TYPES = {
    "integer": int,
    "float": float,
    "monetary": float,
    "boolean": bool,
    "char": TEXT,
    "text": TEXT,
    "html": TEXT,
    "selection": TEXT,
    "date": date,
    "datetime": AwareDatetime,
    "many2one": LinkedRecord,
    "one2many": Annotated[list[LinkedRecord], Field(min_length=1)],
    "many2many": Annotated[list[LinkedRecord], Field(min_length=1)],
}
LISTS = ("one2many", "many2many")
EXAMPLES: dict[str, Any] = {
    "integer": 1,
    "float": 1.5,
    "monetary": 125.0,
    "boolean": True,
    "char": "Example",
    "text": "Example",
    "html": "<p>Example</p>",
    "date": "2026-01-31",
    "datetime": "2026-01-31T08:00:00Z",
    "many2one": {"id": 1, "name": "Example"},
    "one2many": [{"id": 1, "name": "Example"}],
    "many2many": [{"id": 1, "name": "Example"}],
}


@dataclass(frozen=True)
class FieldLine:
    """One field of a composed contract.

    ``kind`` is the type of Odoo's field; ``choices`` are the values of a selection, none when
    they are not fixed.
    """

    key: str
    label: str
    kind: str
    required: bool
    sensitivity: str
    choices: tuple = ()


def compose_contract(name, lines):
    """The contract that the lines describe.

    :param str name: becomes the title of the JSON Schema
    :param lines: :class:`FieldLine` objects with unique keys
    """
    # Named by position: a key such as "copy" would hide a method of the class.
    fields = {f"field_{number}": _field(line) for number, line in enumerate(lines)}
    return create_model(name, __base__=Contract, **fields)


def example_of(lines):
    """Data that follows the contract of the lines, for documentation and tests."""
    return {
        line.key: line.choices[0] if line.choices else EXAMPLES.get(line.kind, "example")
        for line in lines
    }


def _field(line):
    kind = Literal[line.choices] if line.choices else TYPES[line.kind]
    facts = {"alias": line.key, "title": line.label}
    if line.required:
        return Annotated[kind, BeforeValidator(_filled)], tagged(line.sensitivity, **facts)
    if line.kind in LISTS:
        return list[LinkedRecord], tagged(line.sensitivity, [], **facts)
    return kind | None, tagged(line.sensitivity, None, **facts)


def _filled(value):
    if value is None or value == [] or isinstance(value, str) and not value.strip():
        raise PydanticCustomError("empty", "is required and is empty")
    return value
