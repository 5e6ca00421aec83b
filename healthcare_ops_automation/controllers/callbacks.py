from werkzeug.exceptions import HTTPException

from odoo import http
from odoo.exceptions import ConcurrencyError
from odoo.http import request
from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)

from ..core.call import Call
from ..core.envelope import CONTENT_TYPE
from ..core.problem import Problem
from ..models.inbound.ops_callback import MAX_BODY_BYTES, check_size
from .machine import MachineDispatcher, as_problem, problem_response

FORMS = ("application/x-www-form-urlencoded", "multipart/")
CALL_KEY = "healthcare_ops.call"


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

        200 with the answer; 400 not JSON; 401 signature; 404 unknown endpoint; 405 not POST;
        409 in conflict with others all the time; 413 too large; 415 a form or compressed; 422
        contract broken; 429 too many. The request's transaction is rolled back for a
        problem; the log is written afterwards.
        """
        # Kept beside the request: Odoo runs it again after a conflict, and it is one call.
        call = request.httprequest.environ.setdefault(
            CALL_KEY, Call(token, source=request.httprequest.remote_addr or "")
        )
        call.tries += 1
        try:
            answer = self._answer(call)
        except (Problem, HTTPException) as refusal:
            return self._refuse(call, as_problem(refusal))
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
            if call.tries < MAX_TRIES_ON_CONCURRENCY_FAILURE:
                raise
            others = "Others changed the same records all the time. Send it again."
            return self._refuse(call, Problem(409, "Conflict", others))
        except Exception:
            request.env.cr.rollback()
            request.env["ops.callback.call"]._log_broken(call)
            raise
        return request.make_json_response(answer)

    def _answer(self, call):
        """The answer to the call, when it took effect and all is written that it caused.

        :raise Problem: what is wrong with it
        """
        headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
        raw = _raw_body(headers, call)
        callbacks = request.env["ops.callback"]
        callbacks._await_turn(call.token, headers, raw)
        answer = callbacks._receive(call.token, headers, raw, call)
        request.env["ops.callback.call"]._log_answered(call)
        request.env.cr.flush()
        return answer

    def _refuse(self, call, problem):
        """The problem as a response, logged in a transaction that begins now."""
        request.env.cr.rollback()
        request.env["ops.callback.call"]._log_refused(call, problem)
        return problem_response(problem)


def _raw_body(headers, call):
    """The bytes of a POST as they came; their number is noted on the call.

    :raise Problem: for what cannot be a callback, whatever it says
    """
    httprequest = request.httprequest
    if httprequest.method != "POST":
        raise Problem(405, "Not a POST", "Callbacks are posted.")
    # What announces itself as too large is not even read.
    call.size = httprequest.content_length or 0
    check_size(call.size)
    if httprequest.mimetype.startswith(FORMS):
        raise Problem(415, "Unsupported content type", f"Send it as {CONTENT_TYPE}.")
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Problem(415, "Unsupported content encoding", "Send it as it is, not compressed.")
    try:
        # Cached: when Odoo runs the request again after a conflict, it reads it again.
        raw = httprequest.get_data(cache=True)
    except (OSError, ValueError) as error:  # broken chunks, or the end before the end
        raise Problem(400, "Body broken off", "The body did not arrive as announced.") from error
    call.size = len(raw)
    check_size(call.size)
    return raw
