from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.retry import DEFAULT_SCHEDULE
from .common import OpsCase


@tagged("post_install", "-at_install")
class TestSettings(OpsCase):
    def _save(self, schedule):
        self.env["res.config.settings"].create({"ops_retry_schedule": schedule}).execute()

    def test_retry_schedule_is_kept_and_used(self):
        deliveries = self.env["ops.delivery"]
        self.assertEqual(deliveries._retry_schedule(), DEFAULT_SCHEDULE)
        self._save("10, 20")
        self.assertEqual(deliveries._retry_schedule(), (10, 20))

    def test_schedule_that_makes_no_sense_is_refused_by_name(self):
        for text in ("soon", "0", ","):
            with self.assertRaisesRegex(ValidationError, "Retry schedule"):
                self._save(text)
