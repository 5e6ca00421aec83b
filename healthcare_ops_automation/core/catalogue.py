"""The catalogue of events and callbacks as a page: what an integrator reads first."""

import json

from .contract import SENSITIVITY_KEY

INTRODUCTION = """\
<!-- Generated from the declarations in the modules' contracts/: make catalogue -->

# Catalogue of events and callbacks

Each event is posted as a CloudEvent 1.0 in structured JSON, signed by Standard Webhooks; what this
page lists is its `data`. The page in Odoo, under Configuration, Event types, shows the same with
each database's own severity, lane and retention. For tools the same is in
[openapi.yaml](openapi.yaml).
"""

CALLBACKS = """\
## Callbacks: what Odoo takes

A callback is a CloudEvent, too, posted and signed as [receiving-events.md](receiving-events.md)
says; what this page lists is its `data`. What it says takes effect once.
"""


def catalogue_page(events, callbacks):
    """The page as Markdown, the same for the same declarations.

    :param events: :class:`~.contract.EventDeclaration` objects
    :param callbacks: :class:`~.contract.CallbackDeclaration` objects
    """
    parts = [INTRODUCTION, "## Events: what Odoo sends\n"]
    parts += [_event(each) for each in sorted(events, key=lambda each: each.code)]
    parts.append(CALLBACKS)
    parts += [_callback(each) for each in sorted(callbacks, key=lambda each: each.code)]
    return "\n".join(parts)


def _event(event):
    facts = {
        "version": event.version,
        "module": f"`{event.module}`",
        "process, milestone": f"`{event.process_code}`, `{event.milestone_code}`",
        "severity": event.severity,
        "lane": event.lane,
        "content kept": f"{event.retention_days} days",
    }
    return (
        f"### `{event.code}`\n\n{event.name}. {event.description}\n\n"
        f"{_table(facts)}\n{_fields(event.contract)}\n{_example(event)}"
    )


def _callback(callback):
    facts = {
        "module": f"`{callback.module}`",
        "answers an event": "yes, named by `inreplyto`" if callback.is_answer else "may, or not",
    }
    return (
        f"### `{callback.code}`\n\n{callback.name}. {callback.description}\n\n"
        f"{_table(facts)}\n{_fields(callback.contract)}\n{_example(callback)}"
    )


def _table(facts):
    rows = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    return f"| | |\n|---|---|\n{rows}\n"


def _example(declared):
    """The example of what stands in ``data``."""
    text = json.dumps(declared.example, indent=4, ensure_ascii=False)
    return f"Example:\n\n```json\n{text}\n```\n"


def _fields(contract):
    """The fields of a contract as a table, those of nested contracts by their path."""
    schema = contract.model_json_schema()
    lines = ["| field | type | needed | sensitivity | meaning |", "|---|---|---|---|---|"]
    lines += _rows(schema, schema.get("$defs", {}), "")
    return "\n".join(lines) + "\n"


def _rows(schema, definitions, prefix):
    required = schema.get("required", [])
    for name, described in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        nested = _nested(described, definitions)
        is_list = described.get("type") == "array"
        meaning = described.get("description") or (nested or {}).get("description", "")
        yield (
            f"| `{path}{'[]' if is_list else ''}` | {_type(described)} "
            f"| {'yes' if name in required else 'no'} | {described.get(SENSITIVITY_KEY, '')} "
            f"| {meaning} |"
        )
        if nested:
            yield from _rows(nested, definitions, f"{path}{'[]' if is_list else ''}.")


def _nested(described, definitions):
    reference = described.get("$ref") or described.get("items", {}).get("$ref")
    return definitions[reference.rpartition("/")[2]] if reference else None


def _type(described):
    """The JSON type in a word or two."""
    if "anyOf" in described:
        return " or ".join(_type(each) for each in described["anyOf"])
    if "$ref" in described:
        return "object"
    if described.get("type") == "array":
        return f"list of {_type(described['items'])}"
    return described.get("format") or described["type"]
