"""The campaign of callbacks sees each breach: one at a time, made by hand."""

import json
import time

import pytest

from dev.fuzz import tally as answers
from dev.fuzz.tally import Tally
from dev.fuzz.verdict import FAILURE, judge
from dev.fuzz.wire import Answer, Call, chunked
from dev.receiver import standard_webhooks

SECRET = standard_webhooks.new_secret()
OTHER = standard_webhooks.new_secret()
ACCEPTED = Answer(200, {"content-type": "application/json"}, b'{"status": "accepted"}')


def refusal(status, **changes):
    content = json.dumps({"type": "about:blank", "status": status, **changes}).encode()
    return Answer(status, {"content-type": "application/problem+json"}, content)


def call(secret=SECRET, message_id="m", method=b"POST", body=b"{}"):
    headers = standard_webhooks.signed_headers(secret, message_id, body)
    pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
    return Call(method, b"/", pairs, body, body)


def counted(*pairs):
    tally = Tally((SECRET, OTHER), (SECRET,))
    for each, answer in pairs:
        tally.add("part", each, answer)
    return tally


def broken(tally, callbacks=(), refs=(), parallel=(), lines=(), log=""):
    counts = judge(tally, list(callbacks), list(refs), list(parallel), list(lines), log)
    return [count.what for count in counts if count.broken]


def stored(message_id="m", *refs):
    return message_id, json.dumps(
        {"type": "answer", "data": {"suppliers": [{"ref": ref} for ref in refs]}}
    )


def test_nothing_is_broken_when_all_is_well():
    tally = counted((call(), ACCEPTED), (call(), ACCEPTED), (call(OTHER), refusal(401)))
    assert broken(tally, [stored("m", "a ", "b")], ["b", "a"], ["a"]) == []
    assert (tally.signed, tally.statuses[200], tally.statuses[401]) == (2, 2, 1)


@pytest.mark.parametrize(
    ("answer", "promise"),
    [
        (Answer(trouble="ConnectionResetError"), answers.NO_ANSWER),
        (refusal(500), answers.SERVER_ERROR),
        (refusal(418), answers.UNDESCRIBED),
        (Answer(400, {"content-type": "text/html"}, b"<html>"), answers.NO_PROBLEM),
        (Answer(400, {"content-type": "application/problem+json"}, b"[]"), answers.NO_PROBLEM),
        (Answer(404, refusal(400).headers, refusal(400).body), answers.NO_PROBLEM),
        (refusal(400, detail="Traceback (most recent call last)"), answers.TRACE),
        (refusal(400, detail=OTHER), answers.SECRET),
        (refusal(400, detail=SECRET.removeprefix("whsec_")), answers.SECRET),
    ],
)
def test_an_answer_that_breaks_a_promise_is_seen(answer, promise):
    assert broken(counted((call(OTHER), answer))) == [promise]


def test_an_effect_without_a_valid_signature_is_seen():
    stale = standard_webhooks.signed_headers(SECRET, "m", b"{}", time.time() - 900)
    pairs = tuple((name.encode(), value.encode()) for name, value in stale.items())
    for each in (call(OTHER), Call(b"POST", b"/", pairs, b"{}", b"{}")):
        assert broken(counted((each, ACCEPTED)), [stored()]) == [answers.UNSIGNED]


def test_a_body_that_did_not_arrive_whole_is_signed_by_nobody():
    whole = call()
    torn = Call(whole.method, whole.target, whole.headers, whole.payload, None)
    assert broken(counted((torn, ACCEPTED)), [stored()]) == [answers.UNSIGNED]


def test_what_is_stored_is_held_against_what_was_accepted():
    once = counted((call(), ACCEPTED))
    assert broken(once) == ["accepted, but not stored"]
    assert broken(once, [stored(), stored("x")]) == ["stored, but never accepted"]
    assert broken(once, [stored(), stored()]) == ["ids stored more than once"]
    assert broken(once, [stored("m", "a")]) == ["effects missing"]
    assert broken(once, [stored()], ["a"]) == ["effects without a callback"]
    assert "ids sent at once without exactly one effect" in broken(
        once, [stored("m", "a")], ["a", "a"], ["a"]
    )


def test_a_failure_that_was_told_has_its_one_effect():
    once = counted((call(), ACCEPTED))
    told = "m", json.dumps({"type": FAILURE, "data": {"message": "it broke"}})
    assert broken(once, [told], [FAILURE]) == []
    assert broken(once, [told]) == ["effects missing"]
    assert broken(once, [told], [FAILURE] * 2) == ["effects without a callback"]


def test_one_id_has_one_answer():
    other = Answer(200, ACCEPTED.headers, b'{"status": "accepted", "summary": "another"}')
    tally = counted((call(), ACCEPTED), (call(), other))
    assert broken(tally, [stored()]) == ["ids with different answers"]


def test_the_log_is_looked_through():
    tally = counted((call(), ACCEPTED))
    assert broken(tally, [stored()], lines=["WARNING x: y"]) == ["unexpected lines in the log"]
    assert broken(tally, [stored()], log=f"INFO {SECRET}") == ["secrets in the log"]


def test_counts_of_processes_add_up():
    one, other = counted((call(), ACCEPTED)), counted((call(OTHER), refusal(500)))
    one.merge(other)
    assert (one.sent["part"], one.statuses) == (2, {200: 1, 500: 1})
    assert broken(one, [stored()]) == [answers.SERVER_ERROR]


def test_chunks_are_what_the_standard_says():
    assert chunked(b"abcde", 2) == b"2\r\nab\r\n2\r\ncd\r\n1\r\ne\r\n0\r\n\r\n"
