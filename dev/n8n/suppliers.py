"""A stand-in for the suppliers' systems: a little HTTP server on loopback that n8n asks.

``POST /availability`` with ``{"item": code, "quantity": wanted, "vendors": [{"ref", "name"}],
"others": false}`` answers ``{"checked_at", "suppliers": [...]}``: what the vendors named can
deliver or, with ``others``, what everybody else can. ``POST /_control`` changes how it behaves:

``mode``
    ``ok``; ``slow`` (answers after ``seconds``); ``status`` (answers with ``status``); ``refuse``
    (closes the connection without a word); ``nonsense`` (HTML, as from a captive portal);
    ``impossible`` (lead times below zero, which breaks the contract of the answer)
``times``
    for how many requests; until changed without it
``suppliers``
    the catalogue, as in :mod:`dev.receiver.suppliers`

``GET /_log`` lists what was asked: ``{"at", "item", "others", "mode"}``, oldest first.

Run it as ``python3 -m dev.n8n.suppliers --port 8078``; it prints its address as one line of JSON.
"""

import argparse
import json
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dev.receiver import suppliers

MODES = ("ok", "slow", "status", "refuse", "nonsense", "impossible")
MAX_BODY_BYTES = 64 * 1024
MAX_LOGGED = 10_000


class Behaviour:
    """How the stand-in answers at present, and what it was asked."""

    def __init__(self):
        self._lock = threading.Lock()
        self._log = []
        self.catalogue = suppliers.BUILT_IN
        self.mode, self.times, self.seconds, self.status = "ok", None, 5.0, 500

    def change(self, mode=None, times=None, seconds=None, status=None, catalogue=None):
        """Change what is given.

        :raises ValueError: says what is wrong
        """
        if mode is not None and mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}")
        if catalogue is not None:
            suppliers.check_catalogue(catalogue)
        with self._lock:
            if mode is not None:
                self.mode, self.times = mode, times
            self.seconds = float(self.seconds if seconds is None else seconds)
            self.status = int(self.status if status is None else status)
            self.catalogue = self.catalogue if catalogue is None else catalogue

    def asked(self, question):
        """Note a question; return the mode it is answered in."""
        with self._lock:
            mode = self.mode
            if self.times is not None:
                self.times -= 1
                if self.times <= 0:
                    self.mode, self.times = "ok", None
            self._log.append(
                {
                    "at": time.time(),
                    "item": question["item"],
                    "others": bool(question.get("others")),
                    "mode": mode,
                }
            )
            del self._log[:-MAX_LOGGED]
            return mode

    def log(self):
        with self._lock:
            return list(self._log)

    def answer(self, question):
        """The answer of the suppliers asked; vendors keep the order they were asked in."""
        event_data = {
            "item": {"code": question["item"]},
            "suggested_quantity": question.get("quantity"),
            "preferred_vendors": question["vendors"],
        }
        found = suppliers.check_availability(self.catalogue, event_data)
        others = bool(question.get("others"))
        found["suppliers"] = [one for one in found["suppliers"] if one["preferred"] != others]
        return found


class Handler(BaseHTTPRequestHandler):
    """Talks HTTP for the server's :class:`Behaviour`."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self):
        if self.path == "/_log":
            self._send(200, self.server.behaviour.log())
        else:
            self._send(404, {"error": "GET /_log, POST /availability, POST /_control"})

    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self._send(413, {"error": "too large"})
            return
        try:
            content = json.loads(self.rfile.read(length) or b"{}")
            if self.path == "/_control":
                content["catalogue"] = content.pop("suppliers", None)
                self.server.behaviour.change(**content)
                self._send(200, {"mode": self.server.behaviour.mode})
            elif self.path == "/availability":
                self._answer(content)
            else:
                self._send(404, {"error": "GET /_log, POST /availability, POST /_control"})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._send(400, {"error": f"{type(error).__name__}: {error}"})

    def _answer(self, question):
        behaviour = self.server.behaviour
        answer = behaviour.answer(question)
        mode = behaviour.asked(question)
        if mode == "slow":
            self.server.stopping.wait(behaviour.seconds)
        if mode == "status":
            self._send(behaviour.status, {"error": "told to fail"})
        elif mode == "refuse":
            self.close_connection = True
        elif mode == "nonsense":
            self._send(
                200, b"<html><title>Welcome to the guest network</title></html>", "text/html"
            )
        else:
            if mode == "impossible":
                for supplier in answer["suppliers"]:
                    supplier["lead_days"] = -1
            self._send(200, answer)

    def _send(self, status, content, kind="application/json"):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


class Server(ThreadingHTTPServer):
    """The stand-in on loopback; ``port`` 0 takes any free one."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.behaviour = Behaviour()
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that went away is no news: slowness is what it is asked to stand."""


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python3 -m dev.n8n.suppliers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0)
    server = Server(parser.parse_args(argv).port)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(json.dumps({"url": server.url}), flush=True)
    try:
        server.serve_forever(0.1)
    except KeyboardInterrupt:
        pass
    server.stopping.set()
    server.server_close()


if __name__ == "__main__":
    main()
