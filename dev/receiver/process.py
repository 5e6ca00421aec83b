"""Starts the receiver as a process of its own and talks to it; for the story and tests."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from . import standard_webhooks

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 10
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ReceiverProcess:
    """A running receiver with fresh secrets; a context manager.

    ``secret_in`` and ``secret_out`` are the receiver's: what an ``ops.endpoint`` calls
    ``secret_out`` and ``secret_in``.
    """

    def __init__(self, *arguments, start_seconds=START_SECONDS):
        self.secret_in = standard_webhooks.new_secret()
        self.secret_out = standard_webhooks.new_secret()
        # A file rather than a pipe: nobody has to read it for the receiver to go on.
        self._output = tempfile.NamedTemporaryFile(prefix="ops-receiver-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dev.receiver", *arguments],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "OPS_RECEIVER_SECRET_IN": self.secret_in,
                "OPS_RECEIVER_SECRET_OUT": self.secret_out,
            },
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self.url = self._wait_for_first_line(start_seconds)["url"]

    def _wait_for_first_line(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            output = self.output()
            if output.startswith("{") and "\n" in output:
                return json.loads(output.splitlines()[0])
            time.sleep(0.02)
        output = self.output()
        self.stop()
        raise RuntimeError(f"the receiver did not start: {output}")

    def output(self):
        """Return what the receiver has printed so far."""
        return Path(self._output.name).read_text(encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()

    def control(self, **change):
        """Change fail mode, times, callback address or suppliers of the running receiver."""
        self._call("/_control", json.dumps(change).encode())

    def log(self):
        """Return what was received and called back so far."""
        return self._call("/_log")

    def stop(self):
        """End the process; harmless when it already ended."""
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def _call(self, path, body=None):
        request = urllib.request.Request(
            self.url + path, body, {"content-type": "application/json"}
        )
        with _OPENER.open(request, timeout=10) as response:
            return json.load(response)
