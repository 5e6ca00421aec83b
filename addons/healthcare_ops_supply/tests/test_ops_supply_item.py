from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .common import SupplyCase


@tagged("post_install", "-at_install")
class TestOpsSupplyItem(SupplyCase):
    def test_category_one_is_any_vital_or_a(self):
        for ved, abc, expected in (
            ("vital", "c", True),
            ("desirable", "a", True),
            ("essential", "b", False),
        ):
            self.item.write({"ved_class": ved, "abc_class": abc})
            self.assertEqual(self.item.category_one, expected, (ved, abc))

    def test_product_is_an_item_of_a_site_once(self):
        with (
            claim_log("odoo.sql_db", "ERROR", "ops_supply_item_product_site_uniq"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._create_item(self.product)

    def test_par_level_is_not_below_critical_level(self):
        with (
            claim_log("odoo.sql_db", "ERROR", "ops_supply_item_levels"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.item.par_level = 5

    def test_item_without_levels_is_never_below_them(self):
        product = self.env["product.product"].create({"name": "Gauze", "is_storable": True})
        item = self.env["ops.supply.item"].create(
            {"product_id": product.id, "site_id": self.site.id, "ved_class": "desirable"}
        )
        self.assertFalse(item.below_critical)

    def test_product_must_be_tracked_in_stock(self):
        service = self.env["product.product"].create({"name": "Advice", "type": "service"})
        with self.assertRaisesRegex(ValidationError, "Track Inventory"):
            self._create_item(service)

    def test_warehouse_and_vendors_belong_to_the_sites_company(self):
        other = self.env["res.company"].create({"name": "Second Legal Entity"})
        stranger = self.env["res.partner"].create({"name": "Theirs", "company_id": other.id})
        with self.assertRaises(UserError):
            self.item.preferred_vendor_ids += stranger
        theirs = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        with self.assertRaises(UserError):
            theirs.ops_site_id = self.site

    def test_item_is_entered_in_the_form(self):
        product = self.env["product.product"].create({"name": "Mask", "is_storable": True})
        self._add(30, product=product)
        form = Form(self.env["ops.supply.item"].with_user(self.manager))
        form.product_id = product
        form.site_id = self.site
        form.critical_level, form.par_level = 10, 50
        item = form.save()
        self.assertEqual((item.on_hand_usable, item.availability), (30, "ok"))

    def test_button_opens_the_exceptions_it_counts(self):
        exceptions = self.env["ops.exception"]
        for reason in ("Counted twice.", "Not found."):
            exceptions._raise_exception(
                "supply.no_preferred_vendor", reason, self.item, cause_key=reason
            )
        item = self.item.with_user(self.manager)
        action = item.action_open_exceptions()
        opened = exceptions.with_user(self.manager).search_count(action["domain"])
        self.assertEqual((opened, item.exception_count), (2, 2))

    def test_form_offers_the_item_s_events(self):
        self._add(20)
        view = self.item.with_user(self.manager).get_view(view_type="form")
        self.assertIn("ops_record_events", view["arch"])

    def test_overview_counts_items_below_critical(self):
        site = self.site.with_user(self.manager)
        self.assertEqual(site.below_critical_count, 1)
        action = site.action_open_items_below_critical()
        domain = [*action["domain"], ("below_critical", "=", True)]
        self.assertEqual(self.env["ops.supply.item"].search_count(domain), 1)
