from odoo import http
from odoo.exceptions import ConcurrencyError
from odoo.http import request
from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)

from ..core.call import Call
from ..core.envelope import CONTENT_TYPE
from ..core.problem import PROBLEM_CONTENT_TYPE, Problem
from ..models.inbound.ops_callback import check_size

CALL_KEY = "healthcare_ops.call"


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

        200 with the answer; 400 not JSON; 401 signature; 404 unknown endpoint; 409 in
        conflict with others all the time; 413 too large; 415 sent as a form, whose raw bytes
        Odoo has used up; 422 contract broken; 429 too many. The request's transaction is
        rolled back for a problem; the log is written afterwards.
        """
        # Kept beside the request: Odoo runs it again after a conflict, and it is one call.
        call = request.httprequest.environ.setdefault(
            CALL_KEY, Call(token, source=request.httprequest.remote_addr or "")
        )
        call.tries += 1
        calls = request.env["ops.callback.call"]
        try:
            answer = self._answer(call)
        except Problem as problem:
            return self._refuse(call, problem)
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
            if call.tries < MAX_TRIES_ON_CONCURRENCY_FAILURE:
                raise
            others = "Others changed the same records all the time. Send it again."
            return self._refuse(call, Problem(409, "Conflict", others))
        except Exception:
            request.env.cr.rollback()
            calls._log_broken(call)
            raise
        return request.make_json_response(answer)

    def _answer(self, call):
        """The answer to the call, when it took effect and all is written that it caused.

        :raise Problem: what is wrong with it
        """
        # What announces itself as too large is not even read.
        call.size = request.httprequest.content_length or 0
        check_size(call.size)
        # Cached: when Odoo runs the request again after a conflict, it reads it again.
        raw = request.httprequest.get_data(cache=True)
        if call.size and not raw:
            raise Problem(415, "Unsupported content type", f"Send it as {CONTENT_TYPE}.")
        call.size = len(raw)
        headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
        answer = request.env["ops.callback"]._receive(call.token, headers, raw, call)
        request.env["ops.callback.call"]._log_answered(call)
        request.env.cr.flush()
        return answer

    def _refuse(self, call, problem):
        """The problem as a response, logged in a transaction that begins now."""
        request.env.cr.rollback()
        request.env["ops.callback.call"]._log_refused(call, problem)
        headers = {"Content-Type": PROBLEM_CONTENT_TYPE}
        if problem.retry_after:
            headers["Retry-After"] = str(problem.retry_after)
        return request.make_json_response(problem.as_dict(), headers=headers, status=problem.status)
