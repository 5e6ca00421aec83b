"""How many events a second leave: to a receiver that takes its time, and to one that does not."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass

from dev import paths, ui
from dev.load import database, fill
from dev.load.process import LoadReceiver

from .report import Row
from .scene import LATENCY, THREADS

DRAIN_SECONDS = 180
SETTLE_SECONDS = 30


def run(scene, report) -> None:
    """Events a second to a receiver that takes 94 ms, as a share of threads ÷ latency."""
    possible = THREADS / LATENCY
    drained = drain(scene, report, "throughput", LATENCY)
    share = drained.rate / possible
    count = f"{scene.scale.drained:,} deliveries of as many records, a server with 5 cron processes"
    report.add(
        Row(
            "throughput",
            "Sent to a receiver that takes 94 ms",
            drained.rate,
            "events/s",
            f"{count}; from the first to the last arrival",
        ),
        Row(
            "throughput",
            "The same, until the last row is settled",
            drained.wall,
            "events/s",
            "from the endpoint's activation to the last row settled in the database",
        ),
        Row(
            "throughput",
            "Share of threads ÷ latency",
            share,
            "",
            f"of {THREADS} ÷ {LATENCY * 1000:g} ms = {possible:.0f} events/s",
            "≥ 0.70 (aim 0.80)",
            share >= 0.70,
        ),
    )


def run_instant(scene, report) -> None:
    """Events a second to a receiver that answers at once, beside a bare ``requests`` loop."""
    drained = drain(scene, report, "instant", 0.0)
    bare = bare_loop(scene.scale.drained, drained.size)
    report.add(
        Row(
            "instant",
            "Sent to a receiver that answers at once",
            drained.rate,
            "events/s",
            f"{scene.scale.drained:,} deliveries, from the first to the last arrival",
        ),
        Row(
            "instant",
            "A bare requests loop to the same receiver",
            bare,
            "requests/s",
            f"{THREADS} threads with a Session each in one process; same headers, "
            f"{drained.size} bytes each",
        ),
        Row(
            "instant",
            "Ratio to the bare loop",
            drained.rate / bare,
            "",
            "same run, same receiver program",
            "≥ 0.5 (aim > 1)",
            drained.rate / bare >= 0.5,
        ),
    )


@dataclass(frozen=True)
class Drained:
    """Events a second at the receiver, the same until all was settled, and a body's bytes."""

    rate: float
    wall: float
    size: int


def drain(scene, report, part: str, latency: float) -> Drained:
    """Deliver what waits, on a server that is activated when all of it waits."""
    count = scene.scale.drained
    with (
        scene.database(part) as db,
        LoadReceiver("--latency", str(latency)) as receiver,
        ui.Step(f"draining {count:,} deliveries, {latency * 1000:g} ms an answer") as step,
    ):
        endpoint_id = db.run(lambda env: database.endpoint(env, receiver).id)
        template = fill.Template(db)
        template.waiting(count, [endpoint_id])
        fill.vacuum(db.name)
        db.run(lambda env: env["ops.endpoint"].browse(endpoint_id).action_pause())
        with scene.server(part, db):
            started = time.monotonic()
            db.run(lambda env: env["ops.endpoint"].browse(endpoint_id).action_activate())
            complete = receiver.wait_for(
                count, DRAIN_SECONDS, lambda text: setattr(step, "far", text)
            )
            wait_until_settled(db)
            wall = time.monotonic() - started
        arrivals = receiver.arrivals()
        state = receiver.control()
    distinct = len({webhook_id for _at, webhook_id in arrivals})
    if not complete or len(arrivals) != distinct or state["unverified"]:
        report.note(
            f"{part}: {distinct} of {count} arrived within {DRAIN_SECONDS} s, "
            f"{len(arrivals) - distinct} repeated, bad signatures: {len(state['unverified'])}"
        )
    if distinct < 2:
        raise ui.Failure("nothing was delivered", "see .local/log/bench-*.log")
    rate = (distinct - 1) / (arrivals[-1][0] - arrivals[0][0])
    return Drained(rate, distinct / wall, template.size)


def wait_until_settled(db, seconds: float = SETTLE_SECONDS) -> bool:
    """Wait until no delivery is on its way; False when the time is up before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with db.transaction() as env:
            env.cr.execute(
                """SELECT 1 FROM ops_delivery d JOIN ops_endpoint e ON e.id = d.endpoint_id
                    WHERE e.state = 'active' AND d.state NOT IN ('delivered', 'dead', 'skipped')
                    LIMIT 1"""
            )
            if not env.cr.fetchone():
                return True
        time.sleep(0.05)
    return False


def bare_loop(count: int, size: int) -> float:
    """Requests a second of ``requests`` with the same concurrency, in a process of its own."""
    program = [sys.executable, "-m", "dev.bench.bare_requests"]
    with LoadReceiver() as receiver, ui.Step(f"{count:,} bare requests") as step:
        answer = subprocess.run(
            [*program, receiver.url, str(count), str(THREADS), str(size)],
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            timeout=DRAIN_SECONDS,
        )
        if answer.returncode:
            raise ui.Failure(f"the bare loop ended with {answer.stderr[-300:]}", "see above")
        arrivals = receiver.arrivals()
        step.outcome = json.loads(answer.stdout)["answer"]
    return (len(arrivals) - 1) / (arrivals[-1][0] - arrivals[0][0])
