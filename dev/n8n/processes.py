"""What ``make stop`` has to know of a running ``make n8n``."""

import subprocess

from dev import paths, server, stamps, ui

PID_FILE = "n8n.pid"  # n8n's process and the stand-in's
OURS = (str(paths.LOCAL / "n8n"), "dev.n8n.suppliers")


def database_name() -> str:
    """n8n's own database, beside Odoo's."""
    return f"ops_{paths.clone_id()}_n8n"


def stop() -> bool:
    """End n8n and the stand-in; False if none of them was running."""
    noted = stamps.read(PID_FILE)
    if not noted:
        return False
    # Forgotten first: who waits for n8n sees by it that its end was wanted.
    stamps.forget(PID_FILE)
    running = [int(pid) for pid in noted.split() if _is_ours(int(pid))]
    if running:
        with ui.Step("stopping n8n"):
            for pid in running:
                server.stop_process(pid)
    return bool(running)


def _is_ours(pid: int) -> bool:
    """Process ids are used again: the command line must be that of what was started here."""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    line = subprocess.run(command, capture_output=True, text=True).stdout
    return any(part in line for part in OURS)
