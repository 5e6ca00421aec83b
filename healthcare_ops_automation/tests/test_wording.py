from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools.translate import code_translations

from ..core.network import parse_networks
from ..core.wording import ENGLISH, InvalidSetting, Told
from ..models.wording import TEXTS, in_words
from .common import OpsCase

MODULE = "healthcare_ops_automation"


@tagged("post_install", "-at_install")
class TestWording(OpsCase):
    """What core tells in English is said to people in their language."""

    def _in_french(self, texts):
        """Let these translations be the module's, and French an installed language."""
        self.env["res.lang"]._activate_lang("fr_FR")
        translated = patch.object(
            code_translations, "get_python_translations", lambda module, lang: texts
        )
        self.startPatcher(translated)
        return self.env(context={"lang": "fr_FR"})

    def test_every_code_has_the_same_text_for_people(self):
        self.assertEqual(
            {code: str(text._source) for code, text in TEXTS.items()},
            ENGLISH,
        )

    def test_an_error_carries_its_facts_and_reads_as_english_elsewhere(self):
        with self.assertRaises(InvalidSetting) as raised:
            parse_networks("10.0.0.1/8")
        error = raised.exception
        self.assertEqual((error.code, error.facts), ("network_host_bits", {"entry": "10.0.0.1/8"}))
        self.assertEqual(str(error), in_words(self.env, error))

    def test_it_is_said_in_the_reader_s_language(self):
        env = self._in_french({ENGLISH["name_unknown"]: "Le nom « %(host)s » est inconnu."})
        told = Told("name_unknown", host="nowhere.invalid")
        self.assertEqual(in_words(env, told), "Le nom « nowhere.invalid » est inconnu.")

    def test_a_wrong_entry_is_explained_in_the_reader_s_language(self):
        endpoint = self._create_endpoint()
        env = self._in_french(
            {
                ENGLISH["network_invalid"]: "« %(entry)s » n’est pas un réseau",
                "Allowed networks: %s.": "Réseaux autorisés : %s.",
            }
        )
        with self.assertRaisesRegex(
            ValidationError, "Réseaux autorisés : « inside » n’est pas un réseau"
        ):
            endpoint.with_env(env).allowed_networks = "inside"
