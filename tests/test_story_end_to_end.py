"""The supply story on a real server: ``make demo`` as a person starts it, and its log.

A server process of its own on a copy of the template database, the story in a second
process, the receiver in a third: real HTTP both ways, real commits, real scheduled actions.
"""

import re
import subprocess
import sys
from dataclasses import dataclass

import pytest

from dev import logcheck, odoo_cli, paths, server

STEPS = [
    "move validated",
    "event committed",
    "delivered",
    "suppliers checked",
    "callback received",
    "on the item",
    "supplier answers",
    "exception",
]


@dataclass
class Played:
    """What one run of the story printed, and how it ended."""

    status: int
    out: str
    err: str

    def acts(self):
        """The lines of each act."""
        return [part.splitlines() for part in re.split(r"^Act \d: ", self.out, flags=re.M)[1:]]


def play(env, odoo_server, url=None):
    result = subprocess.run(
        [sys.executable, "-m", "dev.story", "--url", url or odoo_server.url]
        + ["--db", odoo_server.database, "--odoo-config", str(odoo_cli.CONFIG)],
        cwd=paths.ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Played(result.returncode, result.stdout, result.stderr)


@pytest.fixture(scope="module")
def played(env, odoo_server):
    return play(env, odoo_server)


def steps(lines):
    """(seconds, label, text) of each line with a time."""
    pattern = re.compile(r"^ +(\d+\.\d\d) s  (.{20}) (.*)$")
    return [
        (float(match[1]), match[2].strip(), match[3])
        for match in map(pattern.match, lines)
        if match
    ]


def test_it_ends_well_and_says_nothing_on_the_side(played):
    assert (played.status, played.err) == (0, ""), played.out


@pytest.mark.parametrize("act", [0, 1])
def test_every_step_is_seen_in_order_and_soon(played, act):
    seen = steps(played.acts()[act])
    assert [label for _seconds, label, _text in seen] == STEPS
    seconds = [second for second, _label, _text in seen]
    assert seconds == sorted(seconds)
    assert seconds[-1] < 10


def test_delivery_took_one_attempt_and_the_callback_one_try(played):
    for act in played.acts():
        texts = {label: text for _seconds, label, text in steps(act)}
        assert re.match(r"attempt 1, HTTP 202, \d+ ms", texts["delivered"])
        assert re.match(r"cb_evt_\w+, .*, HTTP 200 at try 1$", texts["callback received"])


def test_only_the_act_without_a_vendor_leaves_an_exception(played):
    first, second = (dict(step[1:] for step in steps(act)) for act in played.acts())
    assert first["exception"].startswith("none")
    assert re.search(r"owner \S+.*due \d{4}-\d\d-\d\d", second["exception"])


def test_the_links_lead_to_pages(played, odoo_server):
    links = re.findall(rf"act (\d) (\w+) +({odoo_server.url}/odoo/[\w./]+)", played.out)
    assert [(act, label) for act, label, _url in links] == [
        ("1", "event"),
        ("1", "item"),
        ("2", "event"),
        ("2", "item"),
        ("2", "exception"),
    ]


def test_it_can_be_played_again(env, odoo_server, played):
    again = play(env, odoo_server)
    assert (again.status, again.err) == (0, ""), again.out
    before, after = (int(re.search(r"seen (\d+) ×", one.out)[1]) for one in (played, again))
    assert after == before + 1
    assert len(set(re.findall(r"evt_[0-9a-f]{32}", played.out + again.out))) == 4


def test_a_step_that_does_not_happen_is_named(env, odoo_server, played):
    failed = play(env, odoo_server, url=f"http://127.0.0.1:{server.free_port()}")
    assert failed.status == 1
    assert failed.err.startswith("error: the callback was answered None")
    assert [label for _s, label, _t in steps(failed.acts()[0])] == STEPS[:4]


def test_the_server_logged_nothing_unexpected(odoo_server, played):
    assert logcheck.check_log(odoo_server.log) == []
