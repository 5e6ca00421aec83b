from odoo.tests import HttpCase, tagged

from ..builders.tables import MODULE, logins


@tagged("post_install", "-at_install")
class TestDemoLogins(HttpCase):
    def test_every_listed_login_works(self):
        for row in logins():
            with self.subTest(login=row["login"]):
                session = self.authenticate(row["login"], row["password"])
                user = self.env["res.users"].browse(session.uid)
                self.assertEqual(user.login, row["login"])
                self.assertEqual(user.name, row["name"])

    def test_nobody_else_of_the_network_has_a_password(self):
        users = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "res.users")]
        )
        listed = self.env["res.users"].search([("login", "in", [r["login"] for r in logins()])])
        others = self.env["res.users"].browse(users.mapped("res_id")) - listed
        self.assertTrue(others)
        self.env.cr.execute(
            "SELECT login FROM res_users WHERE password IS NOT NULL AND id = ANY(%s)",
            [others.ids],
        )
        self.assertFalse(self.env.cr.fetchall())

    def test_operations_user_sees_the_items_of_own_sites_only(self):
        user = self.env.ref(f"{MODULE}.user_operations")
        sites = self.env["ops.supply.item"].with_user(user).search([]).sudo().site_id
        self.assertEqual(set(sites.mapped("code")), {"AUC", "AUS"})

    def test_laboratory_user_sees_the_items_of_own_company_only(self):
        user = self.env.ref(f"{MODULE}.user_lab_operations")
        items = self.env["ops.supply.item"].with_user(user).search([]).sudo()
        self.assertEqual(items.company_id, self.env.ref(f"{MODULE}.company_laboratory"))
        self.assertEqual(set(items.site_id.mapped("code")), {"LAB", "LPC"})

    def test_network_manager_sees_both_companies(self):
        user = self.env.ref(f"{MODULE}.user_manager")
        items = self.env["ops.supply.item"].with_user(user)
        items = items.with_context(allowed_company_ids=user.company_ids.ids).search([]).sudo()
        self.assertEqual(len(items.company_id), 2)
