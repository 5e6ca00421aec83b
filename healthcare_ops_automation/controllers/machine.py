"""Routes that other systems call: raw bytes in, problem details out (RFC 9457)."""

from http import HTTPStatus

from werkzeug.exceptions import HTTPException

from odoo.exceptions import UserError
from odoo.http import HttpDispatcher, request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..core.problem import PROBLEM_CONTENT_TYPE, Problem


class MachineDispatcher(HttpDispatcher):
    """``type="ops_machine"`` of a route.

    Nothing of the body is parsed before the controller, which needs the bytes as they were
    signed, whatever the content type says. Whatever is raised on the way becomes a problem
    body instead of a page.
    """

    routing_type = "ops_machine"

    def dispatch(self, endpoint, args):
        """Call the controller with what the path says, and with nothing else."""
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        """The answer to an exception; those that are no caller's mistake say nothing of it."""
        return problem_response(as_problem(exc))


def as_problem(exc):
    """The problem that an exception is to the caller."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, HTTPException) and exc.code:
        return Problem(exc.code, HTTPStatus(exc.code).phrase, exc.description or "")
    if isinstance(exc, UserError):  # with its subclasses: access, validation, missing records
        return Problem(exc.http_status, "Refused", str(exc))
    if isinstance(exc, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
        return Problem(503, "Busy", "Others were faster again and again: send it once more.")
    return Problem(500, "Internal error", "Nothing has taken effect. The server's log says why.")


def problem_response(problem):
    """A response for the request at hand."""
    headers = {"Content-Type": PROBLEM_CONTENT_TYPE}
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "POST"  # RFC 9110 wants it; whatever is called here is posted
    if problem.retry_after:
        headers["Retry-After"] = str(problem.retry_after)
    return request.make_json_response(problem.as_dict(), headers=headers, status=problem.status)
