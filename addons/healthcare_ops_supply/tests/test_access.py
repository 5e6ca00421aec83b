from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_ops_automation.tests.access_table import rights_on

from .common import AUTOMATION, SupplyCase

ITEM, ANSWER = "ops.supply.item", "ops.supply.answer"
# Group -> rights on items, rights on answers: r(ead), w(rite), c(reate), d(elete).
RIGHTS = {
    AUTOMATION % "requester": ("", ""),
    AUTOMATION % "user": ("r", "r"),
    AUTOMATION % "approver": ("", ""),
    AUTOMATION % "manager": ("rwc", "r"),
    AUTOMATION % "admin": ("rwcd", "r"),
    AUTOMATION % "auditor": ("r", "r"),
    "stock.group_stock_user": ("r", ""),
    "purchase.group_purchase_user": ("r", "r"),
}


@tagged("post_install", "-at_install")
class TestAccess(SupplyCase):
    def test_each_role_may_do_what_the_table_says_and_nothing_else(self):
        for group, expected in RIGHTS.items():
            user = new_test_user(self.env, f"t_{group}", groups=group)
            for model, rights in zip((ITEM, ANSWER), expected, strict=True):
                self.assertEqual(rights_on(self.env[model].with_user(user)), rights, (group, model))

    def test_integration_writes_nothing_by_itself(self):
        user = new_test_user(self.env, "t_int", groups="base.group_portal")
        user.group_ids = self.env.ref(AUTOMATION % "integration")
        for model, rights in ((ITEM, "r"), (ANSWER, "")):
            self.assertEqual(rights_on(self.env[model].with_user(user)), rights, model)

    def test_items_of_other_sites_and_companies_are_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Second Legal Entity"})
        abroad = self.env["ops.site"].create(
            {
                "name": "Abroad",
                "code": "T-AB",
                "company_id": other.id,
                "resource_calendar_id": self.env["resource.calendar"]
                .create({"name": "Abroad", "company_id": other.id})
                .id,
            }
        )
        hill = self.env["ops.site"].create({"name": "Hill", "code": "T-HI"})
        foreign = self._create_item(self.product, abroad)
        elsewhere = self._create_item(self.product, hill)
        user = new_test_user(self.env, "t_scoped", groups=AUTOMATION % "user")
        items = self.env[ITEM].with_user(user)
        mine = [("product_id", "=", self.product.id)]
        self.assertEqual(items.search(mine), self.item | elsewhere)
        user.ops_site_ids = self.site
        self.assertEqual(items.search(mine), self.item)
        for item in (foreign, elsewhere):
            with self.assertRaises(AccessError):
                item.with_user(user).read(["on_hand_usable"])

    def test_computed_facts_cannot_be_written_by_hand(self):
        item = self.item.with_user(self.manager)
        for values in (
            {"on_hand_usable": 99},
            {"below_critical": False},
            {"availability": "ok"},
            {"category_one": False},
        ):
            with self.assertRaisesRegex(UserError, "computed"):
                item.write(values)
