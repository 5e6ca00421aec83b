"""What docs/ gives to integrators works with what the suite really sends."""

import importlib.util
import json
import re
import threading
import time
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest

from odoo.addons.healthcare_ops_automation.core import envelope, retry, signing
from odoo.addons.healthcare_ops_automation.core.sender import Outgoing, send
from odoo.addons.healthcare_ops_automation.core.target import Target

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "receiving-events.md"
PYTHON_SNIPPET = ROOT / "docs" / "snippets" / "verify_events.py"
OLD, NEW, WRONG = (signing.new_secret() for _number in range(3))


def event_body(number=1, **extensions):
    return envelope.event_body(
        uuid=f"evt_{number:032x}",
        source="urn:healthcare-ops:test",
        type_code="supply.item.below_critical",
        version=1,
        subject="ops.supply.item/42",
        occurred_at=datetime(2026, 3, 1, 12, 0),
        # What breaks a check over anything but the raw bytes: order, blanks, other alphabets.
        data={"z": "Größe Ω", "a": 1.50, "b": None},
        extensions={"sequence": str(number), "severity": "critical", **extensions},
    )


def deliver(url, secrets, number=1, at=None, **extensions):
    """Send an event as the dispatcher does; return what became of the attempt."""
    target = Target(endpoint_id=1, url=url, secrets=secrets, networks=(ip_network("127.0.0.0/8"),))
    body = event_body(number, **extensions)
    outgoing = Outgoing(1, 1, body, f"evt_{number:032x}", target)
    return send(outgoing, clock=lambda: time.time() if at is None else at)


@contextmanager
def serving(server):
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/events"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def captured():
    """A server that keeps the request it got: headers by lower-case name, and the raw body."""

    class Capture(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            requests.append((headers, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    requests = []
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Capture)) as url:

        def send_and_capture(secrets, **options):
            requests.clear()
            assert deliver(url, secrets, **options).verdict == "delivered"
            return requests[0]

        yield send_and_capture


@pytest.fixture
def snippet():
    spec = importlib.util.spec_from_file_location("verify_events", PYTHON_SNIPPET)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.Handler.log_message = lambda *_args: None
    return module


# The page


def test_the_page_shows_the_snippet_that_is_tested():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert PYTHON_SNIPPET.read_text(encoding="utf-8") in blocks


def test_the_page_names_every_attribute_and_header_that_is_sent(captured):
    page = PAGE.read_text(encoding="utf-8")
    extensions = {"correlationid": "c", "causationid": "e", "site": "S", "sample": "true"}
    headers, body = captured((NEW,), **extensions)
    for name in (*headers, *json.loads(body)):
        assert f"`{name}`" in page.lower(), name


def test_the_page_names_the_retry_schedule():
    page = PAGE.read_text(encoding="utf-8")
    row = re.search(r"^\| seconds before it \|(.*)\|$", page, re.M)[1]
    shown = [cell.strip() for cell in row.split("|")]
    assert shown == ["0", *map(str, retry.DEFAULT_SCHEDULE)]
    assert f"{retry.RETRY_AFTER_MAX // 3600} hour" in page


# Python


@pytest.mark.parametrize(
    ("sent_with", "known"),
    [((NEW,), [NEW]), ((NEW, OLD), [OLD]), ((NEW, OLD), [NEW]), ((NEW,), [OLD, NEW])],
    ids=["one", "rotating, old known", "rotating, new known", "receiver knows both"],
)
def test_python_verifies_what_is_sent(snippet, captured, sent_with, known):
    headers, body = captured(sent_with)
    assert len(headers["webhook-signature"].split()) == len(sent_with)
    assert snippet.verify(known, headers, body) == f"evt_{1:032x}"


def test_python_refuses_what_is_not_ours(snippet, captured):
    headers, body = captured((NEW, OLD))
    late = captured((NEW,), at=time.time() - 301)
    early = captured((NEW,), at=time.time() + 310)
    for problem, secrets, given, content in (
        ("no signature", [NEW], headers, body.replace(b"42", b"43")),
        ("no signature", [WRONG], headers, body),
        ("no signature", [], headers, body),
        ("no signature", [NEW], {**headers, "webhook-id": "evt_other"}, body),
        ("no signature", [NEW], {**headers, "webhook-signature": "v1,x é"}, body),
        ("five minutes", [NEW], *late),
        ("five minutes", [NEW], *early),
        ("no number", [NEW], {**headers, "webhook-timestamp": "²"}, body),
        ("missing", [NEW], {**headers, "webhook-signature": ""}, body),
        ("missing", [NEW], {}, body),
    ):
        with pytest.raises(snippet.NotVerified, match=problem):
            snippet.verify(secrets, given, content)


def test_the_python_receiver_keeps_each_event_once_and_works_in_order(snippet, tmp_path):
    inbox = snippet.Inbox(tmp_path / "inbox.sqlite")
    server = snippet.Server(("127.0.0.1", 0), [NEW], inbox)
    with serving(server) as url:
        answers = [deliver(url, (NEW,), number) for number in (2, 1, 2)]
        refused = deliver(url, (WRONG,), 3)
    assert [answer.verdict for answer in answers] == ["delivered"] * 3
    assert "known already" in answers[2].response
    assert (refused.status, refused.verdict) == (401, "give_up")
    handled = []
    inbox.work(handled.append)
    inbox.work(handled.append)
    assert [event["sequence"] for event in handled] == ["1", "2"]
    assert handled[0] == json.loads(event_body(1))


def test_the_python_receiver_works_again_on_what_failed(snippet, tmp_path):
    inbox = snippet.Inbox(tmp_path / "inbox.sqlite")
    inbox.put("evt_1", json.loads(event_body(1)))
    with pytest.raises(ZeroDivisionError):
        inbox.work(lambda event: 1 / 0)
    handled = []
    snippet.Inbox(inbox.path).work(handled.append)
    assert len(handled) == 1


def test_the_python_receiver_leaves_samples_alone(snippet, capsys):
    snippet.handle(json.loads(event_body(1)))
    assert "supply.item.below_critical ops.supply.item/42 1" in capsys.readouterr().out
    snippet.handle(json.loads(event_body(2, sample="true")))
    assert capsys.readouterr().out == ""
