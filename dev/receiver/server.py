"""The receiver's HTTP side, and the ways in which it can be told to fail."""

import json
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .failures import NONE, Failure
from .journal import say

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
            at_once = self.server.receiver.control(json.loads(body))
        except (ValueError, TypeError, AttributeError) as error:
            self._answer(400, {"error": str(error)})
            return
        self._answer(200, {"status": "changed"})
        if at_once:
            self.server.close_for(at_once.number)

    def _event(self, body):
        receiver = self.server.receiver
        # A connection from before must not get around the closed door.
        failure = Failure("reset") if self.server.closed else receiver.next_failure()
        if failure.name in ("status", "reset", "closed"):
            status = failure.number if failure.name == "status" else 0
            receiver.note(self.headers, body, status, f"fail mode {failure.name}")
            self._refuse(failure)
            return
        status, verdict, event = receiver.accept(self.headers, body)
        told = "" if failure == NONE else f" (fail mode {failure})"
        receiver.note(self.headers, body, status, f"{verdict}{told}")
        if event is not None:
            # Before a late answer, too: a slow receiver works on what its sender gave up on.
            receiver.enqueue(event, failure.name)
        if failure.name == "hang":
            time.sleep(failure.number)
        if failure.name == "drip":
            self._drip(status)
        else:
            self._answer(status, {"status": verdict})

    def _refuse(self, failure):
        if failure.name == "status":
            problem = {"error": "the receiver was told to refuse"}
            self._answer(failure.number, problem, failure.retry_after)
        else:
            self._reset()
        if failure.name == "closed":
            self.server.close_for(failure.number)

    def _answer(self, status, content, retry_after=None):
        body = json.dumps(content).encode()
        try:
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", "/redirected")
            if retry_after is not None:
                self.send_header("retry-after", str(retry_after))
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
    """Listens on 127.0.0.1; a thread a connection. Can stop listening for a while."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, receiver):
        super().__init__(("127.0.0.1", port), Handler)
        self.receiver = receiver
        self._closed_for = None
        self._ended = threading.Event()
        if at_once := receiver.at_once():
            self._closed_for = at_once.number

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def closed(self):
        return self._closed_for is not None

    def serve_forever(self, poll_interval=0.5):
        """Serve until :meth:`shutdown`, but for the times when nobody listens."""
        while not self._ended.is_set():
            if self.closed:
                self._stay_closed()
            else:
                super().serve_forever(poll_interval)

    def close_for(self, seconds):
        """Let connections be refused for so many seconds; returns at once."""
        self._closed_for = seconds
        # Ends the serving loop, which begins anew afterwards.
        super().shutdown()

    def shutdown(self):
        self._ended.set()
        super().shutdown()

    def _stay_closed(self):
        say(f"closed for {self._closed_for:g} s: connections are refused")
        self.socket.close()
        # Bound, so that nobody else takes the port, and not listening, so that it refuses.
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.server_bind()
        if self._ended.wait(self._closed_for):
            return
        self._closed_for = None
        self.server_activate()
        say("open again")

    def handle_error(self, request, client_address):
        """Print a broken connection as one line, anything else in full."""
        if isinstance(sys.exc_info()[1], OSError):
            say("a sender broke the connection")
        else:
            super().handle_error(request, client_address)
