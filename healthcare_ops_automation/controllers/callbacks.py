from odoo import http
from odoo.http import request

from ..core.envelope import CONTENT_TYPE
from ..core.problem import PROBLEM_CONTENT_TYPE, Problem
from ..models.inbound.ops_callback import check_size


class CallbackController(http.Controller):
    """The way back: answers of other systems to our events."""

    @http.route(
        "/healthcare_ops/v1/callbacks/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self, token, **_ignored):
        """Verify, let it take effect once, answer in JSON; only path, headers and raw body count.

        200 with the answer; 400 not JSON; 401 signature; 404 unknown endpoint; 413 too
        large; 415 sent as a form, whose raw bytes Odoo has used up; 422 contract broken. The
        request's transaction is rolled back for a problem.
        """
        headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
        try:
            # What announces itself as too large is not even read.
            announced = request.httprequest.content_length or 0
            check_size(announced)
            # Cached: when Odoo runs the request again after a conflict, it reads it again.
            raw = request.httprequest.get_data(cache=True)
            if announced and not raw:
                raise Problem(415, "Unsupported content type", f"Send it as {CONTENT_TYPE}.")
            answer = request.env["ops.callback"]._receive(token, headers, raw)
        except Problem as problem:
            request.env.cr.rollback()
            return request.make_json_response(
                problem.as_dict(),
                headers={"Content-Type": PROBLEM_CONTENT_TYPE},
                status=problem.status,
            )
        return request.make_json_response(answer)
