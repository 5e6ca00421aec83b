"""What other systems may call, and what they are called with, as an OpenAPI 3.1 document.

How to use, in a module that serves a path of its own::

    declare_path("/healthcare_ops/v1/health", {"get": {…}}, module="healthcare_ops_monitoring")

Callbacks and events need no more than their declaration (``contract.py``): their JSON
Schemas, examples and descriptions are taken from there.
"""

import json
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic.json_schema import GenerateJsonSchema

from .envelope import CONTENT_TYPE, CallbackEnvelope
from .openapi_parts import (
    ABOUT,
    ANSWER,
    ANSWERS,
    CALLBACKS,
    EVENT_ANSWERS,
    EVENT_ENVELOPE,
    EVENT_EXTENSIONS,
    HEADERS,
    PROBLEM,
    SECURITY,
)
from .problem import PROBLEM_CONTENT_TYPE

CALLBACK_PATH = "/healthcare_ops/v1/callbacks/{token}"
JSON_CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class PathDeclaration:
    """A path that a module serves, as an OpenAPI path item; see :func:`declare_path`."""

    path: str
    item: dict
    module: str
    schemas: dict = field(default_factory=dict)


PATHS: dict[str, PathDeclaration] = {}


def declare_path(path, item, *, module, schemas=None):
    """Declare a path for the document, beside its controller.

    :param str path: as OpenAPI writes it, parameters in braces
    :param dict item: the OpenAPI path item
    :param str module: who serves it; a database without it does not list the path
    :param dict schemas: what the item refers to as ``#/components/schemas/<name>``
    """
    PATHS[path] = PathDeclaration(path, item, module, schemas or {})
    return PATHS[path]


def document(events, callbacks, paths=()):
    """The OpenAPI document, the same for the same declarations.

    :param events: :class:`~.contract.EventDeclaration` objects
    :param callbacks: :class:`~.contract.CallbackDeclaration` objects
    :param paths: :class:`PathDeclaration` objects
    :return: plain dicts and lists
    """
    events = sorted(events, key=lambda each: each.code)
    callbacks = sorted(callbacks, key=lambda each: each.code)
    paths = sorted(paths, key=lambda each: each.path)
    schemas = {"problem": PROBLEM, "answer": ANSWER}
    for callback in callbacks:
        schemas |= _callback_schemas(callback)
    for event in events:
        schemas |= _event_schemas(event)
    for each in paths:
        schemas |= each.schemas
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "Healthcare operations",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "LGPL-3.0", "identifier": "LGPL-3.0-only"},
        },
        "servers": [{"url": "/", "description": "The Odoo server"}],
        "tags": [{"name": "callbacks", "description": CALLBACKS}],
        "paths": {CALLBACK_PATH: _callback_path(callbacks), **{p.path: p.item for p in paths}},
        "webhooks": {event.code: _webhook(event) for event in events},
        "components": {
            "schemas": schemas,
            "parameters": {name: _header(name) for name in HEADERS},
            "responses": {str(int(status)): _problem(status) for status in ANSWERS},
            "securitySchemes": {"signature": SECURITY},
        },
    }
    # A copy that shares no part with the declarations, nor one part with another.
    return json.loads(json.dumps(made))


def _schema_ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


# -- the callbacks that Odoo takes ----------------------------------------------------------


def _callback_path(callbacks):
    return {
        "post": {
            "operationId": "callback",
            "tags": ["callbacks"],
            "summary": "Answer an event, or tell of something",
            "security": [{"signature": []}],
            "parameters": [
                {
                    "name": "token",
                    "in": "path",
                    "required": True,
                    "description": "The endpoint's address. It proves nothing.",
                    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                },
                *({"$ref": f"#/components/parameters/{name}"} for name in HEADERS),
            ],
            "requestBody": {
                "required": True,
                "description": "A CloudEvent, at most 256 KB, neither compressed nor a form.",
                "content": {CONTENT_TYPE: _callback_content(callbacks)},
            },
            "responses": {
                "200": {
                    "description": "It has taken effect, once; a repeat gets the same answer.",
                    "content": {JSON_CONTENT_TYPE: {"schema": _schema_ref("answer")}},
                },
                **{
                    str(int(status)): {"$ref": f"#/components/responses/{int(status)}"}
                    for status in ANSWERS
                },
            },
        }
    }


