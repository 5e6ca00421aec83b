from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..core.health import FAILING
from .health_description import ROUTE


class HealthController(http.Controller):
    @http.route(
        ROUTE,
        type="http",
        auth="none",
        methods=["GET"],
        readonly=True,
        save_session=False,
    )
    def health(self):
        """Say whether the suite does its work: 200, or 503 when a check fails.

        For load balancers and uptime monitors, so without authentication and without
        secrets: statuses, counts and ages only.
        """
        # The superuser, because the question is about the whole database. What leaves is
        # what `Check.public` lets through.
        report = request.env["ops.health"].with_user(SUPERUSER_ID)._public_report()
        return request.make_json_response(
            report,
            headers={"Cache-Control": "no-store"},
            status=503 if report["status"] == FAILING else 200,
        )
