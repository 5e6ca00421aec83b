"""One request to a callback address, as far as it is known: what its log tells."""

import time
from dataclasses import dataclass, field


@dataclass
class Call:
    """Filled in while the request is taken in; never holds a header, a secret or the body.

    It lives as long as the request, also when Odoo runs the request again after a conflict:
    then it is one call all the same, and is counted against the rate limit once.
    """

    token: str
    source: str = ""
    started: float = field(default_factory=time.monotonic)
    tries: int = 0
    size: int = 0
    endpoint_id: int | None = None
    is_verified: bool = False
    is_admitted: bool = False
    is_repeated: bool = False
    webhook_id: str | None = None
    type_code: str | None = None
    event_id: int | None = None
    company_id: int | None = None
    site_id: int | None = None

    @property
    def duration_ms(self):
        """Milliseconds since the request came in, all tries together."""
        return round((time.monotonic() - self.started) * 1000)
