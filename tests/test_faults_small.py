"""``make faults``, small: two servers, two kills, every fault of a receiver; as a person starts it.

PostgreSQL is not restarted here: the tests share the embedded one. ``make faults`` does it.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dev import logcheck, paths
from dev.faults.plan import SMALL

# What kills and conflicts leave in the logs of the servers that go on.
EXPECTED = (
    # Two servers tell of the same endpoint's trouble: one of them begins that step again.
    ("odoo.sql_db", r"bad query: b['\"] ?(INSERT INTO|UPDATE) \"?ops_(exception|endpoint)"),
    # Odoo leaves out a run of an action whose last three runs were killed.
    (
        "odoo.addons.base.models.ir_cron",
        r"Job 'Operations: deliver events, \w+ lane' \(\d+\) timed out",
    ),
)


@pytest.fixture(scope="module")
def campaign(env, tmp_path_factory):
    """What the campaign printed, its exit status and its report."""
    report = tmp_path_factory.mktemp("faults") / "report.json"
    command = [sys.executable, "-m", "dev.faults", "--only", "deliveries", "--small"]
    played = subprocess.run(
        [*command, "--report", str(report)],
        cwd=paths.ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert report.exists(), played.stdout + played.stderr
    return {"status": played.returncode, "out": played.stdout, **json.loads(report.read_text())}


@pytest.fixture(scope="module")
def counts(campaign):
    return {count["what"]: count["value"] for count in campaign["counts"]}


def test_no_promise_is_broken(campaign):
    broken = {c["what"]: c["examples"] for c in campaign["counts"] if c["broken"]}
    assert (broken, campaign["status"]) == ({}, 0), campaign["out"]
    assert "every promise was kept" in campaign["out"]


def test_everything_that_was_to_go_wrong_did(campaign):
    assert campaign["kills"] == SMALL.kills
    assert any(campaign["caught"]), "no kill met a server that was sending"
    wanted = {"ok", "refuse", "hang", "500", "429", "reset", "drip"}
    assert wanted == set(campaign["moods"])
    assert all(seconds > 0.5 for seconds in campaign["moods"].values()), campaign["moods"]


def test_nothing_that_was_emitted_is_lost(counts):
    assert counts["emitted (events committed)"] == SMALL.events
    pairs = counts["to be delivered (event and endpoint)"]
    assert pairs > SMALL.events, "the steady receiver takes some events, too"
    never = counts["- of them never received"]
    assert counts["received at least once"] + never == pairs


def test_faults_leave_their_traces(counts):
    """Else the campaign would have kept its promises because nothing happened."""
    assert counts["repeated receipts"] > 0
    assert counts["dead-lettered"] > 0
    assert counts["attempts counted"] > counts["to be delivered (event and endpoint)"]
    assert counts["signatures verified"] > 0


def test_the_servers_logged_nothing_unexpected(campaign):
    def expected(logger, _level, message):
        return any(logger == name and re.match(pattern, message) for name, pattern in EXPECTED)

    found = [line for log in campaign["logs"] for line in logcheck.check_log(Path(log), expected)]
    assert found == []
