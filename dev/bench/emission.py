"""What an emission costs the business transaction: queries, and time until it is committed."""

import statistics
import time

from odoo.tools import SQL

from dev import ui
from dev.load.database import BELOW_CRITICAL, endpoint, level_data
from dev.load.process import LoadReceiver

from .report import Row

QUERIES_AT_MOST = 6
RATIO_AT_MOST = 1.2
GAP_SECONDS = 0.02  # between commits: a person's work, not a flood


def run(scene, report) -> None:
    """Extra queries for one and for a hundred records; commits beside three receivers."""
    with scene.database("emission") as db:
        for count in (1, 100):
            extra = extra_queries(db, count)
            report.add(
                Row(
                    "emission",
                    f"Extra queries of a transaction, {count} record{'s' * (count > 1)}",
                    extra,
                    "queries",
                    "the same write on supply items and its commit, with and without the "
                    "emission; an endpoint subscribes",
                    f"≤ {QUERIES_AT_MOST}",
                    extra <= QUERIES_AT_MOST,
                )
            )
        report.add(*commit_times(scene, db))


def extra_queries(db, count: int) -> int:
    """Queries a commit has more when the records written also have an event each."""
    with LoadReceiver() as receiver:
        made = db.run(lambda env: endpoint(env, receiver))
        endpoint_id = made.id
        counted = {}
        for emitting in (False, True):
            for _warm in range(3):  # the first times fill caches that a server has filled
                counted[emitting] = _queries_of(db, count, emitting)
        db.run(lambda env: env["ops.endpoint"].browse(endpoint_id).action_disable())
    return counted[True] - counted[False]


def _queries_of(db, count, emitting):
    with db.transaction() as env:
        items = env["ops.supply.item"].search([], limit=count)
        started = env.cr.sql_log_count
        _business(items, emitting)
        env.flush_all()
        env.cr.flush()  # runs the steps before the commit, sealing among them
        return env.cr.sql_log_count - started


def _business(items, emitting):
    """A write on each record and the event of it.

    Either way the records were read before, as a form or an adapter has done when it writes.
    """
    items.read(["display_name", "company_id", "site_id"])
    for item in items:
        item.par_level = item.par_level + 1
    if emitting:
        items.env["ops.event"].emit(BELOW_CRITICAL, items, level_data)


def commit_times(scene, db) -> list[Row]:
    """Medians of one record's transaction while a receiver answers, hangs, or is not there.

    The three take turns, so that what else the machine does falls on all of them.
    """
    seconds = {"none": [], "answers": [], "hangs": []}
    with (
        LoadReceiver() as answering,
        LoadReceiver() as hanging,
        ui.Step("commits beside a receiver that answers, one that hangs, and none"),
    ):
        hanging.control(mode="hang")
        ids = db.run(
            lambda env: {
                "answers": endpoint(env, answering, name="Answers", state="paused").id,
                "hangs": endpoint(env, hanging, name="Hangs", state="paused").id,
            }
        )
        with scene.server("emission", db):
            for _round in range(scene.scale.rounds):
                for kind, times in seconds.items():
                    db.run(lambda env, kind=kind: _only(env, ids, ids.get(kind)))
                    # The dispatcher is at work on this receiver before anything is timed.
                    _commits(db, 3)
                    times += _commits(db, scene.scale.commits)
    medians = {kind: statistics.median(times) * 1000 for kind, times in seconds.items()}
    ratio = medians["hangs"] / medians["answers"]
    how = (
        f"write, emission and commit of one record, {len(seconds['none'])} of each kind in turn, "
        "while a server delivers; median"
    )
    titles = {
        "none": "no receiver",
        "answers": "a receiver that answers",
        "hangs": "one that hangs",
    }
    return [
        *(
            Row("emission", f"Transaction with {title}", medians[kind], "ms", how)
            for kind, title in titles.items()
        ),
        Row(
            "emission",
            "Hanging ÷ answering receiver",
            ratio,
            "",
            "ratio of the medians",
            f"≤ {RATIO_AT_MOST}",
            ratio <= RATIO_AT_MOST,
        ),
    ]


def _only(env, ids, chosen):
    """Only the chosen endpoint subscribes; what waits for the others is skipped."""
    for endpoint_id in ids.values():
        state = "active" if endpoint_id == chosen else "disabled"
        env["ops.endpoint"].browse(endpoint_id).state = state


def _commits(db, count):
    with db.transaction() as env:
        env.cr.execute(SQL("SELECT id FROM ops_supply_item ORDER BY id LIMIT 500"))
        item_ids = [item_id for (item_id,) in env.cr.fetchall()]
    times = []
    for number in range(count):
        time.sleep(GAP_SECONDS)
        started = time.perf_counter()
        with db.transaction() as env:
            item = env["ops.supply.item"].browse(item_ids[number % len(item_ids)])
            _business(item, emitting=True)
        times.append(time.perf_counter() - started)
    return times
