"""The campaign's verdict sees every way in which a promise can be broken."""

import dataclasses

import pytest

from dev.faults.evidence import Attempt, Delivery, Event, Evidence, Receipt
from dev.faults.verdict import judge
from dev.load.database import BELOW_CRITICAL, RECOVERED

MOODY, STEADY = 1, 2
FIRST = ("w0-000001", BELOW_CRITICAL, 7)
SECOND = ("w0-000002", RECOVERED, 7)
REFUSED = ("w0-000003-poison", BELOW_CRITICAL, 8)


@pytest.fixture
def evidence():
    """Three events, the second one for both endpoints; the third one was refused."""
    return Evidence(
        committed={FIRST, SECOND, REFUSED},
        rolled_back={("w0-000004", BELOW_CRITICAL, 9)},
        events=[
            Event(1, "evt_1", FIRST, 10, "sealed"),
            Event(2, "evt_2", SECOND, 11, "sealed"),
            Event(3, "evt_3", REFUSED, 12, "sealed"),
        ],
        deliveries=[
            Delivery(1, 1, MOODY, "delivered", 3, "", False),
            Delivery(2, 2, MOODY, "delivered", 1, "", False),
            Delivery(3, 2, STEADY, "delivered", 1, "", False),
            Delivery(4, 3, MOODY, "dead", 2, "The receiver refuses the event (422).", True),
        ],
        attempts=[
            Attempt(1, 1, "retry"),  # the second one was ended by a kill
            Attempt(1, 3, "delivered"),
            Attempt(2, 1, "delivered"),
            Attempt(3, 1, "delivered"),
            Attempt(4, 1, "give_up"),
            Attempt(4, 2, "give_up"),
        ],
        receipts={
            MOODY: [
                Receipt("evt_1", False, "status", FIRST, 10),
                Receipt("evt_1", True, "ok", FIRST, 10),
                Receipt("evt_2", True, "ok", SECOND, 11),
                Receipt("evt_3", False, "poison", REFUSED, 12),
            ],
            STEADY: [Receipt("evt_2", True, "ok", SECOND, 11)],
        },
        subscribed={MOODY: {BELOW_CRITICAL, RECOVERED}, STEADY: {RECOVERED}},
        verified=2,
    )


def values(evidence):
    return {count.what: count.value for count in judge(evidence)}


def broken(evidence):
    return {count.what for count in judge(evidence) if count.broken}


def change(rows, number, **values):
    rows[number] = dataclasses.replace(rows[number], **values)


def test_what_is_well_is_counted_and_breaks_nothing(evidence):
    assert broken(evidence) == set()
    counted = values(evidence)
    assert counted["emitted (events committed)"] == 3
    assert counted["to be delivered (event and endpoint)"] == 4
    assert counted["received at least once"] == 4
    assert counted["dead-lettered"] == 1
    assert counted["- of them never received"] == 0
    assert counted["repeated receipts"] == 1
    assert counted["attempts counted"] == 7
    assert counted["- of them ended by a kill or a restart"] == 1


def test_a_dead_letter_that_never_arrived_is_not_lost(evidence):
    del evidence.receipts[MOODY][3]
    assert values(evidence)["- of them never received"] == 1
    assert broken(evidence) == set()


def lose_an_event(evidence):
    evidence.committed.add(("w0-000005", BELOW_CRITICAL, 7))


def invent_an_event(evidence):
    evidence.committed.remove(SECOND)


def keep_half_a_transaction(evidence):
    evidence.committed.remove(FIRST)
    evidence.unknown["w0-000001"] = {FIRST, ("w0-000001", BELOW_CRITICAL, 8)}


def write_twice(evidence):
    evidence.events.append(dataclasses.replace(evidence.events[1], id=4))


def leave_open(evidence):
    change(evidence.events, 0, state="open")


def number_against_the_writer(evidence):
    change(evidence.events, 0, sequence=20)


def lose_a_delivery(evidence):
    evidence.receipts[STEADY].clear()


def make_no_delivery(evidence):
    del evidence.deliveries[2]


def deliver_to_whom_did_not_subscribe(evidence):
    evidence.deliveries.append(Delivery(5, 1, STEADY, "delivered", 1, "", False))


def leave_unsettled(evidence):
    change(evidence.deliveries, 1, state="parked")


def believe_in_a_failure(evidence):
    change(evidence.receipts[MOODY], 2, answered=False)


def give_up_silently(evidence):
    change(evidence.deliveries, 3, error="")


def give_up_untold(evidence):
    change(evidence.deliveries, 3, told=False)


def count_an_attempt_twice(evidence):
    evidence.attempts.append(Attempt(2, 1, "delivered"))


def attempt_uncounted(evidence):
    evidence.attempts.append(Attempt(4, 3, "give_up"))


def succeed_before_the_last_attempt(evidence):
    evidence.attempts.append(Attempt(1, 2, "delivered"))


def overtake(evidence):
    receipts = evidence.receipts[MOODY]
    receipts.insert(0, receipts.pop(2))


def send_what_was_rolled_back(evidence):
    mark = ("w0-000004", BELOW_CRITICAL, 9)
    evidence.receipts[MOODY].append(Receipt("evt_9", True, "ok", mark, 13))


def change_the_id(evidence):
    change(evidence.receipts[MOODY], 1, webhook_id="evt_other")


def renumber(evidence):
    change(evidence.receipts[STEADY], 0, sequence=99)


def sign_badly(evidence):
    evidence.unverified.append("evt_1: no signature matches")


BREACHES = {
    lose_an_event: "committed without its event",
    invent_an_event: "events nobody committed",
    keep_half_a_transaction: "transactions kept by halves",
    write_twice: "events written twice",
    leave_open: "events not sealed",
    number_against_the_writer: "events whose sequence is against their writer's order",
    lose_a_delivery: "lost (neither received nor dead-lettered)",
    make_no_delivery: "pairs without exactly one delivery",
    deliver_to_whom_did_not_subscribe: "pairs without exactly one delivery",
    leave_unsettled: "in an unknown or unfinished state",
    believe_in_a_failure: "delivered, though nobody answered 2xx",
    give_up_silently: "dead-lettered without a reason",
    give_up_untold: "dead-lettered without telling anybody",
    count_an_attempt_twice: "attempts that do not add up",
    attempt_uncounted: "attempts that do not add up",
    succeed_before_the_last_attempt: "attempts that do not add up",
    overtake: "out of order (first receipts of a record)",
    send_what_was_rolled_back: "received, but not committed",
    change_the_id: "more than one webhook-id of an event and endpoint",
    renumber: "webhook-id or sequence other than the event's",
    sign_badly: "bad signatures in the sample verified",
}


@pytest.mark.parametrize("do", BREACHES, ids=lambda do: do.__name__)
def test_a_broken_promise_is_seen(evidence, do):
    do(evidence)
    assert BREACHES[do] in broken(evidence)


def test_every_promise_has_a_breach_that_is_tried(evidence):
    assert {count.what for count in judge(evidence) if count.breach} == set(BREACHES.values())
