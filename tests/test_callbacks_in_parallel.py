"""Callbacks that arrive at once, on a real server: real requests, commits and conflicts."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from dev import logcheck
from dev.receiver.standard_webhooks import new_secret, signed_headers

BELOW_CRITICAL = "supply.item.below_critical"
SENDERS = 16


@pytest.fixture(scope="module")
def asked(odoo_server):
    """An event that was sent: the callback address, the secret, the event's id, the database."""
    with pytest.MonkeyPatch.context() as patched:
        # Otherwise Odoo would run its own tests while it loads the registry.
        patched.setitem(config, "test_enable", False)
        registry = Registry(odoo_server.database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        endpoint = env["ops.endpoint"].create(
            {
                "name": "Impatient",
                "url": "http://127.0.0.1:9/never",
                "event_patterns": BELOW_CRITICAL,
                "user_id": env.ref("healthcare_ops_demo.user_integration").id,
            }
        )
        item = env["ops.supply.item"].search([("below_critical", "=", True)], limit=1)
        event = env["ops.event"].emit(BELOW_CRITICAL, item, item._below_critical_data())
        cr.flush()
        path = f"/healthcare_ops/v1/callbacks/{endpoint.token}"
        return odoo_server.url + path, endpoint.secret_in, event.uuid, registry


def post_all(asked, message_ids, signed_with=None):
    """Post one answer for each message id at the same time; return status and answer."""
    url, secret, event_id, _registry = asked
    secret = signed_with or secret

    def post(message_id):
        body = json.dumps(
            {
                "specversion": "1.0",
                "id": message_id,
                "source": "test",
                "type": "supply.availability.answered",
                "inreplyto": event_id,
                "data": {"checked_at": "2026-11-22T12:00:00Z", "suppliers": []},
            }
        ).encode()
        headers = {
            **signed_headers(secret, message_id, body),
            "Content-Type": "application/cloudevents+json",
        }
        request = urllib.request.Request(url, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=90) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    with ThreadPoolExecutor(len(message_ids)) as pool:
        return list(pool.map(post, message_ids))


def callbacks(asked, prefix):
    _url, _secret, _event, registry = asked
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        return env["ops.callback"].search_count([("webhook_id", "=like", f"{prefix}%")])


def test_parallel_duplicates_have_one_effect_and_all_get_its_answer(asked):
    answers = post_all(asked, ["same"] * SENDERS)
    assert {status for status, _answer in answers} == {200}
    assert len({answer for _status, answer in answers}) == 1
    assert callbacks(asked, "same") == 1


def test_parallel_answers_that_meet_on_one_item_all_take_effect(asked):
    """Each waits for its turn; Odoo's own way, to begin again after a conflict, ends in a 5xx for
    one of so many."""
    answers = post_all(asked, [f"other-{n}" for n in range(SENDERS)])
    assert {status for status, _answer in answers} == {200}
    assert callbacks(asked, "other") == SENDERS


@contextmanager
def endpoint_of(asked):
    """The endpoint, in a transaction that is committed."""
    url, _secret, _event, registry = asked
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        yield env["ops.endpoint"].search([("token", "=", url.rpartition("/")[2])])


def calls(asked, prefix):
    """Outcome and status of each call in the log, by the beginning of its message id."""
    with endpoint_of(asked) as endpoint:
        logged = [("endpoint_id", "=", endpoint.id), ("webhook_id", "=like", f"{prefix}%")]
        found = endpoint.env["ops.callback.call"].search(logged)
        return sorted((call.outcome, call.status) for call in found)


def counted(asked, status):
    """How many calls with this status are counted by the minute."""
    with endpoint_of(asked) as endpoint:
        lines = [("endpoint_id", "=", endpoint.id), ("status", "=", status)]
        return sum(endpoint.env["ops.callback.call"].search(lines).mapped("call_count"))


def test_each_of_many_parallel_calls_has_one_line_in_the_log(asked):
    post_all(asked, ["logged"] * SENDERS)
    assert calls(asked, "logged") == [("accepted", 200)] + [("repeated", 200)] * (SENDERS - 1)


def test_parallel_calls_that_nobody_verified_are_all_counted(asked):
    answers = post_all(asked, ["forged"] * SENDERS, signed_with=new_secret())
    assert {status for status, _answer in answers} == {401}
    assert calls(asked, "forged") == []
    assert counted(asked, 401) == SENDERS


def test_of_parallel_calls_exactly_as_many_come_in_as_the_limit_lets(asked):
    limit = 4
    with endpoint_of(asked) as endpoint:
        endpoint.callback_rate_limit = limit
        endpoint.env["ops.endpoint.inflow"].search([("endpoint_id", "=", endpoint.id)]).unlink()
    try:
        answers = post_all(asked, ["limited"] * (3 * limit))
        statuses = sorted(status for status, _answer in answers)
        assert statuses == [200] * limit + [429] * (2 * limit)
        assert len(calls(asked, "limited")) == limit
        assert counted(asked, 429) == 2 * limit
        assert callbacks(asked, "limited") == 1
    finally:
        with endpoint_of(asked) as endpoint:
            endpoint.callback_rate_limit = 0


def test_an_address_that_is_none_is_unknown(asked, odoo_server):
    for token in ("%00abc", "x" * 300, "%E2%82%AC"):
        url = f"{odoo_server.url}/healthcare_ops/v1/callbacks/{token}"
        request = urllib.request.Request(url, b"{}", {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=30)
        assert caught.value.code == 404


def test_a_turn_is_waited_for_only_so_long(asked, odoo_server):
    """While another holds the endpoint's lock all the time: 409, so that it is sent again."""
    _url, _secret, _event, registry = asked
    with registry.cursor() as cr:
        cr.execute("SELECT id FROM ops_endpoint WHERE name = 'Impatient'")
        cr.execute("SELECT pg_advisory_xact_lock(hashtext('ops_callback'), %s)", cr.fetchone())
        [(status, answer)] = post_all(asked, ["late"])
    assert (status, json.loads(answer)["status"]) == (409, 409)
    [(status, _answer)] = post_all(asked, ["late"])
    assert (status, callbacks(asked, "late")) == (200, 1)


def test_the_server_logged_nothing(asked, odoo_server):
    """Callbacks that wait for their turn don't even meet in a conflict."""
    assert logcheck.check_log(odoo_server.log) == []
