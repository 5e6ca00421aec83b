"""Why an attempt to deliver failed, as one of a few causes that people can act on.

What a person does next differs between causes and is the same within one: an address that is
unknown there is mended at the receiver's workflow, a certificate at the endpoint, a receiver that
is overloaded by waiting. The labels and the advice are the models' (they know a language).
"""

ADDRESS = "address"  # our guard refuses where the name leads to, or it is unknown
CONNECTION = "connection"
TLS = "tls"
TIMEOUT = "timeout"
REFUSED_AUTH = "refused_auth"
NOT_FOUND = "not_found"
GONE = "gone"
REDIRECTED = "redirected"
REJECTED = "rejected"
OVERLOADED = "overloaded"
SERVER_ERROR = "server_error"
UNANSWERED = "unanswered"  # its endpoint has been broken for days
WORN_OUT = "worn_out"  # processes ended while they sent it
OTHER = "other"

CAUSES = (
    *(ADDRESS, CONNECTION, TLS, TIMEOUT, REFUSED_AUTH, NOT_FOUND, GONE, REDIRECTED),
    *(REJECTED, OVERLOADED, SERVER_ERROR, UNANSWERED, WORN_OUT, OTHER),
)

# Of RFC 9110 §15 and RFC 6585: what says something else than the rest of its hundred.
BY_STATUS = {
    401: REFUSED_AUTH,
    403: REFUSED_AUTH,
    407: REFUSED_AUTH,
    404: NOT_FOUND,
    408: TIMEOUT,
    410: GONE,
    429: OVERLOADED,
    503: OVERLOADED,
    504: TIMEOUT,
    511: REFUSED_AUTH,
}


def cause_of(outcome):
    """The cause of an attempt that failed, None of one that was delivered.

    :param outcome: :class:`~.sender.Outcome`
    :return: one of ``CAUSES``, or None
    """
    status = outcome.status
    if not status:
        return outcome.problem or OTHER
    if 200 <= status < 300:
        return None
    return BY_STATUS.get(status) or _of_hundred(status // 100)


def _of_hundred(hundred):
    return {3: REDIRECTED, 4: REJECTED, 5: SERVER_ERROR}.get(hundred, OTHER)
