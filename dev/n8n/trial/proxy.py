"""What stands between n8n and Odoo's callback route, and can lose callbacks."""

import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
FORWARDED = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")


class Proxy:
    """Forwards POST requests to ``target``; a context manager.

    ``mode``: ``pass``; ``refuse`` (403, as a firewall that was set up wrongly); ``portal`` (200
    with a page of its own, the request goes nowhere); ``deaf`` (forwards, and closes the
    connection without handing the answer back).
    """

    def __init__(self, target: str):
        self.target = target
        self.mode = "pass"
        self.seen: list[tuple[str, str, int]] = []  # mode, webhook-id, status given to n8n
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                proxy._handle(self, body)

            def log_message(self, *_args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exception) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, handler, body: bytes) -> None:
        mode = self.mode
        status, kind, answer = 200, "text/html", b"<html>Welcome to the guest network</html>"
        if mode == "refuse":
            status, answer = 403, b"<html>not from here</html>"
        elif mode in ("pass", "deaf"):
            status, kind, answer = self._forward(handler, body)
        self.seen.append((mode, handler.headers.get("webhook-id"), status))
        if mode == "deaf":
            handler.close_connection = True
            return
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    def _forward(self, handler, body: bytes) -> tuple[int, str, bytes]:
        headers = {name: handler.headers[name] for name in FORWARDED if name in handler.headers}
        request = urllib.request.Request(self.target + handler.path, body, headers)
        try:
            with _OPENER.open(request, timeout=60) as response:
                return response.status, response.headers["content-type"], response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["content-type"], error.read()
        except OSError as error:
            return 502, "text/plain", str(error).encode()
