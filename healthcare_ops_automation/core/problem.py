"""What is wrong with a request, for whoever sent it (RFC 9457 problem details)."""

from http import HTTPStatus

PROBLEM_CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """A caller's mistake.

    :param int status: HTTP status
    :param str title: the kind of problem, the same for each occurrence
    :param str detail: this occurrence, naming the field and what to do
    :param list errors: one ``field: reason`` text for each field, if several
    :param int retry_after: seconds to wait before it makes sense to send again
    """

    def __init__(self, status, title, detail, errors=(), retry_after=None):
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.title = title
        self.detail = detail
        self.errors = list(errors)
        self.retry_after = retry_after

    def as_dict(self):
        """The problem details object."""
        details = {
            "type": "about:blank",
            "title": self.title,
            "status": int(self.status),
            "detail": self.detail,
        }
        return {**details, "errors": self.errors} if self.errors else details
