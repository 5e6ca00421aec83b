"""The metrics route, as the OpenAPI document lists it."""

from odoo.addons.healthcare_ops_automation.core.openapi import declare_path

ROUTE = "/healthcare_ops/v1/metrics"


def _answer(description):
    return {
        "description": description,
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }


declare_path(
    ROUTE,
    {
        "get": {
            "operationId": "metrics",
            "summary": "Figures of the whole installation for Prometheus",
            "description": "Text format 0.0.4. The token is made in the Settings and sent as "
            "`Authorization: Bearer <token>`.",
            "responses": {
                "200": _answer("The figures."),
                "401": _answer("The token is missing or wrong."),
                "404": _answer("No token was made: metrics are not served."),
                "503": _answer("The database was too busy; try again later."),
            },
        }
    },
    module="healthcare_ops_monitoring",
)
