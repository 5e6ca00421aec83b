"""The ways in which the receiver fails when told to: what a sender has to live with."""

import http.client
import json
import time
from urllib.parse import urlsplit

import pytest

from dev.receiver import standard_webhooks
from dev.receiver.failures import Failure, Plan, parse_failure, parse_plan

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


@pytest.mark.parametrize(
    ("mode", "status", "seconds"),
    [("status:429", 429, "2"), ("status:503", 503, "2"), ("status:429:30", 429, "30")],
)
def test_busy_statuses_say_when_to_come_back(url, mode, status, seconds):
    control(url, fail=mode)
    assert post_event(url, make_event())[1]["retry-after"] == seconds
    assert post_event(url, make_event())[0] == status


def test_gone_says_nothing_about_coming_back(url):
    control(url, fail="status:410")
    status, headers, _body = post_event(url, make_event())
    assert (status, "retry-after" in headers) == (410, False)


def test_slow_works_and_answers_after_its_delay(url, odoo):
    control(url, fail="slow:300")
    started = time.monotonic()
    assert post_event(url, make_event())[0] == 202
    assert 0.3 <= time.monotonic() - started < 2
    wait_for(lambda: odoo.requests)


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


# Nobody listens


def refused(url):
    try:
        request(url, "GET", "/healthz")
    except ConnectionRefusedError:
        return True
    except ConnectionError:
        return False  # it was just closing
    return False


def test_closed_refuses_connections_and_opens_again_on_the_same_port(url):
    control(url, fail="closed:0.6")
    wait_for(lambda: refused(url))
    started = time.monotonic()
    wait_for(lambda: not refused(url))
    assert time.monotonic() - started < 2
    assert post_event(url, make_event())[0] == 202


def test_closed_lets_no_connection_from_before_through(url, receiver):
    kept = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    kept.request("GET", "/healthz")
    kept.getresponse().read()
    control(url, fail="closed:1")
    wait_for(lambda: refused(url))
    event = make_event()
    body = json.dumps(event).encode()
    with pytest.raises(ConnectionError):
        kept.request("POST", "/", body, standard_webhooks.signed_headers(SECRET_IN, "evt_1", body))
        kept.getresponse()
    kept.close()
    assert receiver.log()["received"][0]["verdict"] == "fail mode reset"


def test_closed_in_its_turn_cuts_the_event_that_met_it(url):
    control(url, fail="cycle:none,closed:0.5")
    assert post_event(url, make_event("evt_1"))[0] == 202
    with pytest.raises(ConnectionError):
        post_event(url, make_event("evt_2"))
    wait_for(lambda: refused(url))
    wait_for(lambda: not refused(url))
    assert post_event(url, make_event("evt_2"))[0] == 202


# One after the other


def test_cycle_gives_each_mode_its_number_of_events(url):
    control(url, fail="cycle:none*2,refuse,status:410")
    statuses = [post_event(url, make_event(f"evt_{number}"))[0] for number in range(8)]
    assert statuses == [202, 202, 500, 410] * 2


def test_percent_fails_about_so_many(url):
    plan = parse_plan("percent:25:refuse")
    failed = [plan.next() for _number in range(2000)].count(Failure("status", 500))
    assert 350 < failed < 650


def test_flap_changes_with_the_time():
    now = [100.0]
    plan = Plan([Failure("none"), Failure("reset")], period=5, clock=lambda: now[0])
    seen = []
    for now[0] in (100, 104.9, 105, 109, 110.5):
        seen.append(plan.next().name)
    assert seen == ["none", "none", "reset", "reset", "none"]


def test_flap_is_a_mode(url):
    control(url, fail="flap:600:refuse,none")
    assert [post_event(url, make_event())[0] for _number in range(3)] == [500] * 3


@pytest.mark.parametrize(
    "mode",
    [
        *("", "explode", "status", "status:99", "status:204", "status:429:soon", "hang", "hang:x"),
        *("drip:3", "closed", "closed:-1", "slow:700000", "refuse:1", "reset:2"),
        *("percent:0:refuse", "percent:x:refuse", "percent:10:explode", "percent:10"),
        *("cycle:", "cycle:none,", "cycle:none*0", "flap:0:refuse", "flap:x:refuse", "flap:1:"),
    ],
)
def test_an_unknown_fail_mode_is_refused(mode):
    with pytest.raises(ValueError, match=r"mode|number|float"):
        parse_plan(mode)


def test_numbers_are_seconds():
    assert parse_failure("slow:250") == Failure("hang", 0.25)
    assert parse_failure("hang:20") == Failure("hang", 20)


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