def _callback_content(callbacks):
    """One of the declared types, told apart by the envelope's ``type``."""
    if not callbacks:
        return {"schema": _schema(CallbackEnvelope, "callback")["callback"]}
    names = {each.code: f"callback.{each.code}" for each in callbacks}
    return {
        "schema": {
            "oneOf": [_schema_ref(name) for name in names.values()],
            "discriminator": {
                "propertyName": "type",
                "mapping": {code: _schema_ref(name)["$ref"] for code, name in names.items()},
            },
        },
        "examples": {
            each.code: {"summary": each.name, "value": callback_example(each)} for each in callbacks
        },
    }


def callback_example(callback, inreplyto="evt_0f9d5a6e0b6c4a0c9a7f3f0f4f7f1c2d"):
    """A whole body for a callback: envelope and the declared example."""
    envelope = {
        "specversion": "1.0",
        "id": "answer-1",
        "source": "urn:example:automation",
        "type": callback.code,
    }
    if callback.is_answer:
        envelope["inreplyto"] = inreplyto
    return {**envelope, "data": callback.example}


def _callback_schemas(callback):
    """The envelope of one callback type, and the contract of its data."""
    name = f"callback.{callback.code}"
    schemas = _schema(CallbackEnvelope, name)
    envelope = schemas[name]
    asked = set(envelope.pop("required")) | {"type", "data"}
    asked = asked | {"inreplyto"} if callback.is_answer else asked - {"inreplyto"}
    properties = envelope["properties"]
    if callback.is_answer:
        properties["inreplyto"] = _without_null(properties["inreplyto"])
    properties["inreplyto"]["description"] = "The id of the event that is answered"
    properties["type"] = {"const": callback.code}
    properties["data"] = _schema_ref(f"data.{callback.code}")
    envelope["title"] = callback.name
    envelope["description"] = callback.description
    envelope["required"] = [each for each in properties if each in asked]
    return {**schemas, **_schema(callback.contract, f"data.{callback.code}")}


def _without_null(schema):
    """A schema for what may not be null, of one for what may."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return dict(kinds[0]) if len(kinds) == 1 else dict(schema)


# -- the events that Odoo sends --------------------------------------------------------------


def _webhook(event):
    return {
        "post": {
            "operationId": event.code,
            "summary": event.name,
            "description": event.description,
            "security": [{"signature": []}],
            "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in HEADERS],
            "requestBody": {
                "required": True,
                "content": {CONTENT_TYPE: {"schema": _schema_ref(f"event.{event.code}")}},
            },
            "responses": EVENT_ANSWERS,
        }
    }


def _event_schemas(event):
    name, data = f"event.{event.code}", f"data.{event.code}.{event.version}"
    dataschema = f"urn:healthcare-ops:schema:{event.code}:{event.version}"
    envelope = {
        "title": event.name,
        "type": "object",
        "required": [*EVENT_ENVELOPE, "type", "dataschema", "data"],
        "properties": {
            **EVENT_ENVELOPE,
            "type": {"const": event.code},
            "dataschema": {"const": dataschema},
            **EVENT_EXTENSIONS,
            "data": _schema_ref(data),
        },
    }
    schemas = _schema(event.contract, data)
    schemas[data]["examples"] = [event.example]
    return {name: envelope, **schemas}


# -- parts -----------------------------------------------------------------------------------


class _Untitled(GenerateJsonSchema):
    """JSON Schema without the titles that only repeat the fields' names."""

    def field_title_should_be_set(self, schema):
        return False


def _schema(model, name):
    """The JSON Schemas of a pydantic model and of those within, by component name."""
    template = f"#/components/schemas/{name}.{{model}}"
    schema = model.model_json_schema(ref_template=template, schema_generator=_Untitled)
    within = schema.pop("$defs", {})
    return {name: schema, **{f"{name}.{each}": within[each] for each in within}}


def _header(name):
    return {"name": name, "in": "header", "required": True, **HEADERS[name]}


def _problem(status):
    response = {
        "description": ANSWERS[status],
        "content": {PROBLEM_CONTENT_TYPE: {"schema": _schema_ref("problem")}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait",
                "required": True,
                "schema": {"type": "string", "pattern": "^[0-9]+$"},
            }
        }
    return response
