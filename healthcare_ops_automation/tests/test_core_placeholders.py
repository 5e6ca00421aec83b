from odoo.tests import BaseCase

from ..core.placeholders import Placeholder, parse
from ..core.wording import InvalidSetting


class TestCorePlaceholders(BaseCase):
    def test_text_and_fields_are_told_apart(self):
        self.assertEqual(
            parse("{{ object.name }} waits for {{object.user_id.name ||| nobody }}."),
            [
                Placeholder("name"),
                " waits for ",
                Placeholder("user_id.name", "nobody"),
                ".",
            ],
        )
        self.assertEqual(parse("no field"), ["no field"])
        self.assertEqual(parse(""), [])
        self.assertEqual(parse(False), [])

    def test_programs_are_refused(self):
        for text in (
            "{{ object.unlink() }}",
            "{{ env.user.name }}",
            "{{ object }}",
            "{{ object.name + 'x' }}",
            "{{ 1 }}",
            "{{ }}",
            "{{ object.__class__[0] }}",
        ):
            with self.assertRaises(InvalidSetting, msg=text):
                parse(text)
