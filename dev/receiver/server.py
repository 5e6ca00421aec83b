"""The receiver's HTTP side, and the ways in which it can be told to fail."""

import json
import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .core import say

MAX_BODY_BYTES = 1024 * 1024
MAX_DRIP_SECONDS = 60


class Handler(BaseHTTPRequestHandler):
    """HTTP in and out; ``server.receiver`` decides."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        if self.path == "/healthz":
            self._answer(200, {"status": "ok"})
        elif self.path == "/_log":
            self._answer(200, self.server.receiver.log())
        else:
            self._answer(404, {"error": "not found"})

    def do_POST(self):
        body = self._read_body()
        if body is None:
            return
        if self.path == "/_control":
            self._control(body)
        else:
            self._event(body)

    def _read_body(self):
        """Return the raw body, or None after refusing it."""
        length = self.headers.get("content-length") or ""
        if not length.isdigit():
            status, error = 411, "a Content-Length is needed"
        elif int(length) > MAX_BODY_BYTES:
            status, error = 413, f"at most {MAX_BODY_BYTES} bytes"
        else:
            return self.rfile.read(int(length))
        # The body was not read, so the connection can't be used again.
        self.close_connection = True
        self._answer(status, {"error": error})
        return None

    def _control(self, body):
        # A web page in a browser on this machine can't send this type without asking.
        if self.headers.get_content_type() != "application/json":
            self._answer(415, {"error": "send application/json"})
            return
        try:
            self.server.receiver.control(json.loads(body))
        except (ValueError, TypeError, AttributeError) as error:
            self._answer(400, {"error": str(error)})
        else:
            self._answer(200, {"status": "changed"})

    def _event(self, body):
        receiver = self.server.receiver
        name, number = receiver.next_fail()
        if name in ("status", "reset"):
            status = number or 0
            receiver.note(self.headers, body, status, f"fail mode {name}")
            say(f"{self.headers.get('webhook-id')}: {name} {number or ''}")
            if name == "reset":
                self._reset()
            else:
                self._answer(status, {"error": "the receiver was told to refuse"})
            return
        status, verdict, event = receiver.accept(self.headers, body)
        receiver.note(self.headers, body, status, verdict)
        if event is None:
            say(f"{self.headers.get('webhook-id')}: {verdict}")
        else:
            # Before a late answer, too: a slow receiver works on what its sender gave up on.
            receiver.enqueue(event, name)
        if name == "hang":
            time.sleep(number)
        if name == "drip":
            self._drip(status)
        else:
            self._answer(status, {"status": verdict})

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        try:
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", "/redirected")
            if status in (429, 503):
                self.send_header("retry-after", "2")
            self.send_header("content-type", "application/json")
            # 304 carries no body, whatever it was told.
            self.send_header("content-length", "0" if status == 304 else str(len(body)))
            self.end_headers()
            if status != 304:
                self.wfile.write(body)
        except OSError:
            # The sender gave up first: after a hang, that is what was wanted.
            self.close_connection = True

    def _reset(self):
        """Close with RST: a linger time of zero throws away what was not sent."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        # The socket closes when its last file does.
        self.rfile.close()

    def _drip(self, status):
        """Promise a long body and send a byte every 0.2 s, until the sender hangs up."""
        self.close_connection = True
        end = time.monotonic() + MAX_DRIP_SECONDS
        try:
            self.send_response(status)
            self.send_header("content-length", "100000")
            self.end_headers()
            while time.monotonic() < end:
                self.wfile.write(b" ")
                time.sleep(0.2)
        except OSError:
            return

    def log_message(self, _format, *_args):
        """Say nothing: one line an event is printed by the receiver itself."""


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1; a thread a connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, receiver):
        super().__init__(("127.0.0.1", port), Handler)
        self.receiver = receiver

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Print a broken connection as one line, anything else in full."""
        if isinstance(sys.exc_info()[1], OSError):
            say("a sender broke the connection")
        else:
            super().handle_error(request, client_address)
