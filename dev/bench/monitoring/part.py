"""The part ``monitoring`` of the benchmark: what is timed, and its rows."""

import json
import statistics
import time
import urllib.request
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.tools.json import json_default

from dev import postgres, ui

from ..report import Row
from .live import first_picture, lag, late
from .past import RECORDS, STEPS, TABLES, fresh_events, make

PART = "monitoring"
SCRAPE_MS_AT_MOST = 200
# Period of a page -> seconds at the server.
PAGE_SECONDS_AT_MOST = {"30d": 1.0, "all": 5.0}
EVENTS_A_SECOND_AT_LEAST = 2_000


def run(scene, report) -> None:
    """What a page of figures, a scrape and the process log cost after five years."""
    scale = scene.scale
    with scene.database(PART, shared=False) as db:
        with ui.Step(f"{scale.cases * STEPS:,} steps of {scale.cases:,} cases") as step:
            with db.transaction() as env:
                step.far = "making them"
                past = make(
                    env, scale.cases, scale.old_approvals, scale.old_deliveries, scale.places
                )
            for table in TABLES:
                postgres.psql(f"VACUUM (ANALYZE) {table}", db.name)
        report.add(*pages(db, past, scale.page_looks))
        report.add(*alternative(db, past))
        report.add(*projected(db, past, scale.fresh_records))
        with scene.server(PART, db) as server:
            report.add(scrapes(server, db, scale))
            report.add(lag(db, scale.followed))
            if not scene.quick:
                report.add(first_picture(server, db, past, scale.visits))


# -- pages --------------------------------------------------------------------------------


def _reader(cr, past):
    context = {"allowed_company_ids": [past.company], "lang": "en_US", "tz": "Europe/Berlin"}
    return api.Environment(cr, SUPERUSER_ID, {})(user=past.manager, su=False, context=context)


def _asked(db, past, work):
    """Seconds of one request of a reader, its answer as JSON included."""
    with db.registry.cursor() as cr:
        env = _reader(cr, past)
        started = time.perf_counter()
        answer = work(env)
        json.dumps(answer, default=json_default)
        seconds = time.perf_counter() - started
        cr.rollback()
    return seconds, answer


def pages(db, past, times):
    """Rows of each dashboard and period: everything that the page asks the server for."""
    with db.registry.cursor() as cr:
        dashboards = _reader(cr, past)["ops.dashboard"]
        found = [(each.code, each.name) for each in dashboards._readable()]
    for period, at_most in PAGE_SECONDS_AT_MOST.items():
        for code, name in found:

            def look(env, code=code, period=period):
                return _page(env["ops.dashboard"], code, {"period": period})

            taken = [_asked(db, past, look) for _time in range(times + 1)][1:]
            failed = [key for key, tile in taken[0][1].items() if tile.get("status") == "error"]
            if failed:
                raise ui.Failure(f"{name}: {', '.join(failed)} cannot be worked out", "see the log")
            yield _late(
                f"Dashboard “{name}”, {'30 days' if period == '30d' else 'all time'}",
                [seconds for seconds, _answer in taken],
                "s",
                at_most,
                f"p95 of {times} requests, all tiles at the server, the answer as JSON included",
            )


def _page(dashboards, code, params):
    described = dashboards.describe(code, params)
    tiles = [tile["code"] for section in described["sections"] for tile in section["tiles"]]
    return dashboards.load(code, tiles, params)["tiles"]


def _late(what, times, unit, at_most, how):
    """The row of the 95th percentile; the median stands beside it."""
    value, digits = late(times), 1 if unit == "ms" else 3
    how = f"{how}; median {statistics.median(times):.{digits}f} {unit}"
    return Row(PART, what, value, unit, how, f"< {at_most:g} {unit}", value < at_most)


# -- the alternative ----------------------------------------------------------------------


