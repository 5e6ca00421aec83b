import time

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

CALLBACK_SECONDS = 20


@tagged("post_install", "-at_install", "browser")
class TestTourStory(HttpCase):
    """The main job in the web client, with a real receiver and real HTTP both ways.

    What lies between the two visits, the scheduled action that delivers, is called by the
    test: it would commit, and a test's transaction never does.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.site = cls.env["ops.site"].create(
            {
                "name": "Tour clinic",
                "code": "TOUR",
                "kind": "clinic",
                "company_id": cls.company.id,
                "resource_calendar_id": cls.company.resource_calendar_id.id,
            }
        )
        cls.warehouse = cls.env["stock.warehouse"].create(
            {
                "name": "Tour clinic",
                "code": "TOUR",
                "company_id": cls.company.id,
                "ops_site_id": cls.site.id,
            }
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Tour syringe", "default_code": "TOUR-1", "is_storable": True}
        )
        vendor = cls.env["res.partner"].create({"name": "Tour vendor", "ref": "V-TOUR"})
        cls.user = new_test_user(
            cls.env,
            "tour_operations",
            groups="base.group_user,stock.group_stock_user,"
            "healthcare_ops_automation.group_ops_user",
            ops_site_ids=[Command.set(cls.site.ids)],
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.warehouse.lot_stock_id, 50
        )
        cls.item = cls.env["ops.supply.item"].create(
            {
                "product_id": cls.product.id,
                "site_id": cls.site.id,
                "ved_class": "vital",
                "critical_level": 20,
                "par_level": 60,
                "preferred_vendor_ids": [Command.set(vendor.ids)],
            }
        )

    def setUp(self):
        super().setUp()
        # The commits between claiming, sending and settling have no place in a test.
        self.patch(type(self.env["ops.delivery"]), "_commit", lambda self, processed=0: None)
        # The receiver is no browser: it answers without the cookie of the test.
        with self.allow_requests(all_requests=True):
            pass

    def test_a_validated_picking_is_answered_on_the_item(self):
        picking = self._ready_picking(35)
        with self._receiver() as receiver:
            self.start_tour(
                f"/odoo/stock.picking/{picking.id}",
                "healthcare_ops_supply_validate_picking",
                login=self.user.login,
            )
            self.env.invalidate_all()
            self.assertEqual(picking.state, "done")
            self.assertEqual(self.item.availability, "below_critical")
            self.env["ops.delivery"]._cron_deliver("critical")
            self._wait_for_callback(receiver)
        self.env.invalidate_all()
        event = self.env["ops.event"].search(
            [("res_model", "=", "ops.supply.item"), ("res_id", "=", self.item.id)]
        )
        self.assertEqual(event.mapped("type_code"), ["supply.item.below_critical"])
        self.assertEqual(event.actor_id, self.user)
        self.assertEqual(event.delivery_ids.state, "delivered")
        self.assertEqual(event.callback_ids.type_code, "supply.availability.answered")
        self.start_tour(
            "/odoo/action-healthcare_ops_supply.ops_supply_item_action",
            "healthcare_ops_supply_see_answer",
            login=self.user.login,
        )

    def _ready_picking(self, quantity):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        self.assertEqual(picking.state, "assigned")
        return picking

    def _receiver(self):
        """The receiver of `make demo` as a process of its own, subscribed by an endpoint."""
        # Here, so that without the repository around it only this test is missing something.
        from dev.receiver.process import ReceiverProcess

        receiver = ReceiverProcess()
        self.addCleanup(receiver.stop)
        integration = new_test_user(
            self.env,
            "tour_integration",
            groups="base.group_user,healthcare_ops_automation.group_ops_integration",
        )
        endpoint = self.env["ops.endpoint"].create(
            {
                "name": "Tour receiver",
                "url": f"{receiver.url}/events",
                "event_patterns": "supply.*",
                "allowed_networks": "127.0.0.0/8",
                "secret_out": receiver.secret_in,
                "secret_in": receiver.secret_out,
                "user_id": integration.id,
                "site_ids": [Command.set(self.site.ids)],
            }
        )
        receiver.control(
            callback_url=f"{self.base_url()}/healthcare_ops/v1/callbacks/{endpoint.token}",
            suppliers={"V-TOUR": {"items": {"TOUR-1": {"quantity": 400, "lead_days": 2}}}},
        )
        return receiver

    def _wait_for_callback(self, receiver):
        """Let the server's thread have the cursor until the callback was answered."""
        deadline = time.monotonic() + CALLBACK_SECONDS
        with self.allow_requests(all_requests=True):
            while not receiver.log()["callbacks"]:
                self.assertLess(time.monotonic(), deadline, receiver.output())
                time.sleep(0.05)
        [callback] = receiver.log()["callbacks"]
        self.assertEqual((callback["status"], callback["attempts"]), (200, 1), callback)
