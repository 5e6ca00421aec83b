"""From a commit to its event's arrival, in the critical lane, while bulk deliveries wait."""

import math
import statistics
import time

from dev import ui
from dev.load import fill
from dev.load.database import BELOW_CRITICAL, endpoint, level_data, wake
from dev.load.process import LoadReceiver

from .report import Row
from .scene import LATENCY

P95_SECONDS = 1.0
STARTED_SECONDS = 30
LAST_SECONDS = 30


def run(scene, report) -> None:
    """p50, p95 and the longest time from commit to arrival."""
    times, lost = measure(scene)
    for problem in lost:
        report.note(problem)
    how = (
        f"{len(times)} critical events, one every {scene.scale.critical_gap:g} s, to the same "
        f"receiver that {scene.scale.bulk:,} bulk deliveries wait for (94 ms an answer); a foreign "
        f"scheduled action of {scene.scale.foreign_seconds} s runs; from COMMIT to the request's "
        "last byte"
    )
    p95 = percentile(times, 0.95)
    report.add(
        Row("latency", "Commit → received, critical lane: p50", statistics.median(times), "s", how),
        Row(
            "latency",
            "Commit → received, critical lane: p95",
            p95,
            "s",
            "",
            f"< {P95_SECONDS:g} s",
            p95 < P95_SECONDS and not lost,
        ),
        Row("latency", "Commit → received, critical lane: longest", max(times), "s", ""),
    )


def percentile(values: list[float], share: float) -> float:
    """The smallest value that ``share`` of all values do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def measure(scene) -> tuple[list[float], list[str]]:
    """Seconds of each critical event, and what went wrong."""
    scale = scene.scale
    with (
        scene.database("latency") as db,
        LoadReceiver("--latency", str(LATENCY)) as receiver,
        ui.Step(f"critical events beside {scale.bulk:,} bulk deliveries") as step,
    ):
        step.far = "filling in the bulk deliveries"
        endpoint_id = db.run(lambda env: endpoint(env, receiver).id)
        fill.Template(db).waiting(scale.bulk, [endpoint_id])
        fill.vacuum(db.name)
        cron_id = db.run(lambda env: _foreign_cron(env, scale.foreign_seconds))
        with scene.server("latency", db):
            db.run(lambda env: wake(env, "bulk"))
            receiver.wait_for(1, STARTED_SECONDS)
            db.run(lambda env: env["ir.cron"].browse(cron_id)._trigger())
            _wait_until_running(db)
            committed = {}
            for number in range(scale.criticals):
                step.far = f"critical event {number + 1} of {scale.criticals}"
                time.sleep(scale.critical_gap)
                committed.update([_emit(db, number)])
            arrived = _arrivals(receiver, committed)
            left = _bulk_left(db)
    problems = []
    if len(arrived) < len(committed):
        problems.append(f"latency: {len(committed) - len(arrived)} critical events did not arrive")
    if not left:
        problems.append("latency: the bulk deliveries ran out before the measurement's end")
    if not arrived:
        raise ui.Failure("no critical event arrived", "see .local/log/bench-latency.log")
    return [arrived[uuid] - committed[uuid] for uuid in arrived], problems


def _foreign_cron(env, seconds):
    """Somebody else's scheduled action, which takes long. Its code may not import ``time``."""
    values = {
        "name": "Benchmark: a foreign action that takes long",
        "model_id": env.ref("base.model_res_partner").id,
        "state": "code",
        "code": f"env.cr.execute('SELECT pg_sleep({seconds})')",
        "interval_number": 1,
        "interval_type": "days",
        "priority": 0,
    }
    return env["ir.cron"].create(values).id


def _wait_until_running(db):
    end = time.monotonic() + STARTED_SECONDS
    running = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        " AND query LIKE 'SELECT pg_sleep(%%'"
    )
    while time.monotonic() < end:
        with db.transaction() as env:
            env.cr.execute(running)
            if env.cr.fetchone():
                return
        time.sleep(0.1)
    raise ui.Failure(
        "the foreign scheduled action did not start", "see .local/log/bench-latency.log"
    )


def _emit(db, number):
    """Emit one critical event; return its uuid and when its COMMIT was done (Unix time)."""
    with db.transaction() as env:
        items = env["ops.supply.item"].search([], limit=100)
        item = items[number % len(items)]
        uuid = env["ops.event"].emit(BELOW_CRITICAL, item, level_data(item)).uuid
        done = []
        # The first thing after COMMIT, before the dispatcher is notified.
        env.cr.postcommit._funcs.appendleft(lambda: done.append(time.time()))
    return uuid, done[0]


def _arrivals(receiver, committed):
    """When each of the committed events arrived first."""
    end = time.monotonic() + LAST_SECONDS
    while True:
        arrived = {}
        for at, uuid in receiver.arrivals():
            if uuid in committed:
                arrived.setdefault(uuid, at)
        if len(arrived) == len(committed) or time.monotonic() > end:
            return arrived
        time.sleep(0.2)


def _bulk_left(db):
    with db.transaction() as env:
        env.cr.execute(
            "SELECT count(*) FROM ops_delivery WHERE lane = 'bulk' AND state <> 'delivered'"
        )
        return env.cr.fetchone()[0]
