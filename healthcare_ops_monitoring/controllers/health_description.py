"""The health route, as the OpenAPI document lists it."""

from odoo.addons.healthcare_ops_automation.core.openapi import declare_path

from ..core.health import FAILING, STATUSES

ROUTE = "/healthcare_ops/v1/health"
_STATUS = {"enum": list(STATUSES), "description": "degraded: it works, but look at it"}
_TEXT = {"type": "string"}
_REPORT = {
    "title": "What the health checks say",
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": {**_STATUS, "description": "The worst of the checks"},
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "status", "detail"],
                "properties": {"name": _TEXT, "status": _STATUS, "detail": _TEXT},
            },
        },
    },
}


def _answer(description):
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/health"}}}
    return {"description": description, "content": content}


declare_path(
    ROUTE,
    {
        "get": {
            "operationId": "health",
            "summary": "Whether the suite does its work",
            "description": "For load balancers and uptime monitors: without authentication, "
            "and without secrets.",
            "responses": {
                "200": _answer("It works."),
                "503": _answer(f"A check is {FAILING}."),
            },
        }
    },
    module="healthcare_ops_monitoring",
    schemas={"health": _REPORT},
)
