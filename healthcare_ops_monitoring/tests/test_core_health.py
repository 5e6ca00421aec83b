import doctest

from odoo.tests import BaseCase

from ..core import health
from ..core.health import DEGRADED, OK, Check


class TestCoreHealth(BaseCase):
    def test_the_examples_in_the_docstrings_hold(self):
        result = doctest.testmod(health)
        self.assertGreater(result.attempted, 0)
        self.assertFalse(result.failed)

    def test_the_public_answer_holds_three_facts_and_no_more(self):
        check = Check("disk", DEGRADED, "Disk", "Nearly full.", "Clean up.", {"domain": []})
        self.assertEqual(
            check.public(), {"name": "disk", "status": DEGRADED, "detail": "Nearly full."}
        )

    def test_a_page_entry_without_records_has_no_button(self):
        self.assertIs(Check("disk", OK, "Disk", "Empty.").page()["action"], False)
