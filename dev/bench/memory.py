"""Whether the dispatcher's memory depends on how much waits."""

import re
import time
from pathlib import Path

from dev import ui
from dev.load import fill
from dev.load.database import endpoint, wake
from dev.load.process import LoadReceiver

from .report import Row
from .scene import LATENCY
from .throughput import wait_until_settled

RATIO_AT_MOST = 1.10


def run(scene, report) -> None:
    """Peak resident memory of the process that delivers, with few and with many waiting."""
    few, many = measure(scene)
    how = (
        "peak resident memory of the server's largest process for scheduled actions, over "
        f"{scene.scale.watch_seconds:g} s of delivering (VmHWM, reset before)"
    )
    report.add(
        Row("memory", f"Dispatcher's memory, {scene.scale.few:,} waiting", few / 1024, "MiB", how),
        Row(
            "memory", f"Dispatcher's memory, {scene.scale.many:,} waiting", many / 1024, "MiB", how
        ),
        Row(
            "memory",
            "Ratio of the memories",
            many / few,
            "",
            "the same processes, few first",
            f"≤ {RATIO_AT_MOST}",
            many / few <= RATIO_AT_MOST,
        ),
    )


def measure(scene) -> tuple[int, int]:
    """KiB at the peak with few waiting, and with many."""
    scale = scene.scale
    with (
        scene.database("memory") as db,
        LoadReceiver("--latency", str(LATENCY)) as receiver,
        ui.Step(f"memory with {scale.few:,} and with {scale.many:,} waiting") as step,
    ):
        endpoint_id = db.run(lambda env: endpoint(env, receiver).id)
        template = fill.Template(db)
        with scene.server("memory", db) as server:
            # Once through everything, so that what stays in memory is there before.
            _add(db, template, scale.few, endpoint_id)
            wait_until_settled(db)
            step.far = f"{scale.few:,} waiting"
            few = _peak(db, server, template, scale.few, endpoint_id, scale.watch_seconds)
            wait_until_settled(db)
            step.far = f"{scale.many:,} waiting"
            many = _peak(db, server, template, scale.many, endpoint_id, scale.watch_seconds)
    return few, many


def _add(db, template, count, endpoint_id):
    template.waiting(count, [endpoint_id])
    fill.vacuum(db.name)
    db.run(lambda env: wake(env, "bulk"))


def _peak(db, server, template, count, endpoint_id, seconds):
    """Fill in deliveries on a paused endpoint, then let go and watch."""
    db.run(lambda env: env["ops.endpoint"].browse(endpoint_id).action_pause())
    _add(db, template, count, endpoint_id)
    processes = _cron_processes(server.process.pid)
    for pid in processes:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from here
    db.run(lambda env: env["ops.endpoint"].browse(endpoint_id).action_activate())
    time.sleep(seconds)
    # One that has ended meanwhile, as Odoo renews its processes, has no figure any more.
    return max(_status(pid, "VmHWM") for pid in processes if Path(f"/proc/{pid}").exists())


def _cron_processes(master):
    """The children of a server that run scheduled actions: those at Odoo's lower priority."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    ordinary = _nice(master)
    crons = [int(pid) for pid in children if _nice(pid) > ordinary]
    if not crons:
        raise ui.Failure("the server has no process for scheduled actions", "see its log")
    return crons


def _nice(pid):
    """The priority of a process; 0, the ordinary one, when it has ended meanwhile."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(stat.rpartition(")")[2].split()[16])


def _status(pid, name):
    """A figure of /proc/<pid>/status, in KiB."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(found[1])
