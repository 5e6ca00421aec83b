"""The receiver of the benchmark and the campaign fails as it is told, and notes what it got."""

import http.client
import json
import time
from urllib.parse import urlsplit

import pytest

from dev.load.process import LoadReceiver
from dev.receiver.standard_webhooks import signed_headers


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.tsv"


@pytest.fixture
def receiver(journal):
    options = ("--verify-each", "1", "--refuse-poison")
    with LoadReceiver("--journal", str(journal), *options) as running:
        yield running


def post(receiver, number, secret=None, connection=None, correlation="c"):
    """POST a signed event; return the status and Retry-After."""
    body = json.dumps({"id": f"evt_{number}", "correlationid": correlation}).encode()
    connection = connection or http.client.HTTPConnection(
        urlsplit(receiver.url).netloc, timeout=0.7
    )
    headers = signed_headers(secret or receiver.secret, f"evt_{number}", body)
    connection.request("POST", "/events", body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers["Retry-After"]


def post_for(receiver, seconds):
    """POST and read the answer, for so long altogether: a drip runs into no socket's timeout."""
    end = time.monotonic() + seconds
    connection = http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=seconds)
    connection.request("POST", "/events", b"{}", {"webhook-id": "evt_1"})
    answer = connection.getresponse()
    while answer.read(1):
        if time.monotonic() > end:
            raise TimeoutError


def noted(receiver, journal):
    receiver.control()
    lines = [line.split("\t") for line in journal.read_text().splitlines()]
    return [(int(number), mode, webhook_id) for number, mode, webhook_id, _body in lines]


def test_it_answers_many_requests_of_one_connection_and_notes_them_in_order(receiver, journal):
    connection = http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=5)
    for number in range(1, 4):
        assert post(receiver, number, connection=connection) == (200, None)
    assert noted(receiver, journal) == [(n, "ok", f"evt_{n}") for n in range(1, 4)]
    assert [webhook_id for _at, webhook_id in receiver.arrivals(since=1)] == ["evt_2", "evt_3"]


def test_it_takes_its_time(receiver):
    receiver.control(latency=0.3)
    started = time.monotonic()
    assert post(receiver, 1) == (200, None)
    assert 0.3 <= time.monotonic() - started < 0.7


def test_it_answers_what_it_is_told(receiver, journal):
    receiver.control(mode="status", status=429, retry_after=2)
    assert post(receiver, 1) == (429, "2")
    receiver.control(mode="status", status=500, retry_after=None)
    assert post(receiver, 2) == (500, None)
    assert [mode for _number, mode, _id in noted(receiver, journal)] == ["status", "status"]


@pytest.mark.parametrize(
    ("mode", "failure"),
    [("reset", ConnectionResetError), ("hang", TimeoutError), ("drip", TimeoutError)],
)
def test_it_fails_after_it_has_read_and_noted(receiver, journal, mode, failure):
    receiver.control(mode=mode)
    with pytest.raises(failure):
        post_for(receiver, 0.7)
    assert noted(receiver, journal) == [(1, mode, "evt_1")]


def test_it_refuses_connections_and_comes_back_at_the_same_address(receiver):
    connection = http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=0.7)
    post(receiver, 1, connection=connection)
    receiver.control(mode="refuse")
    with pytest.raises(ConnectionRefusedError):
        post(receiver, 2)
    with pytest.raises(ConnectionError):
        post(receiver, 3, connection=connection)
    receiver.control(mode="ok")
    assert post(receiver, 4) == (200, None)
    assert receiver.count() == 2


def test_it_refuses_poison_for_good(receiver, journal):
    assert post(receiver, 1, correlation="w1-000001-poison") == (422, None)
    assert post(receiver, 2) == (200, None)
    assert [mode for _number, mode, _id in noted(receiver, journal)] == ["poison", "ok"]


def test_it_tells_of_signatures_that_are_wrong(receiver):
    post(receiver, 1)
    post(receiver, 2, secret="whsec_" + "QUJD" * 8)
    state = receiver.control()
    assert state["verified"] == 1
    assert state["unverified"] == ["evt_2: no signature matches"]
