"""The Code nodes of ``verify-event.json`` on what the suite really sends.

Between them n8n's Crypto nodes sign with the keys of two credentials; here Python does.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import time

import pytest

from odoo.addons.healthcare_ops_automation.core import signing

from dev import paths
from dev.n8n import equip, workflow_lint
from dev.test import NODE_VARIABLE

CODE_NODE = paths.ROOT / "tests" / "n8n" / "code_node.js"
OLD, NEW, WRONG = (signing.new_secret() for _number in range(3))
BODY = json.dumps({"id": "evt_1", "z": "Größe Ω", "a": 1.5}, ensure_ascii=False).encode()


def nodes():
    workflow = next(one for one in equip.workflows() if one["id"] == workflow_lint.VERIFY)
    return {node["name"]: node for node in workflow["nodes"]}


def run(name, content, binary=None):
    """What a Code node makes of an item."""
    task = {
        "code": nodes()[name]["parameters"]["jsCode"],
        "item": {"json": content, "binary": binary and base64.b64encode(binary).decode()},
    }
    done = subprocess.run(
        [os.environ[NODE_VARIABLE], CODE_NODE],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    result = json.loads(done.stdout)
    assert "error" not in result, result
    [item] = result["items"]
    return item["json"]


def verified(headers, body, current=NEW, previous=None):
    """What the sub-workflow gives back, with the keys of these secrets in its credentials."""
    request = run("Read the request", {"headers": headers}, body)
    for name, secret in (("current", current), ("previous", previous or current)):
        # As n8n's Crypto node: key and value are texts.
        key, value = equip.key_of(secret).encode(), request["signed"].encode()
        digest = hmac.new(key, value, hashlib.sha256).digest()
        request[name] = base64.b64encode(digest).decode()
    return run("Compare", request)


def sent(*secrets, body=BODY, at=None):
    """Headers as the dispatcher sends them."""
    now = int(time.time() if at is None else at)
    return signing.signed_headers(secrets, "evt_1", now, body)


@pytest.mark.parametrize(
    ("sent_with", "current", "previous"),
    [((NEW,), NEW, None), ((NEW, OLD), OLD, None), ((NEW, OLD), NEW, OLD), ((OLD,), NEW, OLD)],
    ids=["one", "rotating, old known", "rotating, both known", "n8n changed first"],
)
def test_what_is_sent_is_verified(sent_with, current, previous):
    found = verified(sent(*sent_with), BODY, current, previous)
    expected = {"verified": True, "status": 0, "reason": "", "webhookId": "evt_1"}
    assert found == {**expected, "event": json.loads(BODY)}


SPOILED = {
    "another body": (sent(NEW), BODY + b" ", 401, "no signature"),
    "another key": (sent(WRONG), BODY, 401, "no signature"),
    "another id": ({**sent(NEW), "webhook-id": "evt_2"}, BODY, 401, "no signature"),
    "half a signature": ({**sent(NEW), "webhook-signature": "v1,x é"}, BODY, 401, "no signature"),
    "a longer signature": (
        {**sent(NEW), "webhook-signature": sent(NEW)["webhook-signature"] + "="},
        BODY,
        401,
        "no signature",
    ),
    "too old": (sent(NEW, at=time.time() - 310), BODY, 401, "five minutes"),
    "too early": (sent(NEW, at=time.time() + 900), BODY, 401, "five minutes"),
    "no time": ({**sent(NEW), "webhook-timestamp": "1e9"}, BODY, 400, "no number"),
    "no signature": ({**sent(NEW), "webhook-signature": ""}, BODY, 400, "missing"),
    "no header": ({}, BODY, 400, "missing"),
    "no body": (sent(NEW), None, 400, "no raw body"),
    "bytes that are no text": (sent(NEW, body=b"\xff{}"), b"\xff{}", 400, "no UTF-8"),
    "no JSON": (sent(NEW, body=b"{"), b"{", 400, "no JSON"),
    "no object": (sent(NEW, body=b"null"), b"null", 400, "no event"),
    "the body of another event": (sent(NEW, body=b'{"id": "x"}'), b'{"id": "x"}', 400, "no event"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_what_is_not_ours_is_refused_and_nothing_of_it_is_handed_on(case):
    headers, body, status, reason = SPOILED[case]
    found = verified(headers, body)
    assert (found["verified"], found["status"], found["event"]) == (False, status, None)
    assert reason in found["reason"]


def test_it_signs_with_two_credentials_and_never_holds_a_key():
    signers = [node for node in nodes().values() if node["type"].endswith(".crypto")]
    names = [node["credentials"]["crypto"]["name"] for node in signers]
    assert names == [equip.SIGNING, equip.PREVIOUS]
    assert {node["parameters"]["encoding"] for node in signers} == {"base64"}
    assert {node["parameters"]["type"] for node in signers} == {"SHA256"}


def test_a_secret_whose_key_is_no_text_is_refused_with_a_remedy():
    binary = "whsec_" + base64.b64encode(bytes(range(200, 232))).decode()
    with pytest.raises(equip.ui.Failure, match="credentials cannot hold") as caught:
        equip.key_of(binary)
    assert "replace it" in caught.value.remedy


@pytest.mark.parametrize("secret", [OLD, NEW, WRONG], ids=["old", "new", "wrong"])
def test_the_secrets_that_odoo_makes_have_keys_of_text(secret):
    assert re.fullmatch(r"[\w-]{43}", equip.key_of(secret))
