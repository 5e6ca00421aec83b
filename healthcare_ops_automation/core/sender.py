"""One HTTP attempt: what goes out, what came back. No ORM, no cursor, nothing of Odoo's."""

import http.client
import logging
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from . import cause, signing
from .connection import Connection, NotConnected, Stale
from .envelope import CONTENT_TYPE
from .network import AddressRefused, Resolver
from .target import Target

_logger = logging.getLogger(__name__)

USER_AGENT = "healthcare-ops/1"
# Node.js, and with it n8n, closes an idle connection after five seconds.
IDLE_SECONDS = 4.0
SHORTEST_CREDENTIAL = 6

DELIVERED = "delivered"
RETRY = "retry"
GIVE_UP = "give_up"
GONE = "gone"
# Answers in 4xx that say "later" rather than "never".
RETRIABLE_CLIENT_ERRORS = {408, 409, 423, 425, 429}


@dataclass(frozen=True)
class Outgoing:
    """One delivery on its way: everything a thread needs, plain values only."""

    delivery_id: int
    attempt: int
    body: str
    message_id: str
    target: Target


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    ``verdict`` is one of delivered, retry, give_up, gone; ``started_at`` is Unix time;
    ``duration_ms`` covers name resolution to the last byte read; ``retry_after`` is in
    seconds; ``problem`` is the cause (core.cause) when there was no answer.
    """

    verdict: str
    started_at: float
    duration_ms: int
    status: int = 0
    error: str = ""
    response: str = ""
    retry_after: float | None = None
    problem: str = ""


class Sender:
    """Makes attempts; threads share one. Connections are kept for the next delivery.

    A kept connection leads to an address that was checked when it was made, and is dropped
    after a few idle seconds: receivers close theirs after five (Node.js) or more.

    :param clock: gives Unix time, for the signature's timestamp and the attempt's start
    """

    def __init__(self, clock=time.time, resolver=None):
        self._clock = clock
        self._resolver = resolver or Resolver()
        self._idle = {}
        self._lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Close the connections that nobody uses at present."""
        with self._lock:
            kept, self._idle = self._idle, {}
        for connection in (each for connections in kept.values() for each in connections):
            connection.close()

    def send(self, outgoing):
        """Make one attempt; never raises, whatever the network or the receiver does.

        :param Outgoing outgoing: what to send
        :return: :class:`Outcome`
        """
        wall, started = self._clock(), time.monotonic()
        try:
            facts = self._attempt(outgoing, wall, started + outgoing.target.total_timeout)
        except Exception as error:
            # One delivery's surprise must not lose what became of the others.
            _logger.exception("Sending delivery %s failed", outgoing.delivery_id)
            facts = {"verdict": RETRY, "error": f"Sending failed: {type(error).__name__}"}
            facts["problem"] = cause.OTHER
        duration = round((time.monotonic() - started) * 1000)
        return Outcome(started_at=wall, duration_ms=duration, **facts)

    def _attempt(self, outgoing, wall, deadline):
        """The facts of one attempt: verdict, and status, answer or the problem in words."""
        target = outgoing.target
        try:
            status, headers, data = self._post(outgoing, int(wall), deadline)
        except AddressRefused as error:
            problem, text = cause.ADDRESS, str(error)
        except NotConnected:
            text = f"No connection within {target.connect_timeout:g} s."
            problem = cause.CONNECTION
        except ConnectionRefusedError:
            problem, text = cause.CONNECTION, "The connection was refused."
        except TimeoutError:
            text = f"No complete answer within {target.total_timeout:g} s."
            problem = cause.TIMEOUT
        except ssl.SSLCertVerificationError as error:
            text = f"The receiver's certificate is not trusted: {error.verify_message}."
            problem = cause.TLS
        except ssl.SSLError as error:
            text = f"The TLS connection failed: {error.reason or _short(error)}."
            problem = cause.TLS
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem, text = cause.CONNECTION, f"The connection broke: {_short(error)}."
        else:
            verdict, error = judge(status)
            return {
                "verdict": verdict,
                "status": status,
                "error": error,
                "response": _without_credentials(data, target),
                "retry_after": parse_retry_after(headers.get("Retry-After"), wall),
            }
        return {"verdict": RETRY, "error": text, "problem": problem}

    def _post(self, outgoing, timestamp, deadline):
        """POST on a kept connection or a new one; return status, headers and the answer."""
        target = outgoing.target
        place, host_header, path = address_of(target.url)
        body = outgoing.body.encode()
        headers = {
            **dict(target.headers),
            "Host": host_header,
            "User-Agent": USER_AGENT,
            "Content-Type": CONTENT_TYPE,
            "Content-Length": str(len(body)),
            **signing.signed_headers(target.secrets, outgoing.message_id, timestamp, body),
        }
        connection = self._take_idle(target)
        if connection:
            # The receiver may have closed it meanwhile: then once more on a new one.
            with suppress(Stale):
                return self._post_on(connection, target, path, headers, body, deadline)
        connection = Connection(target, place, self._resolver, deadline)
        return self._post_on(connection, target, path, headers, body, deadline)

    def _post_on(self, connection, target, path, headers, body, deadline):
        try:
            answer = connection.post(path, headers, body, deadline)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            connection.idle_since = time.monotonic()
            with self._lock:
                self._idle.setdefault(target, []).append(connection)
        else:
            connection.close()
        return answer

    def _take_idle(self, target):
        """A kept connection that is still good, or None; the most recently used one first."""
        while True:
            with self._lock:
                connections = self._idle.get(target)
                connection = connections.pop() if connections else None
            if not connection:
                return None
            fresh = time.monotonic() - connection.idle_since < IDLE_SECONDS
            if fresh and connection.still_open():
                return connection
            connection.close()


