"""A receiver that costs little, keeps a record of what it gets, and fails when told to.

Run as ``python3 -m dev.load.receiver``; the first line it prints is a JSON object with its
``url`` and its ``control`` port. ``dev.receiver`` shows an integrator what a receiver does; this
one is for load: requests are taken apart by hand on asyncio's protocols, connections are kept, one
process serves thousands of requests a second on a fraction of a core.

Modes: ``ok`` (200, after ``latency`` seconds) · ``status`` (``status``, with ``retry_after`` as
Retry-After if given) · ``hang`` (never answers) · ``drip`` (an answer that never ends, a byte at a
time) · ``reset`` (cuts the connection after the request was read) · ``refuse`` (nothing listens,
connections are cut). With ``--refuse-poison`` a request whose ``correlationid`` ends with
``-poison`` is refused with 422 where it would have been accepted.

A record is kept of every request that arrived in full, whatever it is answered: see
:class:`Record`. ``--journal`` appends it to a file.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import struct
import sys
import time

from dev.receiver import standard_webhooks

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
WEBHOOK_ID = re.compile(rb"webhook-id: *([^\r]+)", re.IGNORECASE)
POISON = b'-poison"'
DRIP_SECONDS = 0.2
LINGER_ZERO = struct.pack("ii", 1, 0)


class Record:
    """What arrived, in the order of arrival.

    ``arrivals`` holds (Unix time, webhook-id) of each request. The journal's lines are ``number,
    mode, webhook-id, body``, separated by tabs; the mode ``ok`` means that 2xx was answered.
    """

    def __init__(self, journal=None, secret=None, sample=0):
        self.arrivals = []
        self.verified = 0
        self.unverified = []
        self._journal = open(journal, "ab", buffering=1 << 16) if journal else None
        self._secret = secret
        self._sample = sample

    def add(self, mode, head, body):
        found = WEBHOOK_ID.search(head)
        webhook_id = found[1] if found else b""
        self.arrivals.append((time.time(), webhook_id.decode("latin-1")))
        if self._journal:
            self._journal.write(
                b"%d\t%s\t%s\t%s\n" % (len(self.arrivals), mode.encode(), webhook_id, body)
            )
        if self._sample and (len(self.arrivals) - 1) % self._sample == 0:
            self._verify(head, body)

    def _verify(self, head, body):
        lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
        headers = {name.strip().lower(): value.strip() for name, _colon, value in lines}
        try:
            standard_webhooks.verify(self._secret, headers, body)
            self.verified += 1
        except standard_webhooks.VerificationError as error:
            self.unverified.append(f"{headers.get('webhook-id')}: {error}")

    def flush(self):
        if self._journal:
            self._journal.flush()


class Connection(asyncio.Protocol):
    """One connection: requests one after the other, answers in their order."""

    def __init__(self, receiver):
        self.receiver = receiver
        self.buffer = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        self.receiver.connections.add(self)

    def connection_lost(self, _error):
        self.receiver.connections.discard(self)

    def data_received(self, data):
        self.buffer += data
        while not self.transport.is_closing():
            end = self.buffer.find(HEAD_END)
            if end < 0:
                return
            head = self.buffer[:end]
            length = LENGTH.search(head)
            last = end + len(HEAD_END) + (int(length[1]) if length else 0)
            if len(self.buffer) < last:
                return
            body, self.buffer = self.buffer[end + len(HEAD_END) : last], self.buffer[last:]
            self._request(head, body)

    def _request(self, head, body):
        receiver = self.receiver
        mode = receiver.mode
        if mode == "ok" and receiver.refuses_poison and POISON in body:
            mode = "poison"
        receiver.record.add(mode, head, body)
        if mode == "ok" and receiver.latency:
            receiver.loop.call_later(receiver.latency, self._answer, 200)
        elif mode == "ok":
            self._answer(200)
        elif mode == "poison":
            self._answer(422)
        elif mode == "status":
            self._answer(receiver.status, receiver.retry_after)
        elif mode == "reset":
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
            self.transport.abort()
        elif mode == "drip":
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            self._drip()

    def _answer(self, status, retry_after=None):
        if self.transport.is_closing():
            return
        later = b"Retry-After: %d\r\n" % retry_after if retry_after else b""
        self.transport.write(
            b"HTTP/1.1 %d Answer\r\n%sContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            % (status, later)
        )

    def _drip(self):
        if not self.transport.is_closing():
            self.transport.write(b" ")
            self.receiver.loop.call_later(DRIP_SECONDS, self._drip)


class Receiver:
    """The listening socket, its mode and its record."""

    def __init__(self, record, latency, refuses_poison):
        self.loop = asyncio.get_running_loop()
        self.record = record
        self.refuses_poison = refuses_poison
        self.mode = "ok"
        self.latency = latency
        self.status = 500
        self.retry_after = None
        self.connections = set()
        self.port = 0
        self._server = None

    async def listen(self):
        if self._server is None:
            self._server = await self.loop.create_server(
                lambda: Connection(self), "127.0.0.1", self.port, backlog=512
            )
            self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self):
        """As when the other process has ended: nothing listens, connections are gone."""
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self.connections):
            connection.transport.abort()

    async def control(self, change):
        """Apply a change of ``mode``, ``latency``, ``status``, ``retry_after``; answer with what
        arrived. ``since`` asks for the arrivals from that index on."""
        for name in ("latency", "status", "retry_after"):
            if name in change:
                setattr(self, name, change[name])
        self.mode = change.get("mode", self.mode)
        if self.mode == "refuse":
            self.refuse()
        else:
            await self.listen()
        self.record.flush()
        answer = {
            "count": len(self.record.arrivals),
            "verified": self.record.verified,
            "unverified": self.record.unverified[:5],
        }
        if "since" in change:
            answer["arrivals"] = self.record.arrivals[change["since"] :]
        return answer


async def serve(arguments):
    secret = os.environ.get("OPS_RECEIVER_SECRET_IN")
    record = Record(arguments.journal, secret, arguments.verify_each if secret else 0)
    receiver = Receiver(record, arguments.latency, arguments.refuse_poison)
    await receiver.listen()

    async def control(reader, writer):
        while line := await reader.readline():
            answer = await receiver.control(json.loads(line))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    controlled = await asyncio.start_server(control, "127.0.0.1", 0)
    ended = asyncio.Event()
    receiver.loop.add_signal_handler(signal.SIGTERM, ended.set)
    address = {
        "url": f"http://127.0.0.1:{receiver.port}/events",
        "control": controlled.sockets[0].getsockname()[1],
    }
    print(json.dumps(address), flush=True)
    await ended.wait()
    record.flush()


def main():
    parser = argparse.ArgumentParser(prog="python3 -m dev.load.receiver")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds until the answer")
    parser.add_argument("--journal", help="a file that the record is appended to")
    parser.add_argument(
        "--verify-each", type=int, default=50, help="verify one signature of so many"
    )
    parser.add_argument("--refuse-poison", action="store_true")
    asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
