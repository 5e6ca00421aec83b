"""What the receiver's tests share: a receiver in this process, a fake of Odoo, HTTP calls."""

import http.client
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from dev.receiver import standard_webhooks
from dev.receiver.server import Server

SECRET_IN = standard_webhooks.new_secret()
SECRET_OUT = standard_webhooks.new_secret()
CATALOGUE = {
    "V-1": {"name": "One", "items": {"GLOVE": {"quantity": 500, "lead_days": 2}}},
    "V-2": {"name": "Two", "items": {"GLOVE": {"quantity": 3}, "*": {"quantity": 9}}},
    "V-3": {"name": "Three", "items": {"*": {"quantity": 900, "lead_days": 9}}},
    "V-4": {"name": "Four", "items": {"MASK": {"quantity": 900}}},
}


def make_event(event_id="evt_1", event_type="supply.item.below_critical"):
    return {
        "specversion": "1.0",
        "id": event_id,
        "type": event_type,
        "subject": "ops.supply.item/42",
        "site": "NORTH",
        "correlationid": "corr_1",
        "data": {
            "item": {"code": "GLOVE", "name": "Glove"},
            "on_hand": 4,
            "critical_level": 10,
            "suggested_quantity": 40,
            "preferred_vendors": [{"ref": "V-1", "name": "One"}, {"ref": "V-2", "name": "Two"}],
        },
    }


class FakeOdoo:
    """A fake of Odoo's callback address: answers with the statuses it was given."""

    def __init__(self):
        self.statuses = [200]
        self.requests = []
        odoo = self

        class OdooHandler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                odoo.requests.append((dict(self.headers.items()), body))
                status = odoo.statuses.pop(0) if len(odoo.statuses) > 1 else odoo.statuses[0]
                self.send_response(status)
                self.send_header("content-length", "0")
                if status == 307:
                    self.send_header("location", odoo.url + "/elsewhere")
                self.end_headers()

            def log_message(self, *_args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), OdooHandler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks/token"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serving(receiver):
    server = Server(0, receiver)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.url
    finally:
        receiver.stop()
        server.shutdown()
        server.server_close()


def request(url, method, path, body=None, headers=None, timeout=5):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def post_event(url, event, *, secret=SECRET_IN, now=None, timeout=5):
    body = json.dumps(event).encode()
    headers = standard_webhooks.signed_headers(secret, event["id"], body, now)
    return request(url, "POST", "/events", body, headers, timeout)


def control(url, **change):
    headers = {"content-type": "application/json"}
    status, _headers, body = request(url, "POST", "/_control", json.dumps(change), headers)
    return status, json.loads(body)


def wait_for(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.01)
