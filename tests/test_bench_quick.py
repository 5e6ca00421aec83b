"""``make bench``, quick: every part runs and reports; its figures mean nothing."""

import json
import subprocess
import sys

import pytest

from dev import paths

ROWS = {
    "throughput": 3,
    "instant": 3,
    "emission": 6,
    "latency": 3,
    "memory": 3,
    "claim": 3,
    "service_levels": 2,
    "approvals": 7,
    "people": 6,
    "monitoring": 15,
}
TARGETS = {
    "Share of threads ÷ latency",
    "Ratio to the bare loop",
    "Extra queries of a transaction, 1 record",
    "Extra queries of a transaction, 100 records",
    "Hanging ÷ answering receiver",
    "Commit → received, critical lane: p95",
    "Ratio of the memories",
    "Ratio of the claims",
    "20 of 200 running clocks change state",
    "Write on 5 drafts, the suite",
    "Write on the lines of 5 drafts, the suite",
    "Submission with 20 policy rows ÷ with 10",
    "First page of My approvals, 30 wait",
    "Counter of My approvals",
    "First page of My approvals, 30 wait, standing in",
    "Counter of My approvals, standing in",
    "Hand over 10 open seats",
    *(
        f"Dashboard “{name}”, {period}"
        for name in (
            "Control tower",
            "Process performance",
            "Approval flow",
            "Integrations",
            "Supply",
        )
        for period in ("30 days", "all time")
    ),
    "That ÷ the same from the process log",
    "40 events into the process log",
    "GET /metrics with 200 deliveries",
    "Lag of the process log",
}


@pytest.fixture(scope="module")
def report(env):
    """The report of a quick run, and what was printed."""
    folder = paths.LOCAL / "bench" / "quick"
    (folder / "report.json").unlink(missing_ok=True)
    run = subprocess.run(
        [sys.executable, "-m", "dev.bench", "--quick"],
        cwd=paths.ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return {
        **json.loads((folder / "report.json").read_text()),
        "markdown": (folder / "report.md").read_text(),
        "out": run.stdout,
        "err": run.stderr,
    }


def test_every_part_reports_its_rows(report):
    parts = [row["part"] for row in report["rows"]]
    assert {part: parts.count(part) for part in parts} == ROWS
    assert not [note for note in report["notes"] if "could not be measured" in note]


def test_every_target_of_the_suite_is_judged(report):
    judged = {row["what"]: row for row in report["rows"] if row["target"]}
    assert set(judged) == TARGETS
    assert {type(row["met"]) for row in judged.values()} == {bool}


def test_figures_are_measured(report):
    """Nothing of it says how fast; but a zero would be a part that measured nothing."""
    assert [row["what"] for row in report["rows"] if not row["value"] > 0] == []


def test_the_queries_of_an_emission_are_the_same_for_one_and_for_a_hundred(report):
    """The one figure that does not depend on the machine."""
    queries = [
        row["value"]
        for row in report["rows"]
        if row["part"] == "emission" and row["unit"] == "queries"
    ]
    assert len(queries) == 2 and len(set(queries)) == 1
    assert queries[0] <= 6


def test_an_edit_of_drafts_costs_at_most_two_queries_more(report):
    """The other figures that do not depend on the machine."""
    edits = [row for row in report["rows"] if row["what"].startswith("Write on")]
    assert [row["met"] for row in edits if row["target"]] == [True, True]


def test_the_report_is_printed_and_says_that_it_was_quick(report):
    assert report["quick"] is True
    assert report["markdown"] in report["out"]
    assert "the figures mean nothing" in report["markdown"]
    assert report["err"] == ""
    lines = [line for line in report["markdown"].splitlines() if line.startswith("| ")]
    assert len(lines) == len(report["rows"]) + 2
