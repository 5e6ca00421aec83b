"""``make faults``, its callbacks, small: some hundred odd requests to a real server."""

import json
import subprocess
import sys

import pytest

from dev import paths
from dev.fuzz.plan import SMALL


@pytest.fixture(scope="module")
def campaign(env, tmp_path_factory):
    """What the campaign printed, its exit status and its report."""
    report = tmp_path_factory.mktemp("fuzz") / "report.json"
    command = [sys.executable, "-m", "dev.faults", "--only", "callbacks", "--small"]
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


def test_no_callback_breaks_a_promise(campaign):
    """What broke it, as small as hypothesis could make it, stands in the output."""
    broken = {c["what"]: c["examples"] for c in campaign["counts"] if c["broken"]}
    assert (broken, campaign["examples"], campaign["status"]) == ({}, [], 0), campaign["out"]
    assert "every promise was kept" in campaign["out"]


def test_all_of_it_was_sent_and_got_far(campaign):
    """Else the promises would have been kept because nothing was tried."""
    counts = {count["what"]: count["value"] for count in campaign["counts"]}
    assert counts["sent"] >= SMALL.total
    for status in (200, 400, 401, 404, 405, 422):
        assert counts.get(f"answered {status}"), f"nothing was answered {status}"
    assert counts["suppliers' answers stored"] > SMALL.same + SMALL.different * SMALL.senders
