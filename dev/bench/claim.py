"""Whether claiming depends on how many deliveries were settled before."""

import statistics
import time

from dev import ui
from dev.load import fill
from dev.load.database import endpoint
from dev.load.process import LoadReceiver

from .report import Row
from .scene import THREADS

RATIO_AT_MOST = 1.10
WAITING = 10_000
ENDPOINTS = 4


def run(scene, report) -> None:
    """Median time of a claim in a database without settled deliveries and in one with many."""
    times = measure(scene)
    medians = [statistics.median(values) * 1000 for values in times]
    settled = scene.scale.settled_events * ENDPOINTS
    how = (
        f"median of {len(times[0])} claims in turn with the other, rolled back, "
        "statistics up to date"
    )
    ratio = medians[1] / medians[0]
    report.add(
        Row("claim", "A claim, no settled deliveries", medians[0], "ms", how),
        Row(
            "claim", f"A claim, {settled:,} settled deliveries and attempts", medians[1], "ms", how
        ),
        Row(
            "claim",
            "Ratio of the claims",
            ratio,
            "",
            f"{_waiting(scene):,} deliveries wait in both databases",
            f"≤ {RATIO_AT_MOST}",
            ratio <= RATIO_AT_MOST,
        ),
    )


def measure(scene) -> tuple[list[float], list[float]]:
    """Seconds of each claim, without and with settled deliveries."""
    with (
        scene.database("fresh") as fresh,
        scene.database("aged", shared=False) as aged,
        LoadReceiver() as receiver,
        ui.Step(f"claims beside {scene.scale.settled_events * ENDPOINTS:,} settled") as step,
    ):
        for db, settled in ((fresh, 0), (aged, scene.scale.settled_events)):
            step.far = f"filling in {settled:,} settled events"
            ids = db.run(lambda env: [endpoint(env, receiver).id for _n in range(ENDPOINTS)])
            template = fill.Template(db)
            template.settled(settled, ids)
            template.waiting(_waiting(scene), ids[:1])
            fill.vacuum(db.name)
        step.far = "claiming"
        times = ([], [])
        for number in range(scene.scale.claims + 2):
            for db, taken in zip((fresh, aged), times, strict=True):
                seconds = _claim(db)
                if number >= 2:  # the first ones read pages and fill caches
                    taken.append(seconds)
    return times


def _waiting(scene):
    return min(WAITING, scene.scale.bulk)


def _claim(db):
    """Seconds of one claim, which is then undone."""
    with db.transaction() as env:
        started = time.perf_counter()
        claimed = claim(env)
        seconds = time.perf_counter() - started
        env.cr.rollback()
        env.invalidate_all(flush=False)
    if not claimed:
        raise ui.Failure("nothing was claimed", "the deliveries filled in are not due: see fill.py")
    return seconds


def claim(env):
    """One claim of the dispatcher: the only place here that knows its signature."""
    return env["ops.delivery"]._claim("bulk", THREADS)
