"""What a person at the terminal reads, and may type."""

import io
import re
from pathlib import Path

import pytest

from dev import scripts
from dev.receiver import console
from dev.receiver.journal import Journal
from dev.receiver.process import ReceiverProcess
from dev.receiver.server import Server

from .helpers import SECRET_IN, SECRET_OUT, control, make_event, post_event, wait_for

DELIVERY = Path(scripts.__file__).parents[1] / "healthcare_ops_automation/models/delivery"


def numbered(event_id, sequence):
    return {**make_event(event_id, "supply.item.recovered"), "sequence": str(sequence)}


def test_each_arrival_is_a_line_that_tells_what_matters(url, capsys):
    post_event(url, numbered("evt_1", 7))
    [line] = [line for line in capsys.readouterr().out.splitlines() if "noted" not in line]
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d supply\.item\.recovered  ops\.supply\.item/42  sequence 7  evt_1  "
        r"verified  -> 202 accepted",
        line,
    )


def test_a_repeat_says_how_often_it_came(url, capsys):
    for _number in range(3):
        post_event(url, numbered("evt_1", 7))
    assert "verified  repeated, arrival 3  -> 202 duplicate" in capsys.readouterr().out


def test_a_message_that_is_not_trusted_says_why(url, capsys):
    post_event(url, numbered("evt_1", 7), secret=SECRET_OUT)
    line = capsys.readouterr().out
    assert "evt_1  NOT VERIFIED: no signature matches  -> 401" in line


def test_a_failure_on_purpose_is_told_as_such(url, capsys):
    control(url, fail="cycle:refuse,slow:1")
    for _number in range(2):
        post_event(url, numbered("evt_1", 7))
    out = capsys.readouterr().out
    assert "verified  -> 500 fail mode status" in out
    assert "arrival 2  -> 202 accepted (fail mode hang 0.001)" in out


def test_what_is_no_event_is_told_too():
    assert "(no event)  (no subject)" in Journal().line("evt_1", b"\xff", "verified", "400")
    assert "(no event)" in Journal().line(None, b"[1]", "verified", "400")


def test_a_late_first_arrival_is_out_of_order_and_a_late_repeat_is_not(url, capsys):
    for event in (numbered("evt_1", 7), numbered("evt_3", 9), numbered("evt_2", 8)):
        post_event(url, event)
    out = capsys.readouterr().out
    assert out.count("OUT OF ORDER") == 1
    assert re.search(r"sequence 8  evt_2  verified  OUT OF ORDER: 9 was here before", out)
    post_event(url, numbered("evt_1", 7))
    post_event(url, {**numbered("evt_4", 1), "subject": "ops.supply.item/43"})
    assert "OUT OF ORDER" not in capsys.readouterr().out


# How to connect Odoo


def test_the_help_names_the_fields_of_an_endpoint_as_the_page_does():
    text = console.connect_help("http://127.0.0.1:1", SECRET_IN, SECRET_OUT, None)
    files = DELIVERY.glob("ops_endpoint*.py")
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    labels = re.findall(r"^    (\w[\w ]*?) {3,}", text.split("Type a fail mode")[0], re.M)
    assert len(labels) == 6
    for label in labels:
        assert f'string="{label}"' in source
    assert SECRET_IN in text
    assert SECRET_OUT in text
    assert "127.0.0.0/8" in text


def test_the_help_tells_whether_callbacks_are_made():
    assert "No callbacks" in console.connect_help("u", "a", "b", None)
    assert "No callbacks" not in console.connect_help("u", "a", "b", "http://127.0.0.1:1/")


def test_make_receiver_keeps_its_secrets_to_the_owner(tmp_path, monkeypatch):
    monkeypatch.setattr(scripts, "RECEIVER_SECRETS", tmp_path / "state" / "receiver.json")
    first = scripts._receiver_secrets()
    assert scripts._receiver_secrets() == first
    assert len(set(first.values())) == 2
    assert scripts.RECEIVER_SECRETS.stat().st_mode & 0o777 == 0o600


def test_the_process_explains_itself_only_to_a_person():
    # The first line is not JSON, so the starting program gives up and shows the output.
    with pytest.raises(RuntimeError, match="To connect Odoo") as raised:
        ReceiverProcess("--person", start_seconds=2)
    assert "Allowed networks" in str(raised.value)


# What is typed


@pytest.fixture
def server(receiver):
    with Server(0, receiver) as server:
        yield server


def test_a_typed_mode_applies_to_so_many_events(receiver, server):
    assert console.obey("refuse 2\n", receiver, server) == "from now on: refuse, for 2 events"
    names = [receiver.next_failure().name for _number in range(3)]
    assert names == ["status", "status", "none"]


def test_a_typed_mistake_is_explained_and_changes_nothing(receiver, server):
    assert "unknown fail mode" in console.obey("explode", receiver, server)
    assert "invalid literal" in console.obey("refuse many", receiver, server)
    assert receiver.next_failure().name == "none"


def test_status_and_an_empty_line(receiver, server):
    assert console.obey("status", receiver, server) == "0 received, 0 called back"
    assert console.obey("\n", receiver, server) is None


def test_the_callback_address_can_be_typed(receiver, server, odoo):
    assert "from now on" in console.obey(f"callback {odoo.url}/typed", receiver, server)
    receiver.callbacks.send(make_event(), {})
    assert len(odoo.requests) == 1
    assert "must be http" in console.obey("callback", receiver, server)


def test_lines_are_obeyed_as_they_come(receiver, server, capsys):
    console.listen(io.StringIO("reset\n"), receiver, server)
    wait_for(lambda: receiver.next_failure().name == "reset")
    wait_for(lambda: "from now on: reset" in capsys.readouterr().out)
