"""Start an Odoo server on a database, know when it answers, and stop it.

Used by ``make run``; the story, the screenshots and tests start theirs the same way.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dev import odoo_cli, paths, ui

CRON_THREADS = 5  # the delivery lanes share them; with Odoo's two a critical event can wait 18 s
START_SECONDS = 180


class Server:
    """A running ``odoo`` process.

    ``options`` come after ours, so they win.
    """

    def __init__(
        self,
        database: str,
        port: int,
        log: Path,
        env: dict[str, str],
        options: Sequence[str] = (),
    ):
        self.database = database
        self.port = port
        self.log = log
        self.url = f"http://127.0.0.1:{port}"
        arguments = odoo_cli.server("-d", database, f"--db-filter=^{database}$")
        arguments += [f"--http-port={port}", f"--max-cron-threads={CRON_THREADS}", "--workers=0"]
        arguments += options
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                arguments,
                env=env,
                cwd=paths.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches only the parent, which then stops the server in order.
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not answers(self.url):
            if self.process.poll() is not None:
                lines = self.log.read_text(errors="replace").splitlines()[-40:]
                raise ui.Failure(
                    f"Odoo ended while starting: {ui.telling_line(lines)}",
                    ui.remedy_for(lines, self.log),
                )
            if time.monotonic() > end:
                self.stop()
                raise ui.Failure(f"Odoo did not answer within {START_SECONDS} s", f"see {self.log}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask the server to end; what of it has not ended then is killed."""
        stop_process(self.process.pid, self.process)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the server and all it started, as when the machine loses power."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def answers(url: str) -> bool:
    """True once the login page of the database is served."""
    try:
        with urllib.request.urlopen(f"{url}/web/login", timeout=60) as response:
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def like_production() -> list[str]:
    """Options of a server whose requests and scheduled actions have processes of their own, as
    odoo.conf sets it; one process answers requests, which nobody sends here."""
    return ["--workers=1", f"--gevent-port={free_port()}"]


@contextmanager
def running(
    database: str,
    env: dict[str, str],
    log_name: str,
    port: int | None = None,
    options: Sequence[str] = (),
) -> Iterator[Server]:
    """A server for the length of a ``with`` block, on any free port unless one is named."""
    server = Server(database, port or free_port(), paths.LOGS / f"{log_name}.log", env, options)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()


def stop_process(pid: int, process: subprocess.Popen | None = None, patience: float = 20) -> None:
    """Ask a process to end, insist after ``patience`` seconds."""

    def alive() -> bool:
        if process:
            return process.poll() is None
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    for signal_, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
        if not alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_)
        end = time.monotonic() + seconds
        while alive() and time.monotonic() < end:
            time.sleep(0.1)
