"""A real HTTP receiver in a thread, told how to behave."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver(ThreadingHTTPServer):
    """Keeps every request; answers as ``behave(request handler)`` says."""

    daemon_threads = True

    def __init__(self, behave=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behave = behave or (lambda handler: handler.answer(200, b"thanks"))
        self.received = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook?key=value"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.path, headers, body))
        self.server.behave(self)

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self, seconds):
        """Send one byte of a header at a time, each well within a socket's timeout."""
        end = time.monotonic() + seconds
        self.connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while time.monotonic() < end:
            try:
                self.connection.sendall(b"x")
            except OSError:
                return
            time.sleep(0.05)

    def reset(self):
        """Close without an answer."""
        self.close_connection = True
        self.connection.shutdown(2)

    def log_message(self, *args):
        """Keep the test's output clean."""


@contextmanager
def receiver(behave=None):
    server = Receiver(behave)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
