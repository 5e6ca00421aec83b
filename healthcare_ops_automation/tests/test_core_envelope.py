import json
from datetime import datetime, timedelta, timezone

from odoo.tests import BaseCase

from ..core.contract import ContractError
from ..core.envelope import CallbackEnvelope, event_body, naive_utc, parse_json_object, rfc3339


class TestEnvelope(BaseCase):
    def _body(self, **changes):
        values = {
            "uuid": "evt_1",
            "source": "urn:healthcare-ops:db",
            "type_code": "test.thing.happened",
            "version": 2,
            "subject": "ops.site/1",
            "occurred_at": datetime(2026, 3, 29, 1, 30),
            "data": {"b": 1, "a": "ä"},
            "extensions": {"sequence": "7", "causationid": None},
        }
        return event_body(**{**values, **changes})

    def test_body_is_a_cloudevent(self):
        body = json.loads(self._body())
        self.assertEqual(body["specversion"], "1.0")
        self.assertEqual(body["id"], "evt_1")
        self.assertEqual(body["time"], "2026-03-29T01:30:00Z")
        self.assertEqual(body["dataschema"], "urn:healthcare-ops:schema:test.thing.happened:2")
        self.assertEqual(body["data"], {"a": "ä", "b": 1})
        self.assertNotIn("causationid", body)

    def test_same_facts_give_the_same_bytes(self):
        self.assertEqual(self._body(), self._body(data={"a": "ä", "b": 1}))

    def test_times_survive_the_way_there_and_back(self):
        moment = datetime(2026, 11, 22, 17, 0, 1)
        self.assertEqual(naive_utc(datetime.fromisoformat(rfc3339(moment)[:-1] + "+00:00")), moment)
        east = datetime(2026, 11, 22, 18, 0, 1, 5, tzinfo=timezone(timedelta(hours=1)))
        self.assertEqual(naive_utc(east), moment)

    def test_what_is_not_a_json_object_is_refused(self):
        deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        for raw in (
            b"",
            b"x",
            b"[]",
            b"1",
            b"\xff\xfe",
            b'{"a": NaN}',
            b'{"a": "\\u0000"}',
            b'{"a": "\\ud800"}',
            b'{"a": ' + b"9" * 5000 + b"}",
            deep,
        ):
            with self.assertRaises(ValueError, msg=raw[:20]):
                parse_json_object(raw)

    def test_backslash_before_u0000_is_no_nul(self):
        self.assertEqual(parse_json_object(rb'{"a": "\\u0000"}'), {"a": r"\u0000"})

    def test_time_outside_of_calendars_is_refused(self):
        envelope = {"specversion": "1.0", "id": "1", "source": "x", "type": "t", "data": {}}
        for time in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01T00:00Z"):
            with self.assertRaises(ContractError, msg=time):
                CallbackEnvelope.model_validate({**envelope, "inreplyto": "e", "time": time})

    def test_callback_must_say_what_it_is(self):
        with self.assertRaises(ContractError) as caught:
            CallbackEnvelope.model_validate({"specversion": "1.0", "id": "1", "source": "x"})
        missing = {error["loc"][0] for error in caught.exception.errors()}
        self.assertEqual(missing, {"type", "data"})