def send(outgoing, clock=time.time):
    """Make one attempt by itself; see :class:`Sender`."""
    with Sender(clock) as sender:
        return sender.send(outgoing)


@lru_cache(maxsize=256)
def address_of(url):
    """``((scheme, host, port), Host header, path)`` of a URL."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return (parts.scheme, parts.hostname, port), parts.netloc.rpartition("@")[2], path


def judge(status):
    """Verdict and reason in words for an HTTP status."""
    if 200 <= status < 300:
        return DELIVERED, ""
    if status == 410:
        return GONE, "The receiver answered 410: it wants no more events."
    if 300 <= status < 400:
        return GIVE_UP, f"The receiver redirects ({status}); redirects are not followed."
    if 400 <= status < 500 and status not in RETRIABLE_CLIENT_ERRORS:
        return GIVE_UP, f"The receiver refuses the event ({status})."
    return RETRY, f"The receiver cannot take the event now ({status})."


def parse_retry_after(value, now):
    """Seconds from a Retry-After header (RFC 9110 §10.2.3), or None.

    :param value: a number of seconds or an HTTP date
    :param float now: Unix time in seconds
    """
    if not value:
        return None
    value = value.strip()
    try:
        if value.isascii() and value.isdigit():
            return float(value)
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (TypeError, ValueError, OverflowError):
        return None


def _without_credentials(data, target):
    """The answer as text, without the values of our headers and the address in case the
    receiver echoes them, as n8n does with the path of a workflow it does not know."""
    text = data.decode("utf-8", "replace").replace("\x00", "\ufffd")
    for part in _credentials(target):
        text = text.replace(part, "•••")
    return text


@lru_cache(maxsize=256)
def _credentials(target):
    """What of a target may be a credential, the longest first: values of headers, ends of the
    path, values of the query."""
    parts = {part for _name, value in target.headers for part in (value, value.split(" ")[-1])}
    url = urlsplit(target.url)
    segments = url.path.strip("/").split("/")
    parts |= {"/".join(segments[position:]) for position in range(len(segments))}
    parts |= {url.query, *(value for _name, value in parse_qsl(url.query))}
    parts |= {pair.partition("=")[2] for pair in url.query.split("&")}
    credentials = (part for part in parts if len(part) >= SHORTEST_CREDENTIAL)
    return sorted(credentials, key=len, reverse=True)


def _short(error):
    """The name of an error without what it may carry of the URL, which can be a credential."""
    cause = error.__cause__ or error.__context__ or error
    return type(cause).__name__
