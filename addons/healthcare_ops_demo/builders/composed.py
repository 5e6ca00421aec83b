"""An event type as an administrator composes one, and the automation rule that emits it."""

from odoo.fields import Command

URGENT_REPAIR = "maintenance.repair.urgent"
HIGHEST_PRIORITY = "3"
FIELDS = (
    {"path": "name", "key": "request", "required": True},
    {"path": "equipment_id", "key": "equipment", "required": True},
    {"path": "equipment_id.serial_no", "key": "serial_number"},
    {"path": "equipment_id.category_id", "key": "category"},
    {"path": "maintenance_team_id", "key": "team"},
    {"path": "user_id", "key": "technician"},
    {"path": "request_date", "key": "requested_on"},
)


def build_composed_type(demo):
    """Urgent repairs are told to other systems. Built last, so nothing of the past is told."""
    model = demo.env["ir.model"]._get("maintenance.request")
    event_type = demo.env["ops.event.type"].create(
        {
            "kind": "composed",
            "code": URGENT_REPAIR,
            "name": "Urgent repair requested",
            "description": "A repair got the highest priority. The receiver calls the "
            "technician on duty and asks for a replacement device.",
            "model_id": model.id,
            "process_code": "maintenance",
            "milestone_code": "urgent",
            "severity": "high",
            "field_ids": [
                Command.create({"sequence": 10 * number, **values})
                for number, values in enumerate(FIELDS, 1)
            ],
        }
    )
    demo.bind("event_type", ["urgent_repair"], event_type)
    rule = demo.env["base.automation"].create(
        {
            "name": "Tell other systems of urgent repairs",
            "model_id": model.id,
            "trigger": "on_create_or_write",
            "filter_pre_domain": f"[('priority', '!=', '{HIGHEST_PRIORITY}')]",
            "filter_domain": f"[('priority', '=', '{HIGHEST_PRIORITY}')]",
            "description": "Emits the event once, when the priority becomes the highest.",
            "action_server_ids": [
                Command.create(
                    {
                        "name": f"Emit {event_type.name}",
                        "model_id": model.id,
                        "usage": "base_automation",
                        "state": "ops_emit_event",
                        "ops_event_type_id": event_type.id,
                    }
                )
            ],
        }
    )
    demo.bind("rule", ["urgent_repair"], rule)
