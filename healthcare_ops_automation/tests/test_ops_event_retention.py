from odoo.tests import tagged
from odoo.tools import SQL

from .common import OpsCase


@tagged("post_install", "-at_install")
class TestOpsEventRetention(OpsCase):
    def _event_of_age(self, days):
        event = self._emit()
        self._commit()
        self.env.cr.execute(
            SQL(
                "UPDATE ops_event SET sealed_at = sealed_at - %s * interval '1 day' WHERE id = %s",
                days,
                event.id,
            )
        )
        event.invalidate_recordset()
        return event

    def test_content_goes_after_its_retention_and_the_event_stays(self):
        self.type.retention_days = 30
        old, young = self._event_of_age(31), self._event_of_age(29)
        digest = old.body_sha256
        self.env.flush_all()
        self.events.sudo()._gc_content()
        self.assertFalse(old.body)
        self.assertFalse(old.pretty_body)
        self.assertEqual((old.state, old.body_sha256), ("sealed", digest))
        self.assertTrue(young.body)

    def test_content_that_must_still_be_delivered_stays(self):
        self._create_endpoint()
        self.type.retention_days = 30
        event = self._event_of_age(31)
        self.env.flush_all()
        self.events.sudo()._gc_content()
        self.assertTrue(event.body)
        event.delivery_ids.sudo().state = "delivered"
        self.env.flush_all()
        self.events.sudo()._gc_content()
        self.assertFalse(event.body)
