from psycopg2.errors import QueryCanceled

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..core.exposition import CONTENT_TYPE
from .metrics_description import ROUTE

CHALLENGE = 'Bearer realm="healthcare_ops metrics"'


class MetricsController(http.Controller):
    @http.route(
        ROUTE,
        type="http",
        auth="none",
        methods=["GET"],
        readonly=True,
        save_session=False,
    )
    def metrics(self):
        """What a Prometheus server scrapes: 200, 401 without the token, 404 while there is none.

        Nothing is worked out before the token is right.
        """
        # The superuser, because the figures are of the whole installation. Labels name no record
        # and no person; see ops.metrics.
        metrics = request.env["ops.metrics"].with_user(SUPERUSER_ID)
        if not metrics._token_hash():
            return self._text(
                "Metrics are not served: a system administrator makes a token in the Settings.\n",
                404,
            )
        scheme, _space, token = request.httprequest.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not metrics._is_token(token.strip()):
            return self._text("Send the token: Authorization: Bearer ...\n", 401)
        try:
            return self._text(metrics._scrape(), 200, CONTENT_TYPE)
        except QueryCanceled:
            request.env.cr.rollback()
            return self._text("Busy: the figures took too long.\n", 503)

    def _text(self, text, status, content_type="text/plain; charset=utf-8"):
        headers = [("Content-Type", content_type), ("Cache-Control", "no-store")]
        if status == 401:
            headers.append(("WWW-Authenticate", CHALLENGE))
        if status == 503:
            headers.append(("Retry-After", "60"))
        return request.make_response(text, headers=headers, status=status)
