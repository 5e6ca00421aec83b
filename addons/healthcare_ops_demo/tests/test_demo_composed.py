import json

from odoo.tests import TransactionCase, tagged

from ..builders.composed import URGENT_REPAIR


@tagged("post_install", "-at_install")
class TestDemoComposed(TransactionCase):
    def _events(self):
        return self.env["ops.event"].search([("type_code", "=", URGENT_REPAIR)])

    def test_repair_that_becomes_urgent_is_told_once(self):
        self.assertFalse(self._events())  # building the network told nobody
        equipment = self.env["maintenance.equipment"].search([], limit=1)
        request = self.env["maintenance.request"].create(
            {"name": "Monitor shows no signal", "equipment_id": equipment.id, "priority": "1"}
        )
        request.priority = "3"
        request.name = "Monitor shows no signal at all"
        self.env.cr.flush()
        event = self._events()
        self.assertEqual((event.state, event.res_id), ("sealed", request.id), event.invalid_reason)
        data = json.loads(event.body)["data"]
        self.assertEqual(data["equipment"], {"id": equipment.id, "name": equipment.display_name})
        self.assertEqual(data["requested_on"], request.request_date.isoformat())
