"""Receives operations events: verifies, keeps each once, answers at once, works afterwards.

Python 3.10 or newer and its standard library. OPS_SIGNING_SECRETS holds the signing secret of
the endpoint, or several separated by blanks while one is replaced.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1024 * 1024


class NotVerified(Exception):
    """The request must not be trusted; the text says why."""


def verify(secrets, headers, body, now=None):
    """Check a request and return its webhook-id.

    headers: a mapping whose get() ignores the case of names. body: the raw bytes as received.
    """
    webhook_id = headers.get("webhook-id") or ""
    timestamp = headers.get("webhook-timestamp") or ""
    signatures = (headers.get("webhook-signature") or "").split()
    if not (webhook_id and timestamp and signatures):
        raise NotVerified("a webhook header is missing")
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise NotVerified("the timestamp is no number")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotVerified("the timestamp is more than five minutes off")
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        # Several signatures while a secret is replaced: one that matches is enough.
        if any(hmac.compare_digest(wanted, given.encode()) for given in signatures):
            return webhook_id
    raise NotVerified("no signature matches")


class Inbox:
    """Events that were received, each once, in a SQLite file."""

    def __init__(self, path):
        self.path = path
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS inbox (webhook_id TEXT PRIMARY KEY,"
                " sequence INTEGER, body TEXT, done INTEGER DEFAULT 0)"
            )

    def put(self, webhook_id, event):
        """Keep an event; False when it is there already."""
        row = (webhook_id, int(event["sequence"]), json.dumps(event))
        with closing(sqlite3.connect(self.path)) as db, db:
            cursor = db.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, 0)", row)
            return cursor.rowcount == 1

    def work(self, handle):
        """Hand over what is not done yet; the lowest sequence first keeps each subject's order."""
        query = "SELECT webhook_id, body FROM inbox WHERE NOT done ORDER BY sequence"
        with closing(sqlite3.connect(self.path)) as db:
            for webhook_id, body in db.execute(query).fetchall():
                handle(json.loads(body))
                with db:
                    db.execute("UPDATE inbox SET done = 1 WHERE webhook_id = ?", (webhook_id,))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            return self.answer(413, "too large")
        body = self.rfile.read(length)
        try:
            webhook_id = verify(self.server.secrets, self.headers, body)
        except NotVerified as error:
            return self.answer(401, str(error))
        new = self.server.inbox.put(webhook_id, json.loads(body))
        # Kept is enough for an answer. The work comes afterwards, in another thread.
        self.server.wake.set()
        return self.answer(202, "accepted" if new else "known already")

    def answer(self, status, text):
        content = json.dumps({"status": text}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    def __init__(self, address, secrets, inbox):
        super().__init__(address, Handler)
        self.secrets, self.inbox, self.wake = secrets, inbox, threading.Event()


def handle(event):
    """Your work. It may run again after a crash, so let it be harmless to repeat."""
    if event.get("sample") != "true":
        print(event["type"], event["subject"], event["sequence"], event["data"], flush=True)


def main():
    secrets = os.environ["OPS_SIGNING_SECRETS"].split()
    server = Server(("127.0.0.1", 8080), secrets, Inbox("inbox.sqlite"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        server.inbox.work(handle)
        server.wake.wait()
        server.wake.clear()


if __name__ == "__main__":
    main()
