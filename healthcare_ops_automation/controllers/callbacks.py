from odoo import http
from odoo.http import request

from ..core.problem import PROBLEM_CONTENT_TYPE, Problem
from ..models.inbound.ops_callback import MAX_BODY_BYTES


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
    def receive(self, token):
        """Verify, let it take effect once, answer in JSON.

        200 with the answer; 400 not JSON; 401 signature; 404 unknown endpoint; 413 too
        large; 422 contract broken. The request's transaction is rolled back for a problem.
        """
        headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
        # One byte more than allowed is enough to know that it is too much.
        raw = request.httprequest.stream.read(MAX_BODY_BYTES + 1)
        try:
            answer = request.env["ops.callback"]._receive(token, headers, raw)
        except Problem as problem:
            request.env.cr.rollback()
            return request.make_json_response(
                problem.as_dict(),
                headers={"Content-Type": PROBLEM_CONTENT_TYPE},
                status=problem.status,
            )
        return request.make_json_response(answer)
