"""What ``make stop`` has to know of a running ``make n8n``."""

import subprocess

from dev import paths, server, stamps, ui

PID_FILE = "n8n.pid"  # of make n8n, n8n and the stand-in
OURS = (str(paths.LOCAL / "n8n"), "-m dev.n8n")
PATIENCE_SECONDS = 60  # make n8n pauses the endpoint and ends what it started


def database_name() -> str:
    """n8n's own database, beside Odoo's."""
    return f"ops_{paths.clone_id()}_n8n"


def stop() -> bool:
    """End make n8n in order, then what of it is left; False if nothing was running."""
    noted = stamps.read(PID_FILE)
    if not noted:
        return False
    running = [int(pid) for pid in noted.split() if _is_ours(int(pid))]
    if running:
        with ui.Step("stopping n8n"):
            for pid in running:
                server.stop_process(pid, patience=PATIENCE_SECONDS)
    stamps.forget(PID_FILE)
    return bool(running)


def _is_ours(pid: int) -> bool:
    """Process ids are used again: the command line must be that of what was started here."""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    line = subprocess.run(command, capture_output=True, text=True).stdout
    return any(part in line for part in OURS)
