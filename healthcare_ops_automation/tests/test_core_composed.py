from odoo.tests import BaseCase, tagged

from ..core.composed import FieldLine, compose_contract, example_of
from ..core.contract import ContractError, problems
from ..core.masking import MASK, is_sensitive, masked, sensitivities


def line(key, kind="char", required=False, sensitivity="internal", choices=(), label=None):
    return FieldLine(key, label or key.capitalize(), kind, required, sensitivity, choices)


@tagged("post_install", "-at_install")
class TestCoreComposed(BaseCase):
    def _problems(self, lines, data):
        contract = compose_contract("test.composed", lines)
        with self.assertRaises(ContractError) as caught:
            contract.model_validate(data)
        return problems(caught.exception, contract)

    def _checked(self, lines, data):
        contract = compose_contract("test.composed", lines)
        return contract.model_validate(data).model_dump(mode="json", by_alias=True)

    def test_schema_says_type_label_and_sensitivity_of_each_field(self):
        schema = compose_contract(
            "test.composed",
            [
                line("name", required=True, label="Order Reference"),
                line("day", "date", required=True),
                line("at", "datetime", required=True, sensitivity="personal"),
                line("state", "selection", required=True, choices=("draft", "done")),
                line("lines", "one2many", required=True),
            ],
        ).model_json_schema()
        properties = schema["properties"]
        self.assertEqual(properties["name"]["title"], "Order Reference")
        self.assertEqual(properties["day"]["format"], "date")
        self.assertEqual(properties["at"]["format"], "date-time")
        self.assertEqual(properties["at"]["x-sensitivity"], "personal")
        self.assertEqual(properties["state"]["enum"], ["draft", "done"])
        self.assertEqual(properties["lines"]["type"], "array")
        self.assertEqual(schema["required"], list(properties))
        self.assertFalse(schema["additionalProperties"])

    def test_missing_and_empty_required_fields_are_named_by_their_label(self):
        lines = [line("ref", required=True, label="Order Reference"), line("note")]
        for data in ({}, {"ref": None}, {"ref": "  "}):
            [problem] = self._problems(lines, data)
            self.assertIn("Order Reference (ref)", problem)
        for kind, empty in (("one2many", []), ("many2one", None), ("date", None)):
            [problem] = self._problems([line("x", kind, required=True)], {"x": empty})
            self.assertIn("is required and is empty", problem)

    def test_zero_and_no_are_values(self):
        lines = [line("count", "integer", True), line("done", "boolean", True)]
        data = {"count": 0, "done": False}
        self.assertEqual(self._checked(lines, data), data)

    def test_unknown_fields_and_wrong_choices_are_refused(self):
        lines = [line("state", "selection", choices=("a", "b"))]
        self.assertIn("Extra inputs", self._problems(lines, {"other": 1})[0])
        self.assertIn("State (state)", self._problems(lines, {"state": "c"})[0])

    def test_any_key_can_be_used(self):
        lines = [line(key) for key in ("copy", "json", "schema", "model_config", "id", "class")]
        data = {each.key: "x" for each in lines}
        self.assertEqual(self._checked(lines, data), data)

    def test_times_are_sent_with_their_offset(self):
        data = {"at": "2026-11-22T10:00:00+01:00"}
        self.assertEqual(self._checked([line("at", "datetime")], data)["at"][-6:], "+01:00")
        self.assertTrue(self._problems([line("at", "datetime")], {"at": "2026-11-22T10:00:00"}))

    def test_example_follows_the_contract(self):
        kinds = ("integer", "float", "monetary", "boolean", "char", "text", "html", "date")
        kinds += ("datetime", "many2one", "one2many", "many2many")
        lines = [line(f"k{n}", kind, required=True) for n, kind in enumerate(kinds)]
        lines.append(line("state", "selection", True, choices=("a", "b")))
        lines.append(line("free", "selection", True))
        self.assertEqual(self._checked(lines, example_of(lines)), example_of(lines))


@tagged("post_install", "-at_install")
class TestCoreMasking(BaseCase):
    SCHEMA = {
        "$defs": {
            "Person": {
                "properties": {
                    "name": {"type": "string", "x-sensitivity": "personal"},
                    "role": {"type": "string", "x-sensitivity": "internal"},
                }
            }
        },
        "properties": {
            "number": {"x-sensitivity": "internal"},
            "key": {"x-sensitivity": "secret"},
            "owner": {
                "anyOf": [{"$ref": "#/$defs/Person"}, {"type": "null"}],
                "x-sensitivity": "internal",
            },
            "people": {
                "items": {"$ref": "#/$defs/Person"},
                "x-sensitivity": "internal",
            },
            "pair": {"prefixItems": [{"x-sensitivity": "internal"}, {"x-sensitivity": "personal"}]},
            "by_name": {
                "additionalProperties": {"$ref": "#/$defs/Person"},
                "x-sensitivity": "internal",
            },
        },
    }
    PERSON = {"name": "Ada", "role": "buyer"}
    HIDDEN = {"name": MASK, "role": "buyer"}

    def _masked(self, data, hidden=("personal", "secret")):
        return masked(data, self.SCHEMA, hidden)

    def test_values_are_hidden_by_their_tag_and_others_shown(self):
        self.assertEqual(self._masked({"number": 7, "key": "s"}), {"number": 7, "key": MASK})

    def test_nested_objects_and_lists_follow_their_own_contract(self):
        data = {"owner": self.PERSON, "people": [self.PERSON] * 2, "by_name": {"a": self.PERSON}}
        self.assertEqual(
            self._masked(data),
            {"owner": self.HIDDEN, "people": [self.HIDDEN] * 2, "by_name": {"a": self.HIDDEN}},
        )
        self.assertEqual(self._masked({"pair": [1, "Ada"]}), {"pair": [1, MASK]})

    def test_who_needs_it_sees_personal_values_and_still_no_secret(self):
        data = {"owner": self.PERSON, "key": "s"}
        self.assertEqual(self._masked(data, {"secret"}), {"owner": self.PERSON, "key": MASK})

    def test_what_the_schema_does_not_describe_is_hidden(self):
        self.assertEqual(
            self._masked({"surprise": 1, "number": 2}), {"surprise": MASK, "number": 2}
        )
        self.assertEqual(masked({"a": 1}, None, ()), MASK)

    def test_hidden_by_one_alternative_is_hidden(self):
        one = {"properties": {"a": {"x-sensitivity": "internal"}}}
        other = {"properties": {"a": {"x-sensitivity": "personal"}}}
        schema = {"properties": {"x": {"oneOf": [one, other], "x-sensitivity": "internal"}}}
        self.assertEqual(masked({"x": {"a": 1}}, schema, {"personal"}), {"x": {"a": MASK}})

    def test_tags_are_found_at_any_depth(self):
        self.assertEqual(sensitivities(self.SCHEMA), {"internal", "personal", "secret"})
        self.assertTrue(is_sensitive(self.SCHEMA))
        self.assertTrue(is_sensitive(None))
        self.assertFalse(is_sensitive({"properties": {"a": {"x-sensitivity": "internal"}}}))
