import uuid
from contextlib import closing, contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log


@tagged("post_install", "-at_install")
class TestOpsSupplyConcurrency(BaseCase):
    """Two people consume from different shelves at once; real transactions that commit."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.ids = {}
        with self._transaction() as env:
            mark = uuid.uuid4().hex[:4]  # the warehouse stays, archived: its stock moved
            site = env["ops.site"].create({"name": "Busy", "code": f"T-{mark}"})
            warehouse = env["stock.warehouse"].create(
                {"name": f"Busy store {mark}", "code": mark, "ops_site_id": site.id}
            )
            shelves = env["stock.location"].create(
                [{"name": name, "location_id": warehouse.lot_stock_id.id} for name in "AB"]
            )
            product = env["product.product"].create({"name": "Swab", "is_storable": True})
            item = env["ops.supply.item"].create(
                {
                    "product_id": product.id,
                    "site_id": site.id,
                    "critical_level": 10,
                    "par_level": 20,
                }
            )
            for shelf in shelves:
                env["stock.quant"]._update_available_quantity(product, shelf, 6)
            self.ids = {
                "site": site.id,
                "warehouse": warehouse.id,
                "shelves": shelves.ids,
                "product": product.id,
                "item": item.id,
            }
        self.addCleanup(self._remove)

    @contextmanager
    def _transaction(self):
        with self.registry.cursor() as cr:  # commits at the end
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _remove(self):
        with self._transaction() as env:
            item = self.ids["item"]
            env.cr.execute(
                SQL(
                    "DELETE FROM ops_event WHERE res_model = 'ops.supply.item' AND res_id = %s",
                    item,
                )
            )
            env["ops.supply.item"].browse(item).unlink()
            env.cr.execute(
                SQL("DELETE FROM stock_quant WHERE product_id = %s", self.ids["product"])
            )
            env["product.product"].browse(self.ids["product"]).unlink()
            env["stock.warehouse"].browse(self.ids["warehouse"]).ops_site_id = False
            env["stock.warehouse"].browse(self.ids["warehouse"]).active = False
            env["ops.site"].browse(self.ids["site"]).unlink()

    def _take(self, env, shelf):
        env["stock.quant"]._update_available_quantity(
            env["product.product"].browse(self.ids["product"]),
            env["stock.location"].browse(self.ids["shelves"][shelf]),
            -2,
        )

    def test_two_that_together_fall_below_cannot_both_miss_it(self):
        """12 in stock, level 10: each takes 2 from its own shelf and sees 10 left."""
        first, second = self.registry.cursor(), self.registry.cursor()
        with closing(first), closing(second):
            one = api.Environment(first, SUPERUSER_ID, {})
            two = api.Environment(second, SUPERUSER_ID, {})
            second.execute("SELECT 1")  # both see the stock as it was
            self._take(one, 0)
            first.commit()
            self._take(two, 1)
            with (
                claim_log("odoo.sql_db", "ERROR", "could not serialize access"),
                self.assertRaises(SerializationFailure),
            ):
                second.commit()
            # Odoo runs it again, and now it sees both.
            second.rollback()
            two.invalidate_all()
            self._take(two, 1)
            second.commit()
        with self._transaction() as env:
            item = env["ops.supply.item"].browse(self.ids["item"])
            self.assertEqual((item.on_hand_usable, item.below_critical), (8, True))
            events = env["ops.event"].search(
                [("res_id", "=", item.id), ("type_code", "=", "supply.item.below_critical")]
            )
            self.assertEqual(len(events), 1)