def alternative(db, past):
    """Rows of one figure, from the process log and from the events with Odoo's own means.

    The median cycle time of the cases of one process that ended within 30 days: what a module
    would do that has no process log.
    """
    process_id, _milestones, _types, codes = past.processes[0]
    since = fields.Datetime.now() - timedelta(days=30)

    def by_kpi(env):
        cases = env["ops.case"]
        kpi = env["ops.kpi"].new(
            {
                "kind": "percentile",
                "percentile": 0.5,
                "model_name": "ops.case",
                "domain": "[('state', '=', 'closed')]",
                "value_field": "wall_seconds",
                "period_field": "closed_at",
                "company_field": "company_id",
                "site_field": "site_id",
                "process_field": "process_id",
            }
        )
        domain = [
            *kpi._literal("domain"),
            ("company_id", "=", past.company),
            ("process_id", "=", process_id),
            ("closed_at", ">=", since),
            ("res_id", "<=", RECORDS + 10_000_000),
        ]
        n, value, _hits = kpi._aggregate(fields.Domain(domain), None)
        return n, value, cases._name

    def by_events(env):
        events = env["ops.event"]
        ended = events.search(
            [
                ("type_code", "=", codes[-1]),
                ("occurred_at", ">=", since),
                ("company_id", "=", past.company),
                ("res_id", "<=", RECORDS + 10_000_000),
            ]
        )
        seconds = []
        groups = events._read_group(
            [("type_code", "in", codes), ("record_key", "in", ended.mapped("record_key"))],
            ["record_key"],
            ["occurred_at:min", "occurred_at:max"],
        )
        for _key, first, last in groups:
            seconds.append((last - first).total_seconds())
        return len(seconds), statistics.median(seconds) if seconds else None, events._name

    ours = [_asked(db, past, by_kpi) for _time in range(6)][1:]
    theirs = [_asked(db, past, by_events) for _time in range(4)][1:]
    _check_same(ours[0][1], theirs[0][1])
    fast = statistics.median(seconds for seconds, _answer in ours)
    slow = statistics.median(seconds for seconds, _answer in theirs)
    yield Row(
        PART,
        "Median cycle time from the events, by Odoo's search and _read_group",
        slow,
        "s",
        f"of {theirs[0][1][0]:,} cases of one process that ended within 30 days; median of 3",
    )
    yield Row(
        PART,
        "That ÷ the same from the process log",
        slow / fast,
        "",
        f"as the KPIs do it, {fast * 1000:.1f} ms; the figures are the same",
        "> 1",
        slow > fast,
    )


def _check_same(ours, theirs):
    if ours[0] != theirs[0] or (ours[0] and abs(ours[1] - theirs[1]) > 1):
        raise ui.Failure(
            f"the process log says {ours[1]} s of {ours[0]} cases, the events {theirs[1]} s of "
            f"{theirs[0]}",
            "see how the past is made",
        )


# -- the projector ------------------------------------------------------------------------


def projected(db, past, records):
    """The row of following new events into cases, by the scheduled action."""
    count = db.run(lambda env: fresh_events(env, past, records))
    postgres.psql("ANALYZE ops_event", db.name)
    started = time.perf_counter()
    left = count
    while left:
        with db.transaction() as env:
            env["ops.projector"]._cron_project()
        with db.transaction() as env:
            before, left = left, _unprojected(env)
        if left == before:
            raise ui.Failure(f"{left} events are not followed", "see the log")
    seconds = time.perf_counter() - started
    yield Row(
        PART,
        f"{count:,} events into the process log",
        count / seconds,
        "events/s",
        f"by the scheduled action, until all is committed, {STEPS} events a record, working time "
        f"of {len(past.sites)} sites included",
        f"≥ {EVENTS_A_SECOND_AT_LEAST:,} events/s",
        count / seconds >= EVENTS_A_SECOND_AT_LEAST,
    )


def _unprojected(env):
    env.cr.execute(
        "SELECT count(*) FROM ops_event WHERE state = 'sealed' AND projected IS NOT TRUE"
    )
    return env.cr.fetchone()[0]


# -- the scrape ---------------------------------------------------------------------------


def scrapes(server, db, scale):
    """The row of GET /metrics at a server like those of production."""
    token, times = db.run(lambda env: env["ops.metrics"]._new_token()), scale.scrapes
    url = f"http://127.0.0.1:{server.port}/healthcare_ops/v1/metrics"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    taken = []
    for _time in range(times + 3):
        started = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read().decode()
        taken.append((time.perf_counter() - started) * 1000)
    if "healthcare_ops_deliveries_total" not in text:
        raise ui.Failure("the metrics do not tell of the deliveries", "see ops.metrics")
    samples = sum(not line.startswith("#") for line in text.splitlines())
    return _late(
        f"GET /metrics with {scale.old_deliveries:,} deliveries",
        taken[3:],
        "ms",
        SCRAPE_MS_AT_MOST,
        f"p95 of {times} requests to a server that delivers meanwhile, {samples:,} samples",
    )
