"""The page that integrators read is what the modules declare."""

from dev import catalogue


def test_the_catalogue_page_is_up_to_date():
    assert catalogue.PAGE.read_text(encoding="utf-8") == catalogue.text(), "run make catalogue"


def test_it_names_every_field_of_a_nested_contract_with_its_sensitivity():
    page = catalogue.text()
    assert "| `preferred_vendors[].ref` | string | yes | internal |" in page
    assert "| `suppliers[].lead_days` | integer or null | no | internal |" in page
