from odoo.tests import BaseCase

from ..core.contract import (
    INTERNAL,
    Contract,
    ContractError,
    declare_event,
    problems,
    tagged,
)


class Reading(Contract):
    number: int = tagged(INTERNAL, ge=0)
    note: str | None = tagged(INTERNAL, None, max_length=5)


class TestContract(BaseCase):
    def _declare(self, **changes):
        values = {
            "module": "test",
            "name": "n",
            "description": "d",
            "process_code": "p",
            "milestone_code": "m",
            "severity": "low",
            "lane": "bulk",
            "example": {"number": 1},
        }
        return declare_event("test.declared.never", Reading, **{**values, **changes})

    def test_untagged_field_is_refused_when_declared(self):
        with self.assertRaisesRegex(TypeError, "Careless.name"):

            class Careless(Contract):
                name: str

    def test_each_broken_field_is_named_without_its_value(self):
        with self.assertRaises(ContractError) as caught:
            Reading.model_validate({"number": -1, "note": "secret-value", "extra": 1})
        found = problems(caught.exception)
        self.assertEqual({text.split(":")[0] for text in found}, {"number", "note", "extra"})
        self.assertNotIn("secret-value", " ".join(found))

    def test_infinite_numbers_are_refused(self):
        class Level(Contract):
            level: float = tagged(INTERNAL)

        for value in (float("inf"), float("nan")):
            with self.assertRaises(ContractError):
                Level.model_validate({"level": value})

    def test_declaration_with_a_wrong_example_lane_or_severity_is_refused(self):
        for changes in ({"lane": "fast"}, {"severity": "bad"}, {"example": {}}):
            with self.assertRaises(ValueError, msg=changes):
                self._declare(**changes)

    def test_schema_carries_the_sensitivity_of_each_field(self):
        schema = Reading.model_json_schema()
        self.assertEqual(schema["properties"]["number"]["x-sensitivity"], "internal")
        self.assertFalse(schema["additionalProperties"])
