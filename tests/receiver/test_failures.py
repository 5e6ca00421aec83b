"""The ways in which the receiver fails when told to: what a sender has to live with."""

import http.client
import json
import time
from urllib.parse import urlsplit

import pytest

from dev.receiver import standard_webhooks
from dev.receiver.core import parse_fail

from .helpers import SECRET_IN, SECRET_OUT, control, make_event, post_event, request, wait_for


@pytest.mark.parametrize(
    ("mode", "expected"), [("refuse", 500), ("status:410", 410), ("status:302", 302)]
)
def test_refusing_modes_answer_with_their_status_and_remember_nothing(url, odoo, mode, expected):
    control(url, fail=mode, times=1)
    status, headers, _body = post_event(url, make_event())
    assert status == expected
    assert ("location" in headers) is (expected == 302)
    assert json.loads(post_event(url, make_event())[2]) == {"status": "accepted"}
    wait_for(lambda: odoo.requests)


@pytest.mark.parametrize("status", [429, 503])
def test_busy_statuses_say_when_to_come_back(url, status):
    control(url, fail=f"status:{status}")
    assert post_event(url, make_event())[1]["retry-after"] == "2"
    assert post_event(url, make_event())[0] == status


def test_hang_answers_late_but_works(url, odoo):
    control(url, fail="hang:0.5")
    with pytest.raises(TimeoutError):
        post_event(url, make_event(), timeout=0.2)
    wait_for(lambda: odoo.requests)
    started = time.monotonic()
    assert json.loads(post_event(url, make_event())[2]) == {"status": "duplicate"}
    assert time.monotonic() - started >= 0.5


def test_reset_cuts_the_connection(url, receiver):
    control(url, fail="reset")
    with pytest.raises(ConnectionResetError):
        post_event(url, make_event())
    assert receiver.log()["received"][0]["verdict"] == "fail mode reset"


def test_drip_never_ends(url):
    control(url, fail="drip")
    event = make_event()
    body = json.dumps(event).encode()
    headers = standard_webhooks.signed_headers(SECRET_IN, event["id"], body)
    # No single read takes long: only a limit on the whole would help.
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=1)
    connection.request("POST", "/", body, headers)
    response = connection.getresponse()
    received = [response.read(1) for _number in range(4)]
    assert received == [b" "] * 4
    assert not response.isclosed()
    connection.close()


def test_no_answer_accepts_and_never_calls_back(url, odoo, capsys):
    control(url, fail="no-answer")
    assert post_event(url, make_event())[0] == 202
    wait_for(lambda: "told not to answer" in capsys.readouterr().out)
    assert odoo.requests == []


def test_badsig_calls_back_with_a_signature_that_fails(url, odoo):
    odoo.statuses = [401]
    control(url, fail="badsig")
    post_event(url, make_event())
    wait_for(lambda: odoo.requests)
    headers = {name.lower(): value for name, value in odoo.requests[0][0].items()}
    with pytest.raises(standard_webhooks.VerificationError, match="no signature"):
        standard_webhooks.verify(SECRET_OUT, headers, odoo.requests[0][1])


@pytest.mark.parametrize(
    "mode", ["", "explode", "status", "status:99", "status:204", "hang", "hang:x", "drip:3"]
)
def test_an_unknown_fail_mode_is_refused(mode):
    with pytest.raises(ValueError, match=r"mode|number|float"):
        parse_fail(mode)


@pytest.mark.parametrize(
    "change",
    [
        {"fail": "explode"},
        {"times": 0},
        {"secret": "x"},
        {"callback_url": "file:///x"},
        {"suppliers": []},
    ],
)
def test_a_wrong_control_changes_nothing(url, change):
    status, answer = control(url, **change)
    assert status == 400
    assert answer["error"]
    assert post_event(url, make_event())[0] == 202


def test_control_refuses_what_a_web_page_could_send(url):
    status, _headers, _body = request(
        url, "POST", "/_control", '{"fail": "refuse"}', {"content-type": "text/plain"}
    )
    assert status == 415
