"""A warehouse at a site, and a vital consumable in it."""

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import SQL

AUTOMATION = "healthcare_ops_automation.group_ops_%s"


class SupplyCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Endpoints of a demo network, or of a developer's database, are not this test's.
        cls.env["ops.endpoint"].search([]).write({"state": "disabled"})
        cls.company = cls.env.company
        cls.manager = new_test_user(
            cls.env, "t_supply_manager", groups=AUTOMATION % "manager", company_id=cls.company.id
        )
        cls.site = cls.env["ops.site"].create(
            {"name": "Harbour Clinic", "code": "T-SUP", "manager_id": cls.manager.id}
        )
        cls.warehouse = cls.env["stock.warehouse"].create(
            {"name": "Harbour store", "code": "THS", "ops_site_id": cls.site.id}
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor <One>", "ref": "T-V1"})
        cls.product = cls.env["product.product"].create(
            {"name": "Gloves", "default_code": "T-GLV", "is_storable": True}
        )
        cls.item = cls._create_item(cls.product)

    @classmethod
    def _create_item(cls, product, site=None, **values):
        return cls.env["ops.supply.item"].create(
            {
                "product_id": product.id,
                "site_id": (site or cls.site).id,
                "ved_class": "vital",
                "critical_level": 10,
                "par_level": 40,
                "preferred_vendor_ids": [Command.set(cls.vendor.ids)],
                **values,
            }
        )

    def _commit(self):
        """What a commit does: check levels, seal events, end their transaction."""
        self.env.cr.flush()
        self.env.cr.execute(SQL("UPDATE ops_event SET txid = NULL"))
        self.env["ops.event"].invalidate_model()

    def _add(self, quantity, location=None, lot=None, product=None):
        self.env["stock.quant"]._update_available_quantity(
            product or self.product, location or self.stock, quantity, lot_id=lot
        )
        self._commit()

    def _consume(self, quantity, product=None):
        """A real move out of the store."""
        product = product or self.product
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.stock.id,
                            "location_dest_id": self.customers.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        self._commit()
        return picking

    def _events(self, code=None, item=None):
        item = item or self.item
        domain = [("res_model", "=", "ops.supply.item"), ("res_id", "=", item.id)]
        if code:
            domain.append(("type_code", "=", code))
        return self.env["ops.event"].search(domain, order="id")
