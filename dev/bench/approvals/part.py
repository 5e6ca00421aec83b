"""The part ``approvals`` of the benchmark: its databases, and its rows."""

import json
import subprocess
import sys

from odoo import sql_db

from dev import databases, odoo_source, paths, ui
from dev.load import leftovers

from ..report import Row
from . import tiers

SHARE_AT_MOST = 0.2
EXTRA_AT_MOST = 2
RATIO_AT_MOST = 1.10
THEIRS = "base_tier_validation 19.0"


def run(scene, report) -> None:
    """Submissions and edits in a database with the suite, with tiers, with neither."""
    with scene.database("approvals") as db:
        suite = measured(scene, "suite", db.name)
    bare = without_approvals(scene)
    beside = None
    if scene.quick:
        report.note(f"{THEIRS}: left out of a quick run, which installs nothing")
    else:
        addons = tiers.addons_path(scene.env)
        with tiers.database(scene.env, addons) as name:
            beside = measured(scene, "tiers", name, addons)
    report.add(
        *submissions(scene.scale, suite["submit"]["Ten"], beside and beside["submit"]["Ten"]),
        *writes(scene.scale, suite, bare, beside),
        routing(scene.scale, suite["submit"]),
    )


def without_approvals(scene) -> dict:
    """The same in Odoo with the modules that the suite needs, and without the suite."""
    name = leftovers.name("bench", "bare")
    databases.copy(databases.deps_template(scene.env), name)
    try:
        return measured(scene, "bare", name)
    finally:
        sql_db.close_db(name)
        databases.drop(name)


def measured(scene, kind: str, database: str, addons: str | None = None) -> dict:
    """What :mod:`.measure` says of a database."""
    scale = scene.scale
    addons = addons or ",".join(map(str, odoo_source.addons_path()))
    numbers = (scale.orders, scale.drafts, scale.submissions, scale.policy_rows)
    program = [sys.executable, "-m", "dev.bench.approvals.measure", kind, database, addons]
    with ui.Step(f"{scale.orders} purchase orders: {TITLES[kind]}"):
        answer = subprocess.run(
            [*program, *map(str, numbers)],
            cwd=paths.ROOT,
            env=scene.env,
            capture_output=True,
            text=True,
        )
        if answer.returncode:
            lines = answer.stderr.splitlines()
            raise ui.Failure(
                f"measuring {kind} ended with {ui.telling_line(lines)}", "\n".join(lines[-20:])
            )
    return json.loads(answer.stdout.splitlines()[-1])


TITLES = {"suite": "the suite", "tiers": THEIRS, "bare": "neither"}


def submissions(scale, ours, theirs):
    """Rows of the submission, and our share of theirs."""
    what = f"Submit {scale.orders} purchase orders"
    how = (
        "five lines each, ten bands of amounts with one approval by any of a group of three, who "
        "are notified; by an ordinary user, up to the COMMIT with the steps before it; median of "
        f"{scale.submissions}"
    )
    for title, each in (("", ours), (f", {THEIRS}", theirs)):
        if each:
            yield Row("approvals", what + title, each["seconds"], "s", how)
            yield Row("approvals", f"{what}{title}: queries", each["queries"], "queries", "")
    if theirs:
        for name in ("seconds", "queries"):
            share = ours[name] / theirs[name]
            yield Row(
                "approvals",
                f"Share of {THEIRS}: {name}",
                share,
                "",
                "both submissions of this run",
                f"≤ {SHARE_AT_MOST:g}",
                share <= SHARE_AT_MOST,
            )


def writes(scale, suite, bare, beside):
    """Rows of edits of drafts, which no approval is about yet."""
    kinds = {
        "write": (f"Write on {scale.drafts} drafts", "one write of another payment term on all"),
        "write_lines": (
            f"Write on the lines of {scale.drafts} drafts",
            "one write of another price on all lines, with what follows from it",
        ),
    }
    for name, (what, how) in kinds.items():
        yield Row("approvals", f"{what}, without approvals", bare[name], "queries", how)
        if beside:
            yield Row("approvals", f"{what}, {THEIRS}", beside[name], "queries", "")
        extra = suite[name] - bare[name]
        yield Row(
            "approvals",
            f"{what}, the suite",
            suite[name],
            "queries",
            f"{extra:g} more than without",
            f"≤ {bare[name] + EXTRA_AT_MOST:g}",
            extra <= EXTRA_AT_MOST,
        )


def routing(scale, submit):
    """The row of a policy that is as long as it may come to be."""
    ratio = submit["Thousand"]["seconds"] / submit["Ten"]["seconds"]
    return Row(
        "approvals",
        f"Submission with {scale.policy_rows:,} policy rows ÷ with 10",
        ratio,
        "",
        f"{scale.orders} orders each, in turn; the ten bands stand below those of categories "
        "that no order has",
        f"≤ {RATIO_AT_MOST:.2f}",
        ratio <= RATIO_AT_MOST,
    )
