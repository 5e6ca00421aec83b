from odoo.tests import TransactionCase, tagged

from ..builders import gtin
from ..builders.tables import MODULE, logins, table


@tagged("post_install", "-at_install")
class TestDemoNetwork(TransactionCase):
    """What the module promises about the network as it stands."""

    def _demo(self, model):
        """The records of the network, by their external ids."""
        data = self.env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", model)])
        return self.env[model].browse(data.mapped("res_id"))

    def test_two_companies_with_accounts_in_one_currency(self):
        companies = self._demo("res.company")
        self.assertEqual(len(companies), 2)
        self.assertEqual(companies.currency_id.mapped("name"), ["EUR"])
        self.assertTrue(all(companies.mapped("chart_template")))

    def test_sites_in_two_time_zones_open_and_close(self):
        sites = self._demo("ops.site")
        self.assertGreaterEqual(len(sites), 5)
        self.assertEqual(set(sites.mapped("tz")), {"Europe/Berlin", "Europe/Lisbon"})
        self.assertEqual(sites.company_id, self._demo("res.company"))
        self.assertTrue(sites.parent_id, "some sites are part of others")
        self.assertTrue(all(sites.mapped("manager_id")))
        self.assertEqual(len(sites.resource_calendar_id), len(sites))
        for site in sites:
            self.assertTrue(site.resource_calendar_id.attendance_ids, site.name)
            holidays = site.resource_calendar_id.global_leave_ids
            self.assertIn("Christmas Day", holidays.mapped("name"))

    def test_a_holiday_lasts_its_whole_day_at_the_site(self):
        site = self.env.ref(f"{MODULE}.site_pcl")
        christmas = site.resource_calendar_id.global_leave_ids.filtered(
            lambda leave: leave.name == "Christmas Day"
        )[:1]
        # Lisbon keeps UTC in winter.
        self.assertEqual(f"{christmas.date_from:%m-%d %H:%M}", "12-25 00:00")
        self.assertEqual(f"{christmas.date_to:%m-%d %H:%M}", "12-25 23:59")

    def test_each_site_has_a_warehouse_with_a_quarantine(self):
        for site in self._demo("ops.site"):
            warehouse = self.env["stock.warehouse"].search([("ops_site_id", "=", site.id)])
            self.assertEqual(len(warehouse), 1, site.name)
            inside = self.env["stock.location"].search(
                [("id", "child_of", warehouse.lot_stock_id.id), ("ops_quarantine", "=", True)]
            )
            self.assertEqual(len(inside), 1, site.name)

    def test_consumables_have_valid_barcodes_lots_and_vendors(self):
        products = self._demo("product.product")
        self.assertGreaterEqual(len(products), 60)
        self.assertFalse(products.filtered(lambda product: not product.is_storable))
        for product in products:
            self.assertTrue(gtin.is_valid(product.barcode), product.name)
            self.assertEqual(len(product.seller_ids), 2, product.name)
        boxes = self.env["product.uom"].search([("product_id", "in", products.ids)])
        self.assertTrue(boxes)
        self.assertTrue(all(gtin.is_valid(barcode) for barcode in boxes.mapped("barcode")))
        self.assertGreater(len(products.filtered(lambda each: each.tracking == "lot")), 40)

    def test_stock_is_expired_short_dated_and_quarantined_here_and_there(self):
        special = table("special_lots")
        for row in special:
            name = f"{row['product'][3:]}-{row['site']}-{row['kind'][0].upper()}"
            quants = self.env["stock.lot"].search([("name", "=", name)]).quant_ids
            held = quants.filtered(lambda quant: quant.location_id.usage == "internal")
            self.assertEqual(sum(held.mapped("quantity")), float(row["quantity"]), name)
            quarantined = held.location_id.mapped("ops_quarantine")
            self.assertEqual(quarantined, [row["kind"] == "quarantine"], name)
        self.assertEqual({row["kind"] for row in special}, {"expired", "short", "quarantine"})

    def test_items_are_classified_and_their_stock_is_known(self):
        items = self._demo("ops.supply.item")
        self.assertGreaterEqual(len(items), 150)
        self.assertEqual(set(items.mapped("ved_class")), {"vital", "essential", "desirable"})
        self.assertEqual(set(items.mapped("abc_class")), {"a", "b", "c"})
        self.assertTrue(all(item.preferred_vendor_ids for item in items))
        known = {item: (item.on_hand_usable, item.below_critical) for item in items}
        items._ops_recompute(silent=True)
        self.assertEqual(known, {i: (i.on_hand_usable, i.below_critical) for i in items})
        below = items.filtered("below_critical")
        self.assertGreaterEqual(len(below), len(table("shortages")))
        self.assertLess(len(below), len(items) / 5)

    def test_vendors_have_a_reference_and_nobody_a_real_address(self):
        vendors = self._demo("res.partner")
        self.assertGreaterEqual(len(vendors), 8)
        self.assertTrue(all(vendors.mapped("ref")))
        people = self._demo("res.users").partner_id | vendors | self._demo("res.company").partner_id
        for address in people.mapped("email"):
            self.assertTrue(address.endswith(".example.org"), address)

    def test_equipment_stands_at_sites_and_has_been_repaired(self):
        equipment = self._demo("maintenance.equipment")
        self.assertGreaterEqual(len(equipment), 35)
        self.assertTrue(all(equipment.mapped("serial_no")))
        self.assertTrue(equipment.location_id.warehouse_id.ops_site_id)
        self.assertTrue(equipment.maintenance_ids.filtered("close_date"))
        self.assertTrue(equipment.maintenance_ids.filtered(lambda request: not request.done))

    def test_every_department_finds_somebody_above(self):
        departments = self._demo("hr.department")
        self.assertTrue(departments.ops_site_id)
        top = {self.env.ref(f"{MODULE}.department_{code}") for code in ("auc", "lab")}
        for department in departments - self.env["hr.department"].concat(*top):
            self.assertNotEqual(department.ops_authority_state, "no_one_above", department.name)

    def test_a_login_is_listed_for_every_role(self):
        groups = {
            role: self.env.ref(f"healthcare_ops_automation.group_ops_{role}")
            for role in (
                "requester",
                "user",
                "approver",
                "manager",
                "admin",
                "auditor",
                "integration",
            )
        }
        for role, group in groups.items():
            login = next(row["login"] for row in logins() if row["role"] == role)
            user = self.env["res.users"].search([("login", "=", login)])
            self.assertIn(group, user.group_ids, role)

    def test_no_model_keeps_patients(self):
        self.assertFalse([name for name in self.env.registry.models if "patient" in name])
