"""Composing event types in tests."""

from odoo.fields import Command


def compose(env, code="test.site.changed", model="ops.site", lines=(), **values):
    """A composed event type; ``lines`` are (path, values) pairs.

    :param env: of the user who composes
    """
    return env["ops.event.type"].create(
        {
            "kind": "composed",
            "code": code,
            "name": "A site changed",
            "model_id": env["ir.model"]._get_id(model),
            "field_ids": [
                Command.create({"path": path, **line_values}) for path, line_values in lines
            ],
            **values,
        }
    )
