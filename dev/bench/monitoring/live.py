"""What only a running server shows: the lag of the process log, and the page in a browser."""

import math
import statistics
import time

from dev import browser, ui
from dev.load.database import BELOW_CRITICAL, level_data

from ..report import Row

PART = "monitoring"
LAG_SECONDS_AT_MOST = 5
PICTURE_SECONDS_AT_MOST = 2
PATIENCE_SECONDS = 60
PASSWORD = "bench_manager"


def late(times):
    """The 95th percentile: of few values the largest but the top twentieth."""
    times = sorted(times)
    return times[math.ceil(len(times) * 0.95) - 1]


def lag(db, times):
    """The row of following one event, from its commit until it is a step of a case.

    To be called while a server runs its scheduled actions.
    """
    taken = []
    for number in range(times):
        with db.transaction() as env:
            items = env["ops.supply.item"].search([], limit=100)
            item = items[number % len(items)]
            event_id = env["ops.event"].emit(BELOW_CRITICAL, item, level_data(item)).id
        started = time.perf_counter()
        while not _is_followed(db, event_id):
            if time.perf_counter() - started > PATIENCE_SECONDS:
                raise ui.Failure("an event was not followed within a minute", "see the log")
            time.sleep(0.02)
        taken.append(time.perf_counter() - started)
        # Not in step with what the scheduled action does.
        time.sleep(0.13 * (1 + number % 5))
    value = late(taken)
    return Row(
        PART,
        "Lag of the process log",
        value,
        "s",
        f"p95 of {times} events, one at a time, from the commit until it is a step; "
        f"median {statistics.median(taken):.3f} s",
        f"≤ {LAG_SECONDS_AT_MOST} s",
        value <= LAG_SECONDS_AT_MOST,
    )


def _is_followed(db, event_id):
    with db.transaction() as env:
        env.cr.execute("SELECT FROM ops_case_step WHERE event_id = %s", [event_id])
        return bool(env.cr.rowcount)


def first_picture(server, db, past, times):
    """The row of opening a dashboard by its address, in a browser that has been there before."""
    # Late: the package is in the environment that ``make bench`` makes.
    from playwright.sync_api import sync_playwright

    db.run(lambda env: env["res.users"].browse(past.manager).write({"password": PASSWORD}))
    address = f"http://127.0.0.1:{server.port}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=["--no-sandbox", "--disable-gpu", *browser.QUIET]
        )
        page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(f"{address}/web/login")
        page.fill("input[name=login]", "bench_manager")
        page.fill("input[name=password]", PASSWORD)
        page.click(".oe_login_form button[type=submit]")
        page.wait_for_selector(".o_web_client")
        taken = []
        for _time in range(times + 2):
            started = time.perf_counter()
            page.goto(f"{address}/odoo/ops-dashboard?dashboard=processes&period=30d")
            page.wait_for_selector(".o_ops_figure")
            taken.append(time.perf_counter() - started)
            page.goto("about:blank")
        chromium.close()
    value = late(taken[2:])
    return Row(
        PART,
        "First figures of a dashboard in the browser",
        value,
        "s",
        f"p95 of {times} visits of “Process performance” by its address, the web client's start "
        f"included; median {statistics.median(taken[2:]):.3f} s",
        f"< {PICTURE_SECONDS_AT_MOST} s",
        value < PICTURE_SECONDS_AT_MOST,
    )
