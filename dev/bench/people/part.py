"""The part ``people`` of the benchmark: its scene, what is timed, and its rows."""

import json
import math
import statistics
import time
from dataclasses import dataclass

from odoo import SUPERUSER_ID, api
from odoo.tools.json import json_default

from dev import postgres, ui

from ..report import Row
from .copies import TABLES
from .crowd import Crowd

PAGE = 80
PAGE_MS_AT_MOST = 300
COUNT_MS_AT_MOST = 30
HANDOVER_SECONDS_AT_MOST = 5.0


def run(scene, report) -> None:
    """What a person with a long backlog waits for, and what it takes to take one over."""
    scale = scene.scale
    waiting = scale.orders * scale.backlog_times
    with scene.database("people") as db:
        with ui.Step(
            f"{waiting:,} requests wait for one, {scale.handed_over:,} for another"
        ) as step:
            with db.transaction() as env:
                crowd = Crowd(env)
                step.far = "submitting"
                busy = crowd.waiting("Backlog", scale.orders, scale.backlog_times)
                leaving = crowd.waiting("Leaving", scale.handed_over)
            for table in TABLES:
                postgres.psql(f"VACUUM (ANALYZE) {table}", db.name)
        report.add(*looks(db, busy, busy.approver, "", waiting, scale.looks))
        db.run(busy.stand_in)
        report.add(*looks(db, busy, busy.successor, ", standing in", waiting, scale.looks))
        report.add(*handovers(db, leaving, scale.handed_over, scale.handovers))


@dataclass(frozen=True)
class Taken:
    """What one request to the server took, and what it answered."""

    seconds: float
    queries: int
    answer: object


def looks(db, people, user_id: int, how_asked: str, waiting: int, times: int):
    """Rows of the first page and of the counter, in turn; the first of each fills caches that a
    server has filled."""
    pages, counts = [], []
    for _look in range(times + 1):
        pages.append(request(db, people, user_id, _first_page))
        counts.append(request(db, people, user_id, _count))
    counted = counts[0].answer["total"], pages[0].answer["total"]
    if counted != (waiting, waiting):
        raise ui.Failure(f"{waiting} wait, and {counted} were counted", "see ops_my_approvals")
    how = f"p95 of {times} requests, in turn with the others, the answer as JSON included"
    yield _late(
        f"First page of My approvals, {waiting:,} wait{how_asked}", pages[1:], PAGE_MS_AT_MOST, how
    )
    yield _late(f"Counter of My approvals{how_asked}", counts[1:], COUNT_MS_AT_MOST, how)


def _first_page(env):
    return env["res.users"].ops_my_approvals(offset=0, limit=PAGE)


def _count(env):
    return env["res.users"].ops_my_approvals_count()


def request(db, people, user_id: int, work) -> Taken:
    """One request of a user, as a server answers it, rolled back afterwards."""
    with db.registry.cursor() as cr:
        env = people.env_of(api.Environment(cr, SUPERUSER_ID, {}), user_id)
        queries, started = cr.sql_log_count, time.perf_counter()
        answer = work(env)
        json.dumps(answer, default=json_default)
        env.flush_all()
        cr.flush()  # runs the steps before the commit
        taken = Taken(time.perf_counter() - started, cr.sql_log_count - queries, answer)
        cr.rollback()
    return taken


def _late(what, taken, at_most, how):
    """The row of the 95th percentile; the median stands beside it."""
    times = sorted(each.seconds * 1000 for each in taken)
    late = times[math.ceil(len(times) * 0.95) - 1]
    queries = max(each.queries for each in taken)
    return Row(
        "people",
        what,
        late,
        "ms",
        f"{how}; median {statistics.median(times):.1f} ms, {queries} queries",
        f"< {at_most} ms",
        late < at_most,
    )


def handovers(db, people, seats: int, times: int):
    """Rows of handing all over; each time it is undone, so that each finds the same."""

    def hand_over(env):
        made = env["ops.approval.handover"].create(
            {"user_id": people.approver, "successor_id": people.successor}
        )
        made.action_hand_over()
        env.flush_all()
        env.cr.flush()
        return [_open_seats(env, user) for user in (people.approver, people.successor)]

    taken = [request(db, people, people.manager, hand_over) for _time in range(times + 1)][1:]
    if any(each.answer != [0, seats] for each in taken):
        raise ui.Failure(
            f"of {seats} seats {taken[0].answer[0]} stay and {taken[0].answer[1]} go",
            "see what the hand-over says of each",
        )
    seconds = statistics.median(each.seconds for each in taken)
    queries = statistics.median(each.queries for each in taken)
    yield Row(
        "people",
        f"Hand over {seats:,} open seats",
        seconds,
        "s",
        "to one successor, by a manager, up to the COMMIT with the steps before it; median of "
        f"{times}",
        f"< {HANDOVER_SECONDS_AT_MOST:g} s",
        seconds < HANDOVER_SECONDS_AT_MOST,
    )
    yield Row(
        "people",
        "Queries of that",
        queries,
        "queries",
        f"{queries / seats:.2f} for each seat",
    )


def _open_seats(env, user_id):
    # sudo: counted by whoever hands over, who need not be asked about the requests
    seats = env["ops.approval.assignment"].sudo()
    return seats.search_count([("user_id", "=", user_id), ("state", "=", "open")])
