"""``make stop`` and ``make clean``: end what this clone started, remove what it made."""

import os
import shutil
import subprocess

from dev import paths, postgres, server, stamps, ui
from dev.n8n import processes
from dev.run import PID_FILE


def main(_arguments: list[str]) -> int:
    stopped = processes.stop()
    stopped = _stop_server() or stopped
    if paths.PYTHON.exists() and not postgres.named_by_user():
        stopped = postgres.stop() or stopped
    if not stopped:
        ui.say("nothing of this clone is running")
    return 0


def clean(arguments: list[str]) -> int:
    """Databases on a server the user named are theirs and stay."""
    main(arguments)
    if not paths.LOCAL.exists():
        return 0
    with ui.Step("removing .local"):
        shutil.rmtree(paths.LOCAL)
    return 0


def _stop_server() -> bool:
    noted = stamps.read(PID_FILE)
    if not noted:
        return False
    pid = int(noted.split()[0])
    stopped = _is_our_server(pid)
    if stopped:
        with ui.Step("stopping Odoo"):
            server.stop_process(pid)
    stamps.forget(PID_FILE)
    return stopped


def _is_our_server(pid: int) -> bool:
    """Process ids are used again: the command line must be that of this clone's server."""
    answer = subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "10000"},
    )
    return str(paths.PYTHON) in answer.stdout and " odoo " in answer.stdout
