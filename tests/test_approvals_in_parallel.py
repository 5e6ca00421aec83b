"""Decisions, changes and submissions at the same moment, on a real server: real requests over the
HTTP API, real commits and conflicts. Whoever comes first, one consistent state is left."""

import datetime
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config

OPS = "healthcare_ops_automation.group_ops_"
BUYER = "purchase.group_purchase_user"
ORDER, LINE, REQUEST = "purchase.order", "purchase.order.line", "ops.approval.request"
ROUNDS = 5
QUORUM, SMALL = 2, 1000  # two of three approve from this amount on; below it, any


class Network:
    """A company with a policy, a buyer and three approvers, who all have keys."""

    def __init__(self, url, registry):
        self.url, self.registry = url, registry
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.company = env["res.company"].create({"name": "Parallel"})
            env.user.company_ids += self.company
            env = env(context={"allowed_company_ids": self.company.ids})
            self.company = self.company.with_env(env)
            warehouse = env["stock.warehouse"].create(
                {"name": "Parallel", "code": "PAR", "company_id": self.company.id}
            )
            self.receipts = warehouse.in_type_id.id
            self.vendor = env["res.partner"].create({"name": "Parallel vendor"}).id
            self.product = env["product.product"].create({"name": "Gauze"}).id
            buyer = self._user("buyer", OPS + "requester", BUYER)
            approvers = [self._user(f"approver_{each}", OPS + "approver") for each in "abc"]
            self._publish(approvers)
            self.keys = {user.login: self._key(user) for user in (buyer, *approvers)}
            self.buyer, *self.approvers = self.keys

    def _user(self, login, *groups):
        env = self.company.env
        return env["res.users"].create(
            {
                "name": login,
                "login": f"parallel_{login}",
                "email": f"{login}@example.com",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [
                    Command.set([env.ref(each).id for each in ("base.group_user", *groups)])
                ],
            }
        )

    def _key(self, user):
        tomorrow = datetime.datetime.now() + datetime.timedelta(days=0.5)
        return user.with_user(user).env["res.users.apikeys"]._generate(None, "test", tomorrow)

    def _publish(self, approvers):
        env = self.company.env
        policy = env["ops.approval.policy"].create(
            {
                "name": "Parallel",
                "model_id": env["ir.model"]._get_id(ORDER),
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
            }
        )
        stage = {
            "name": "Board",
            "approver_kind": "users",
            "user_ids": [Command.set([user.id for user in approvers])],
        }
        policy.draft_version_id.row_ids = [
            Command.create(
                {"name": "Any", "amount_to": SMALL, "stage_ids": [Command.create(stage)]}
            ),
            Command.create(
                {
                    "name": "Two of three",
                    "amount_from": SMALL,
                    "stage_ids": [Command.create({**stage, "mode": "n_of_m", "quorum": QUORUM})],
                }
            ),
        ]
        admin = self._user("admin", OPS + "admin", BUYER)
        policy.draft_version_id.with_user(admin).action_publish()

    # -- over the HTTP API ----------------------------------------------------------------

    def post(self, login, model, method, **arguments):
        """Status and answer of a call by the user's key."""
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            json.dumps(arguments).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.keys[login]}",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def draft(self, amount):
        status, [order] = self.post(
            self.buyer,
            ORDER,
            "create",
            vals_list=[
                {
                    "partner_id": self.vendor,
                    "picking_type_id": self.receipts,
                    "order_line": [
                        [
                            0,
                            0,
                            {
                                "product_id": self.product,
                                "product_qty": 1,
                                "price_unit": amount,
                                "tax_ids": [[5, 0, 0]],
                            },
                        ]
                    ],
                }
            ],
        )
        assert status == 200
        return order

    def submitted(self, amount):
        """An order that waits, and its request."""
        order = self.draft(amount)
        status, answer = self.post(self.buyer, ORDER, "action_submit_for_approval", ids=[order])
        assert status == 200, answer
        return order, self.state(order)["request"]

    def state(self, order):
        """What there is in the end, as the database has it."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            order = env[ORDER].browse(order)
            requests = env[REQUEST].search(
                [("res_model", "=", ORDER), ("res_id", "=", order.id)], order="id"
            )
            return {
                "order": order.state,
                "amount": order.amount_total,
                "request": requests[-1:].id,
                "requests": requests.mapped("state"),
                "version": requests[-1:].version,
                "seats": sorted(requests.assignment_ids.mapped("state")),
                "decisions": sorted(requests.decision_ids.mapped("kind")),
                "receipts": len(order.picking_ids),
                "unchanged": all(requests.decision_ids.mapped("digest_ok")),
            }


@pytest.fixture(scope="module")
def network(odoo_server):
    with pytest.MonkeyPatch.context() as patched:
        # Otherwise Odoo would run its own tests while it loads the registry.
        patched.setitem(config, "test_enable", False)
        registry = Registry(odoo_server.database)
    return Network(odoo_server.url, registry)


def at_once(*calls):
    """The statuses of calls that are made at the same moment."""
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(lambda call: call(), calls))
    assert all(status < 500 for status, _answer in answers), answers
    return [status for status, _answer in answers]


def approve(network, login, request, version=1):
    return lambda: network.post(login, REQUEST, "action_approve", ids=[request], version=version)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_three_who_approve_at_once_two_are_heard_and_the_order_goes_once(network, _round):
    order, request = network.submitted(5000)
    statuses = at_once(*(approve(network, each, request) for each in network.approvers))
    assert sorted(statuses) == [200, 200, 422]
    end = network.state(order)
    assert (end["order"], end["requests"], end["receipts"]) == ("purchase", ["approved"], 1)
    assert end["seats"] == ["approved", "approved", "ended"]
    assert end["decisions"] == ["approve", "approve"] and end["unchanged"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_one_person_who_approves_three_times_at_once_is_heard_once(network, _round):
    order, request = network.submitted(5000)
    statuses = at_once(*(approve(network, network.approvers[0], request) for _n in range(3)))
    assert sorted(statuses) == [200, 422, 422]
    end = network.state(order)
    assert (end["order"], end["decisions"]) == ("to approve", ["approve"])


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_who_approves_and_who_rejects_at_once_cannot_both_be_right(network, _round):
    order, request = network.submitted(500)
    first, second, _third = network.approvers

    def reject():
        return network.post(
            second,
            REQUEST,
            "action_reject",
            ids=[request],
            version=1,
            reason_code=network.reason,
            comment="No",
        )

    with network.registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        network.reason = env["ops.approval.reason"].search([], limit=1).code
    statuses = at_once(approve(network, first, request), reject)
    assert sorted(statuses) == [200, 422]
    end = network.state(order)
    assert (end["order"], end["requests"], end["decisions"]) in (
        ("purchase", ["approved"], ["approve"]),
        ("cancel", ["rejected"], ["reject"]),
    )


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_what_is_changed_while_it_is_approved_is_never_confirmed_unseen(network, _round):
    order, request = network.submitted(500)
    with network.registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        [line] = env[ORDER].browse(order).order_line.ids

    def change():
        return network.post(
            network.buyer, LINE, "write", ids=[line], vals={"price_unit": 23_002_070}
        )

    statuses = at_once(approve(network, network.approvers[0], request), change)
    end = network.state(order)
    if statuses == [200, 422]:
        assert (end["order"], end["amount"], end["version"]) == ("purchase", 500, 1)
    else:
        assert statuses == [422, 200]
        assert (end["order"], end["amount"], end["version"]) == ("to approve", 23_002_070, 2)
        assert end["requests"] == ["pending"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_who_submits_twice_at_once_has_one_request(network, _round):
    order = network.draft(500)

    def submit():
        return network.post(network.buyer, ORDER, "action_submit_for_approval", ids=[order])

    assert sorted(at_once(submit, submit)) == [200, 422]
    end = network.state(order)
    assert (end["order"], end["requests"]) == ("to approve", ["pending"])
