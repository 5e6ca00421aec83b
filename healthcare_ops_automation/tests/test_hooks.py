from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ..hooks import keep_used_categories
from .common import OpsCase


@tagged("post_install", "-at_install")
class TestHooks(OpsCase):
    def test_exceptions_outlive_the_pack_that_raised_them(self):
        categories = self.env["ops.exception.category"].create(
            [{"name": code, "code": code} for code in ("t_used", "t_unused")]
        )
        names = self.env["ir.model.data"].create(
            [
                {"module": "a_pack", "name": each.code, "model": each._name, "res_id": each.id}
                for each in categories
            ]
        )
        self.env["ops.exception"]._raise_exception("t_used", "Something.", self.site)
        keep_used_categories(self.env, "a_pack")
        self.assertEqual(names.exists().mapped("name"), ["t_unused"])
        self.assertEqual(categories.mapped("active"), [False, True])

    def test_a_pack_that_is_installed_again_takes_its_categories_back(self):
        shipped = {"name": "As shipped", "code": "t_used", "severity": "high"}
        data = {"xml_id": "a_pack.t_used", "noupdate": True, "values": shipped}
        categories = self.env["ops.exception.category"]
        category = categories._load_records([{**data, "values": {**shipped}}])
        exception = self.env["ops.exception"]._raise_exception("t_used", "Something.", self.site)
        keep_used_categories(self.env, "a_pack")
        self.assertFalse(self.env.ref("a_pack.t_used", raise_if_not_found=False))
        category.name = "Of old"
        self.assertEqual(categories._load_records([{**data, "values": {**shipped}}]), category)
        self.assertEqual(self.env.ref("a_pack.t_used"), category)
        self.assertEqual((category.active, category.name), (True, "As shipped"))
        self.assertEqual(exception.category_id, category)

    def test_a_pack_takes_no_category_of_another_one(self):
        categories = self.env["ops.exception.category"]
        values = {"name": "Theirs", "code": "t_theirs"}
        category = categories._load_records([{"xml_id": "b_pack.theirs", "values": values}])
        categories._adopt([{"xml_id": "a_pack.theirs", "values": {"code": "t_theirs"}}])
        self.assertFalse(self.env.ref("a_pack.theirs", raise_if_not_found=False))
        self.assertEqual(self.env.ref("b_pack.theirs"), category)

    def test_what_goes_with_an_uninstalled_module_asks_for_no_service_level(self):
        """Their tables may be gone already."""
        category = self.env["ops.exception.category"].create({"name": "Goes", "code": "t_goes"})
        name = self.env["ir.model.data"].create(
            {"module": "a_pack", "name": "goes", "model": category._name, "res_id": category.id}
        )
        asked = AssertionError("asked for the service levels")
        with patch.object(self.registry["ops.sla.policy"], "_measured_models", side_effect=asked):
            category.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()
        self.assertFalse(category.exists())
        self.assertFalse(name.exists())
