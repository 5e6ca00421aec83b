from odoo.exceptions import AccessError
from odoo.tests import tagged

from .policies import ROLES, PolicyCase

READERS = ("user", "approver", "manager", "admin", "auditor")


@tagged("post_install", "-at_install")
class TestPurchasePolicyAccess(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {role: cls.person(f"role_{role}", role) for role in ROLES}
        cls.roles["admin"].group_ids += cls.env.ref("purchase.group_purchase_user")

    def _parts(self, policy):
        version = policy.version_ids
        return policy, version, version.row_ids, version.row_ids.stage_ids

    def test_who_works_here_reads_policies_and_administrators_write_them(self):
        parts = self._parts(self.draft())
        for role, user in self.roles.items():
            for part in parts:
                with self.subTest(role=role, model=part._name):
                    mine = part.with_user(user)
                    self.assertEqual(mine.has_access("read"), role in READERS)
                    for operation in ("write", "create", "unlink"):
                        self.assertEqual(mine.has_access(operation), role == "admin")

    def test_only_administrators_change_a_draft(self):
        _policy, version, row, stage = self._parts(self.draft())
        for role in (*(role for role in ROLES if role != "admin"), "admin"):
            user = self.roles[role]
            with self.subTest(role=role):
                calls = (
                    lambda u=user: version.with_user(u).write({"tolerance_percent": 5}),
                    lambda u=user: row.with_user(u).write({"outcome": "none"}),
                    lambda u=user: stage.with_user(u).write({"mode": "all"}),
                    lambda u=user: stage.with_user(u).unlink(),
                )
                if role == "admin":
                    for call in calls:
                        call()
                    continue
                for call in calls:
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        call()

    def test_policies_of_another_company_stay_hidden(self):
        parts = self._parts(self.draft())
        for role in ("manager", "admin", "auditor"):
            stranger = self.person(f"south_{role}", role, self.other_company)
            for part in parts:
                with self.subTest(role=role, model=part._name):
                    self.assertFalse(part.with_user(stranger).search([("id", "in", part.ids)]))
                    with self.assertRaises(AccessError):
                        part.with_user(stranger).read(["display_name"])

    def test_of_a_policy_for_all_a_row_of_another_company_stays_hidden(self):
        foreign = self.make_site("FAR", self.other_company)
        policy = self.policies.sudo().create(
            {
                "name": "Everywhere",
                "model_id": self.model.id,
                "company_id": False,
                "currency_id": self.euro.id,
            }
        )
        policy.draft_version_id.write(
            {
                "row_ids": [
                    self.row("Far", site_id=foreign.id),
                    self.row("South", company_id=self.other_company.id),
                    self.row("Near"),
                ]
            }
        )
        self.env.invalidate_all()
        rows = policy.draft_version_id.with_user(self.roles["manager"]).row_ids
        self.assertEqual(rows.mapped("name"), ["Near"])
        table = policy.draft_version_id.with_user(self.roles["manager"])._as_table()
        self.assertEqual([line["number"] for line in table["lines"]], [3])
        self.assertEqual(
            policy.draft_version_id.with_user(self.roles["manager"]).row_ids.stage_ids.mapped(
                "row_id.name"
            ),
            ["Near"],
        )

    def test_a_branch_reads_the_policy_it_follows(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        manager = self.person("branch", "manager", branch)
        policy = self.draft().with_user(manager)
        self.assertEqual(policy.search([("id", "=", policy.id)]), policy)

    def test_the_integration_user_and_portal_read_nothing(self):
        policy = self.draft()
        robot = self.person("robot", "integration")
        with self.assertRaises(AccessError):
            policy.with_user(robot).read(["name"])

    def test_who_may_not_read_orders_writes_no_policy_about_them(self):
        blind = self.person("blind", "admin")
        with self.assertRaises(AccessError):
            self.draft(by=blind)

    def test_menus_are_for_who_may_read(self):
        menus = {
            "menu_approval_policy": READERS,
            "menu_approval_row": ("manager", "admin", "auditor"),
            "menu_approval_policy_version": ("manager", "admin", "auditor"),
        }
        for name, readers in menus.items():
            menu = self.env.ref(f"healthcare_ops_approvals.{name}")
            for role, user in self.roles.items():
                with self.subTest(menu=name, role=role):
                    visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
                    self.assertEqual(menu.id in visible, role in readers)
