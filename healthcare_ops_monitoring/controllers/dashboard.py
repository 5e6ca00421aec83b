from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DashboardController(http.Controller):
    @http.route(
        "/healthcare_ops/dashboard/<string:code>.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def export(self, code, cids=None, **params):
        """A dashboard as a workbook, with what the page shows for the same address.

        ``cids``: the companies that are switched on in the page, as the web client writes them.
        """
        dashboards = request.env["ops.dashboard"]
        if cids:
            # `env.companies` refuses those that are not the reader's.
            dashboards = dashboards.with_context(allowed_company_ids=self._companies(cids))
        name, content = dashboards._export(code, params)
        return request.make_response(
            content,
            headers={
                "Content-Type": XLSX,
                "Content-Disposition": content_disposition(name),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _companies(self, cids):
        parts = cids.split("-")
        if not all(part.isdecimal() and len(part) < 10 for part in parts):
            raise UserError(request.env._("Companies: give their numbers, with - between."))
        return [int(part) for part in parts]
