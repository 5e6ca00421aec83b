import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import SupplyCase

BELOW = "supply.item.below_critical"
RECOVERED = "supply.item.recovered"


@tagged("post_install", "-at_install")
class TestOpsSupplyLevel(SupplyCase):
    def _lot(self, name, days):
        self.product.tracking = "lot"
        return self.env["stock.lot"].create(
            {
                "name": name,
                "product_id": self.product.id,
                "expiration_date": fields.Datetime.now() + timedelta(days=days),
            }
        )

    def test_new_item_is_armed_without_an_event(self):
        self.assertTrue(self.item.below_critical)
        self.assertEqual(self.item.availability, "out_of_stock")
        self.assertFalse(self._events())

    def test_move_below_the_level_writes_one_event_in_its_transaction(self):
        self._add(20)
        self._consume(15)
        self.assertEqual(self.item.on_hand_usable, 5)
        self.assertEqual(self.item.availability, "below_critical")
        event = self._events(BELOW)
        self.assertEqual(len(event), 1)
        self.assertEqual(
            (event.state, event.severity, event.lane), ("sealed", "critical", "critical")
        )
        self.assertEqual((event.site_id, event.company_id), (self.site, self.company))
        data = json.loads(event.body)["data"]
        self.assertEqual((data["on_hand"], data["suggested_quantity"]), (5, 35))
        self.assertEqual(data["item"]["code"], "T-GLV")
        self.assertEqual(data["preferred_vendors"], [{"ref": "T-V1", "name": "Vendor <One>"}])

    def test_exactly_at_the_level_is_not_below(self):
        self._add(20)
        self._consume(10)
        self.assertEqual(self.item.availability, "ok")
        self.assertFalse(self._events(BELOW))

    def test_event_comes_once_until_stock_is_back_above(self):
        self._add(20)
        self._consume(12)
        self._consume(3)
        self.assertEqual(len(self._events(BELOW)), 1)
        self._add(30)
        self._consume(30)
        self.assertEqual(len(self._events(BELOW)), 2)
        self.assertEqual(len(self._events(RECOVERED)), 2)

    def test_reservations_do_not_count(self):
        self._add(20)
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 15,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        self._commit()
        self.assertEqual(move.state, "assigned")
        self.assertEqual(self.item.on_hand_usable, 20)

    def test_expired_stock_is_not_usable(self):
        self._add(20, lot=self._lot("good", 100))
        self._add(20, lot=self._lot("old", -1))
        self.assertEqual(self.item.on_hand_usable, 20)

    def test_lot_whose_date_is_corrected_counts_at_once(self):
        lot = self._lot("wrong", 100)
        self._add(20, lot=lot)
        lot.expiration_date = fields.Datetime.now() - timedelta(days=1)
        self._commit()
        self.assertEqual(self.item.on_hand_usable, 0)
        self.assertEqual(len(self._events(BELOW)), 1)

    def test_stock_that_expires_by_itself_is_noticed_by_the_schedule(self):
        lot = self._lot("soon", 100)
        self._add(20, lot=lot)
        self.env.cr.execute(
            "UPDATE stock_lot SET expiration_date = now() AT TIME ZONE 'UTC' - interval '1 day'"
            " WHERE id = %s",
            [lot.id],
        )
        lot.invalidate_recordset()
        self.env["ops.supply.item"]._cron_check_levels()
        self._commit()
        self.assertEqual(len(self._events(BELOW)), 1)

    def test_quarantined_stock_is_not_usable_also_within_sublocations(self):
        quarantine = self.env["stock.location"].create(
            {"name": "Quarantine", "location_id": self.stock.id, "ops_quarantine": True}
        )
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": quarantine.id})
        self._add(20)
        self._add(50, shelf)
        self.assertEqual(self.item.on_hand_usable, 20)
        quarantine.ops_quarantine = False
        self._commit()
        self.assertEqual(self.item.on_hand_usable, 70)

    def test_stock_of_another_site_does_not_count(self):
        hill = self.env["ops.site"].create({"name": "Hill", "code": "T-SUP2"})
        warehouse = self.env["stock.warehouse"].create(
            {"name": "Hill store", "code": "THI", "ops_site_id": hill.id}
        )
        self._add(99, warehouse.lot_stock_id)
        self.assertEqual(self.item.on_hand_usable, 0)
        warehouse.ops_site_id = self.site
        self._commit()
        self.assertEqual(self.item.on_hand_usable, 99)

    def test_raised_critical_level_is_a_crossing(self):
        self._add(20)
        self.item.write({"critical_level": 25})
        self._commit()
        self.assertEqual(len(self._events(BELOW)), 1)

    def test_inventory_adjustment_is_noticed(self):
        self._add(20)
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.stock.id)]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 3
        quant.action_apply_inventory()
        self._commit()
        self.assertEqual(self.item.on_hand_usable, 3)
        self.assertEqual(len(self._events(BELOW)), 1)

    def test_broken_data_does_not_stop_the_move(self):
        self._add(20)
        broken = patch.object(
            self.registry["ops.supply.item"], "_below_critical_data", lambda item: {"on_hand": "?"}
        )
        with broken:
            self._consume(15)
        self.assertEqual(self.item.on_hand_usable, 5)
        event = self._events(BELOW)
        self.assertEqual(event.state, "invalid")
        self.assertIn("on_hand", event.invalid_reason)

    def test_stock_user_without_operations_role_causes_the_event(self):
        self._add(20)
        user = new_test_user(self.env, "t_stock", groups="stock.group_stock_user")
        admin_env, self.env = self.env, self.env(user=user)
        self._consume(15)
        self.env = admin_env
        self.assertEqual(self._events(BELOW).actor_id, user)

    def test_many_items_of_one_transaction_are_checked_together(self):
        products = self.env["product.product"].create(
            [{"name": f"Item {n}", "is_storable": True} for n in range(30)]
        )
        for product in products:
            self._create_item(product)
        Quant = self.env["stock.quant"]
        for product in products:
            Quant._update_available_quantity(product, self.stock, 50)
        items = self.env["ops.supply.item"].search([("product_id", "in", products.ids)])
        self._commit()
        self.assertEqual(set(items.mapped("on_hand_usable")), {50})
        self.assertEqual(
            self.env["ops.event"].search_count(
                [("type_code", "=", RECOVERED), ("res_id", "in", items.ids)]
            ),
            30,
        )
