"""The demo receiver: an independent check of the engine's signatures, and an example.

Plain Python, no Odoo. The receiver runs in this process on a free port; one test starts
it as the process that ``make demo`` uses.
"""

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from dev.receiver import standard_webhooks
from dev.receiver.process import ReceiverProcess
from dev.receiver.server import MAX_BODY_BYTES

from .helpers import (
    CATALOGUE,
    SECRET_IN,
    SECRET_OUT,
    control,
    make_event,
    post_event,
    request,
    wait_for,
)


def test_an_event_is_answered_by_a_signed_callback(url, odoo):
    status, _headers, body = post_event(url, make_event())
    assert (status, json.loads(body)) == (202, {"status": "accepted"})
    wait_for(lambda: odoo.requests)
    headers, body = odoo.requests[0]
    headers = {name.lower(): value for name, value in headers.items()}
    assert standard_webhooks.verify(SECRET_OUT, headers, body) == "cb_evt_1"
    assert headers["content-type"] == "application/cloudevents+json"
    answer = json.loads(body)
    assert answer["type"] == "supply.availability.answered"
    assert answer["inreplyto"] == "evt_1"
    assert answer["correlationid"] == "corr_1"
    assert [supplier["ref"] for supplier in answer["data"]["suppliers"]] == ["V-1", "V-2", "V-3"]


def test_a_replay_is_acknowledged_and_does_nothing(url, odoo, receiver):
    post_event(url, make_event())
    wait_for(lambda: receiver.log()["callbacks"])
    status, _headers, body = post_event(url, make_event())
    assert (status, json.loads(body)) == (202, {"status": "duplicate"})
    post_event(url, make_event("evt_2"))
    wait_for(lambda: len(receiver.log()["callbacks"]) == 2)
    assert [entry["webhook_id"] for entry in receiver.log()["callbacks"]] == [
        "cb_evt_1",
        "cb_evt_2",
    ]


def test_other_events_are_noted_and_not_answered(url, odoo, receiver, capsys):
    post_event(url, make_event("evt_9", "supply.item.recovered"))
    wait_for(lambda: "noted" in capsys.readouterr().out)
    assert receiver.log()["received"][0]["verdict"] == "accepted"
    assert odoo.requests == []


def test_a_wrong_signature_is_refused(url, receiver):
    status, _headers, _body = post_event(url, make_event(), secret=SECRET_OUT)
    assert status == 401
    assert receiver.log()["received"][0]["verdict"] == "no signature matches"


def test_a_stale_message_is_refused(url):
    status, _headers, body = post_event(url, make_event(), now=time.time() - 400)
    assert status == 401
    assert "the timestamp is +40" in json.loads(body)["status"]


@pytest.mark.parametrize("body", [b"no json", b"[]", b'{"id": "evt_other"}'])
def test_a_signed_body_that_is_no_event_is_refused(url, body):
    headers = standard_webhooks.signed_headers(SECRET_IN, "evt_1", body)
    assert request(url, "POST", "/", body, headers)[0] == 400


def test_data_not_as_agreed_stops_no_later_event(url, odoo, capsys):
    broken = make_event("evt_broken")
    del broken["data"]["item"]
    for number in range(5):
        post_event(url, {**broken, "id": f"evt_broken_{number}"})
    post_event(url, make_event())
    wait_for(lambda: odoo.requests)
    wait_for(lambda: "not as agreed" in capsys.readouterr().out)


def test_a_body_too_large_is_refused_unread(url):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.putrequest("POST", "/")
    connection.putheader("content-length", str(MAX_BODY_BYTES + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_health_and_unknown_addresses(url):
    assert request(url, "GET", "/healthz")[0] == 200
    assert request(url, "GET", "/secret")[0] == 404


def test_the_log_shows_no_secret(url, odoo, receiver):
    post_event(url, make_event())
    wait_for(lambda: receiver.log()["callbacks"])
    log = request(url, "GET", "/_log")[2].decode()
    assert "evt_1" in log
    assert SECRET_IN not in log
    assert SECRET_OUT not in log
    assert "signature" not in log


# Callback retries


def test_a_callback_is_tried_again_with_the_same_id_and_body(url, odoo, receiver):
    odoo.statuses = [503, 429, 200]
    post_event(url, make_event())
    wait_for(lambda: receiver.log()["callbacks"])
    entry = receiver.log()["callbacks"][0]
    assert (entry["attempts"], entry["status"]) == (3, 200)
    assert len({body for _headers, body in odoo.requests}) == 1
    assert len(odoo.requests) == 3


@pytest.mark.parametrize(("status", "attempts"), [(500, 3), (422, 1), (401, 1), (307, 1)])
def test_callback_tries_are_bounded(url, odoo, receiver, status, attempts):
    odoo.statuses = [status]
    post_event(url, make_event())
    wait_for(lambda: receiver.log()["callbacks"])
    entry = receiver.log()["callbacks"][0]
    assert (entry["attempts"], entry["status"]) == (attempts, status)
    assert len(odoo.requests) == attempts


def test_nobody_at_the_callback_address(url, odoo, receiver):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        control(url, callback_url=f"http://127.0.0.1:{unused.getsockname()[1]}/")
        post_event(url, make_event())
        wait_for(lambda: receiver.log()["callbacks"])
    entry = receiver.log()["callbacks"][0]
    assert (entry["attempts"], entry["status"]) == (3, None)
    assert odoo.requests == []


# The process


def test_the_process_serves_and_keeps_secrets_out_of_its_output(odoo):
    with ReceiverProcess() as process:
        process.control(callback_url=odoo.url, suppliers=CATALOGUE)
        assert post_event(process.url, make_event(), secret=process.secret_in)[0] == 202
        wait_for(lambda: "callback 200" in process.output())
        assert process.log()["received"][0]["webhook_id"] == "evt_1"
        assert process.secret_in not in process.output()
        assert "Glove at NORTH: 4 left, critical level 10; 2 of 3" in process.output()


def test_the_process_says_why_it_does_not_start():
    with pytest.raises(RuntimeError, match="unknown fail mode 'explode'"):
        ReceiverProcess("--fail", "explode")
