"""One HTTP attempt: what goes out, what came back. No ORM, no cursor, no shared state."""

import logging
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import urllib3

from . import signing
from .envelope import CONTENT_TYPE
from .network import AddressRefused, resolve
from .target import Target

_logger = logging.getLogger(__name__)

RESPONSE_LIMIT = 16 * 1024
USER_AGENT = "healthcare-ops/1"

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
    seconds.
    """

    verdict: str
    started_at: float
    duration_ms: int
    status: int = 0
    error: str = ""
    response: str = ""
    retry_after: float | None = None


def send(outgoing, clock=time.time):
    """Make one attempt; never raises, whatever the network or the receiver does.

    :param Outgoing outgoing: what to send
    :param clock: gives Unix time, for the signature's timestamp and the attempt's start
    :return: :class:`Outcome`
    """
    wall, started = clock(), time.monotonic()
    try:
        facts = _attempt(outgoing, wall, started + outgoing.target.total_timeout)
    except Exception as error:
        # One delivery's surprise must not lose what became of the others in its batch.
        _logger.exception("Sending delivery %s failed", outgoing.delivery_id)
        facts = {"verdict": RETRY, "error": f"Sending failed: {type(error).__name__}"}
    duration = round((time.monotonic() - started) * 1000)
    return Outcome(started_at=wall, duration_ms=duration, **facts)


def _attempt(outgoing, wall, deadline):
    """The facts of one attempt: verdict, and status, answer or the problem in words."""
    late = f"No complete answer within {outgoing.target.total_timeout:g} s."
    try:
        status, headers, text = _post(outgoing, int(wall), deadline)
    except AddressRefused as error:
        problem = str(error)
    except urllib3.exceptions.NewConnectionError:
        problem = "The connection was refused."
    except urllib3.exceptions.ConnectTimeoutError:
        problem = f"No connection within {outgoing.target.connect_timeout:g} s."
    except urllib3.exceptions.TimeoutError:
        problem = late
    except urllib3.exceptions.SSLError as error:
        problem = f"The TLS connection failed: {_short(error)}"
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        cut_off = time.monotonic() >= deadline
        problem = late if cut_off else f"The connection broke: {_short(error)}"
    else:
        verdict, error = judge(status)
        return {
            "verdict": verdict,
            "status": status,
            "error": error,
            "response": text,
            "retry_after": parse_retry_after(headers.get("Retry-After"), wall),
        }
    return {"verdict": RETRY, "error": problem}


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


def _post(outgoing, timestamp, deadline):
    """POST to the checked address; return status, headers and the start of the answer."""
    parts = urlsplit(outgoing.target.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = resolve(parts.hostname, port, outgoing.target.networks)
    body = outgoing.body.encode()
    headers = {
        **dict(outgoing.target.headers),
        "Host": parts.netloc.rpartition("@")[2],
        "Content-Type": CONTENT_TYPE,
        "User-Agent": USER_AGENT,
        **signing.signed_headers(outgoing.target.secrets, outgoing.message_id, timestamp, body),
    }
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    remaining = max(deadline - time.monotonic(), 0.001)
    opened = []
    with _pool(parts, address, port, opened) as pool, _cut_off(opened, remaining):
        response = pool.urlopen(
            "POST",
            path,
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            assert_same_host=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=outgoing.target.connect_timeout, total=remaining),
        )
        try:
            text = _read(response)
        finally:
            response.close()
    if time.monotonic() >= deadline:
        # An answer that was cut off looks complete when its status line had arrived.
        raise TimeoutError
    return response.status, response.headers, text


def _pool(parts, address, port, opened):
    """A pool of one connection to ``address`` that still speaks as the host's name.

    :param list opened: receives the connection once it is made
    """
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            port,
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
            ssl_context=ssl.create_default_context(),
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port)
    plain = pool.ConnectionCls

    class Connection(plain):
        def connect(self):
            result = super().connect()
            opened.append(self)
            return result

    pool.ConnectionCls = Connection
    return pool


@contextmanager
def _cut_off(opened, seconds):
    """Shut the connection when the time is up: timeouts of a socket count each read anew,
    so a receiver that drips one byte at a time would never run into one."""

    def shut():
        for connection in opened:
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(response):
    """The first 16 KB of the answer as text."""
    data = response.read(RESPONSE_LIMIT, decode_content=False)
    return data.decode("utf-8", "replace").replace("\x00", "\ufffd")


def _short(error):
    """The name of an error without what it may carry of the URL, which can be a credential."""
    cause = error.__cause__ or error.__context__ or error
    return type(cause).__name__
