"""HTTP/1.1 by hand: requests that no client library would send, and their answers."""

import re
import socket
import time
from dataclasses import dataclass, field

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TIMEOUT_SECONDS = 90  # Odoo waits up to 30 s in all before it gives up on a conflict


@dataclass(frozen=True)
class Call:
    """A request, byte by byte.

    ``body`` is what the server should take for the body: what the signature was made for, unless
    that is wrong on purpose; None when the transfer itself is broken.
    """

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    payload: bytes
    body: bytes | None
    # The sender stops sending after the payload; else a body announced as longer is waited for.
    half_close: bool = False

    def bytes(self) -> bytes:
        lines = [b"%s %s HTTP/1.1" % (self.method, self.target)]
        lines += [b"%s: %s" % header for header in self.headers]
        return b"\r\n".join([*lines, b"", self.payload])

    def header(self, name: bytes) -> str | None:
        """A header as a server sees it: repeated ones are joined with commas."""
        found = [value.strip(b" \t") for key, value in self.headers if key.lower() == name]
        return b",".join(found).decode("latin-1") if found else None


@dataclass
class Answer:
    """What came back; ``status`` 0 and ``trouble`` when that was no answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    trouble: str = ""
    seconds: float = 0.0

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


def send(port: int, call: Call) -> Answer:
    """Send a request on a connection of its own (Odoo closes each) and read the whole answer."""
    started = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
            connection.sendall(call.bytes())
            if call.half_close:
                connection.shutdown(socket.SHUT_WR)
            received = _all_of(connection, call.method == b"HEAD")
    except OSError as error:
        return Answer(trouble=f"{type(error).__name__}: {error}")
    answer = _parsed(received)
    answer.seconds = time.monotonic() - started
    return answer


def _all_of(connection, without_body) -> bytes:
    """What is received, up to the end that the answer itself announces.

    Not up to the end of the connection: Odoo first waits for the rest of what is sent.
    """
    received, end = b"", None
    while end is None or len(received) < end:
        part = connection.recv(65536)
        if not part:
            break
        received += part
        while received.startswith(CONTINUE):  # Odoo says it twice
            received = received[len(CONTINUE) :]
        head, blank, _body = received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if blank and (length or without_body):
            end = len(head) + 4 + (0 if without_body else int(length[1]))
    return received


def _parsed(received: bytes) -> Answer:
    head, blank, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if not blank or len(words) < 2 or not words[1].isdigit():
        return Answer(trouble=f"no HTTP answer: {received[:80]!r}")
    headers = {}
    for line in lines[1:]:
        name, _colon, value = line.partition(":")
        if name.lower() in headers and name.lower() != "set-cookie":
            return Answer(trouble=f"the header {name} twice")
        headers[name.lower()] = value.strip()
    return Answer(int(words[1]), headers, body)


def chunked(body: bytes, size: int) -> bytes:
    """A body in chunks of a size."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
