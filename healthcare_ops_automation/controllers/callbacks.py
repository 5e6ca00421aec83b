from werkzeug.exceptions import HTTPException

from odoo import http
from odoo.http import request

from ..core.envelope import CONTENT_TYPE
from ..core.problem import Problem
from ..models.inbound.ops_callback import MAX_BODY_BYTES, check_size
from .machine import MachineDispatcher, problem_response

FORMS = ("application/x-www-form-urlencoded", "multipart/")


class CallbackController(http.Controller):
    """The way back: answers of other systems to our events."""

    # All methods and all paths below, so that those that are none get a problem body, too.
    @http.route(
        ["/healthcare_ops/v1/callbacks", "/healthcare_ops/v1/callbacks/<ops_anything:token>"],
        type=MachineDispatcher.routing_type,
        auth="public",
        csrf=False,
        save_session=False,
        readonly=False,
        # Of a body in chunks, which announces no size, this much is read and no more.
        max_content_length=MAX_BODY_BYTES + 1,
    )
    def receive(self, token=""):
        """Verify, let it take effect once, answer in JSON; only path, headers and raw body count.

        200 with the answer; 400 not JSON; 401 signature; 404 unknown endpoint; 405 not
        POST; 409 too many at once; 413 too large; 415 a form or
        compressed; 422 contract broken. The request's transaction is rolled back for a problem.
        """
        headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
        try:
            raw = _raw_body(headers)
            request.env["ops.callback"]._await_turn(token, headers, raw)
            answer = request.env["ops.callback"]._receive(token, headers, raw)
        except Problem as problem:
            request.env.cr.rollback()
            return problem_response(problem)
        return request.make_json_response(answer)


def _raw_body(headers):
    """The bytes of a POST as they came.

    :raise Problem: for what cannot be a callback, whatever it says
    """
    httprequest = request.httprequest
    if httprequest.method != "POST":
        raise Problem(405, "Not a POST", "Callbacks are posted.")
    # What announces itself as too large is not even read.
    check_size(httprequest.content_length or 0)
    if httprequest.mimetype.startswith(FORMS):
        raise Problem(415, "Unsupported content type", f"Send it as {CONTENT_TYPE}.")
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Problem(415, "Unsupported content encoding", "Send it as it is, not compressed.")
    try:
        # Cached: when Odoo runs the request again after a conflict, it reads it again.
        raw = httprequest.get_data(cache=True)
    except (OSError, ValueError, HTTPException) as error:  # broken chunks, the end too early
        raise Problem(400, "Body broken off", "The body did not arrive as announced.") from error
    check_size(len(raw))
    return raw
