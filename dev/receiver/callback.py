"""Calls back: signed CloudEvents, a few bounded tries, always the same ``webhook-id``."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from . import standard_webhooks, suppliers

CALLBACK_TYPE = "supply.availability.answered"
CONTENT_TYPE = "application/cloudevents+json"
SOURCE = "urn:healthcare-operations:demo-receiver"
RETRY_DELAYS = (0.5, 1.0, 2.0, 4.0)
TIMEOUT_SECONDS = 10
MAX_RESPONSE_BYTES = 16 * 1024
MAX_LOGGED = 10_000
#: What may get better by itself. Any other 4xx stays wrong however often it is sent.
RETRIED_STATUSES = {408, 409, 425, 429}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed message goes to the address it was meant for, and nowhere else."""

    def redirect_request(self, *_args):
        return None


# No proxy from the environment: the address is the operator's own.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def build_callback(event, data):
    """Return (webhook id, body bytes) of the answer to ``event``.

    The id follows from the event's, so that a receiver that was restarted and works on
    the same event again still has its answer counted once.
    """
    webhook_id = f"cb_{event['id']}"
    content = {
        "specversion": "1.0",
        "id": webhook_id,
        "source": SOURCE,
        "type": CALLBACK_TYPE,
        "subject": event.get("subject"),
        "time": suppliers.rfc3339_now(),
        "datacontenttype": "application/json",
        "inreplyto": event["id"],
        "correlationid": event.get("correlationid"),
        "data": data,
    }
    content = {name: value for name, value in content.items() if value is not None}
    return webhook_id, json.dumps(content, ensure_ascii=False).encode()


class CallbackSender:
    """Sends one callback, with retries, and remembers how it went.

    :param str url: where to; None until :meth:`set_url` is called
    """

    def __init__(self, secret, url=None):
        standard_webhooks.decode_secret(secret)
        self._secret = secret
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._log = []
        self._url = None
        if url:
            self.set_url(url)

    def set_url(self, url):
        """Change where callbacks go.

        :raises ValueError: no http or https address
        """
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("the callback address must be http or https")
        self._url = url

    def send(self, event, data, *, bad_signature=False):
        """Answer ``event`` with ``data``; blocks until it is accepted or given up.

        :return: the entry for the log, or None when no address is known
        """
        url = self._url
        if url is None:
            return None
        webhook_id, body = build_callback(event, data)
        started = time.monotonic()
        attempts = 0
        for delay in (*RETRY_DELAYS, None):
            attempts += 1
            status, text = self._post(url, webhook_id, body, bad_signature)
            retry = status is None or status >= 500 or status in RETRIED_STATUSES
            if not retry or delay is None or self._stopped.wait(delay):
                break
        entry = {
            "at": suppliers.rfc3339_now(),
            "webhook_id": webhook_id,
            "attempts": attempts,
            "status": status,
            "response": text,
            "milliseconds": round((time.monotonic() - started) * 1000),
            "body": body.decode(),
        }
        with self._lock:
            self._log.append(entry)
            del self._log[:-MAX_LOGGED]
        return entry

    def log(self):
        """Return one entry a finished callback: id, tries, last status, milliseconds."""
        with self._lock:
            return list(self._log)

    def stop(self):
        """Wait no longer between tries."""
        self._stopped.set()

    def _post(self, url, webhook_id, body, bad_signature):
        """POST once; return (status or None, start of the response or the error)."""
        secret = standard_webhooks.new_secret() if bad_signature else self._secret
        # Signed anew each time: the timestamp of an old try may be too old by now.
        headers = standard_webhooks.signed_headers(secret, webhook_id, body)
        headers["content-type"] = CONTENT_TYPE
        request = urllib.request.Request(url, body, headers)
        try:
            with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
                return response.status, response.read(MAX_RESPONSE_BYTES).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(MAX_RESPONSE_BYTES).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            return None, str(getattr(error, "reason", error))
