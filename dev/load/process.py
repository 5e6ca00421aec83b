"""The receiver of :mod:`dev.load.receiver` as a process of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable

from dev import paths, server, ui
from dev.receiver.standard_webhooks import new_secret

POLL_SECONDS = 0.05


class LoadReceiver:
    """A running receiver; a context manager.

    ``secret`` is what the ``ops.endpoint`` signs with; the receiver verifies a sample.
    """

    def __init__(self, *arguments: str):
        self.secret = new_secret()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dev.load.receiver", *arguments],
            cwd=paths.ROOT,
            env={**os.environ, "OPS_RECEIVER_SECRET_IN": self.secret},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = self._process.stdout.readline()
        if not line:
            raise ui.Failure("the receiver did not start", "see the lines above")
        address = json.loads(line)
        self.url = address["url"]
        self._control = socket.create_connection(("127.0.0.1", address["control"]), timeout=60)
        self._answers = self._control.makefile("r", encoding="utf-8")

    def __enter__(self) -> "LoadReceiver":
        return self

    def __exit__(self, *_exception) -> None:
        self.stop()

    def control(self, **change) -> dict:
        """Change mode, latency, status or retry_after; return what has arrived so far."""
        self._control.sendall(json.dumps(change).encode() + b"\n")
        return json.loads(self._answers.readline())

    def count(self) -> int:
        return self.control()["count"]

    def arrivals(self, since: int = 0) -> list[tuple[float, str]]:
        """(Unix time, webhook-id) of each request, in the order of arrival."""
        return [(at, webhook_id) for at, webhook_id in self.control(since=since)["arrivals"]]

    def wait_for(
        self, count: int, seconds: float, far: Callable[[str], None] | None = None
    ) -> bool:
        """Wait until ``count`` requests have arrived; False when the time is up before."""
        end = time.monotonic() + seconds
        while (arrived := self.count()) < count:
            if far:
                far(f"{arrived} of {count} received")
            if time.monotonic() > end:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def stop(self) -> None:
        self._answers.close()
        self._control.close()
        server.stop_process(self._process.pid, self._process, patience=5)
        self._process.stdout.close()
