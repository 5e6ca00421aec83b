"""What integrators and their tools read first is what the modules declare."""

import json

import jsonschema
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from dev import catalogue


@pytest.fixture(scope="module")
def described():
    """The OpenAPI document of the whole suite, as it stands in docs/."""
    return yaml.safe_load(catalogue.OPENAPI.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["events.md", "kpis.md", "openapi.yaml"])
def test_what_is_generated_is_up_to_date(name):
    written = (catalogue.DOCS / name).read_text(encoding="utf-8")
    assert written == catalogue.texts()[name], "run make catalogue"


def test_the_page_names_every_field_of_a_nested_contract_with_its_sensitivity():
    page = catalogue.texts()["events.md"]
    assert "| `preferred_vendors[].ref` | string | yes | internal |" in page
    assert "| `suppliers[].lead_days` | integer or null | no | internal |" in page


def test_the_page_shows_each_callback_with_an_example():
    page = catalogue.texts()["events.md"]
    for callback in catalogue.declared()[1]:
        part = page.partition(f"### `{callback.code}`")[2].partition("\n### ")[0]
        assert callback.description in part
        assert json.loads(part.partition("```json")[2].partition("```")[0]) == callback.example


def test_the_openapi_document_is_valid(described):
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_it_lists_the_whole_suite(described):
    events, callbacks, paths = catalogue.declared()
    assert set(described["webhooks"]) == {each.code for each in events}
    body = described["paths"]["/healthcare_ops/v1/callbacks/{token}"]["post"]["requestBody"]
    [content] = body["content"].values()
    codes = {each.code for each in callbacks}
    assert set(content["schema"]["discriminator"]["mapping"]) == set(content["examples"]) == codes
    assert {each.path for each in paths} < set(described["paths"])
    assert "/healthcare_ops/v1/health" in described["paths"]


def validator(described, name):
    """Of a component, with formats and references."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


def test_every_example_follows_its_schema(described):
    events, callbacks, _paths = catalogue.declared()
    body = described["paths"]["/healthcare_ops/v1/callbacks/{token}"]["post"]["requestBody"]
    [content] = body["content"].values()
    for callback in callbacks:
        example = content["examples"][callback.code]["value"]
        validator(described, f"callback.{callback.code}").validate(example)
    for event in events:
        validator(described, f"data.{event.code}.{event.version}").validate(event.example)


def test_an_answer_without_its_event_breaks_the_schema(described):
    for callback in catalogue.declared()[1]:
        body = described["paths"]["/healthcare_ops/v1/callbacks/{token}"]["post"]["requestBody"]
        [content] = body["content"].values()
        example = dict(content["examples"][callback.code]["value"])
        example.pop("inreplyto", None)
        found = validator(described, f"callback.{callback.code}")
        assert found.is_valid(example) is not callback.is_answer
