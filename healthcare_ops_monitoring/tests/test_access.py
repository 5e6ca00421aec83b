from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from .common import READERS, ROLES, HealthMixin


@tagged("post_install", "-at_install")
class TestAccess(HealthMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_type("sterile.tray.cleaned", "tray_cycle", "tray_cleaned")
        cls.process = cls.env["ops.process"].search([("code", "=", "tray_cycle")])

    def test_each_role_has_exactly_its_rights_on_the_catalogue(self):
        for role in ROLES:
            user = self.in_role(role)
            for record in (self.process, self.process.milestone_ids):
                rights = {
                    "read": role in READERS,
                    "write": role == "admin",
                    "create": False,
                    "unlink": False,
                }
                for operation, expected in rights.items():
                    with self.subTest(role=role, model=record._name, operation=operation):
                        self.assertEqual(record.with_user(user).has_access(operation), expected)

    def test_each_role_has_exactly_its_rights_on_the_figures(self):
        kpi = self.env["ops.kpi"].search([("direction", "=", "lower")], limit=1)
        company = {"company_id": self.env.company.id}
        target = self.env["ops.kpi.target"].create({"kpi_id": kpi.id, "target": 1, **company})
        value = self.env["ops.kpi.value"].create(
            {"kpi_id": kpi.id, "level": "company", "date": "2026-01-01", **company}
        )
        # sorted: read, write, create, unlink
        expected = {
            kpi: {"manager": "r", "admin": "rw", "auditor": "r"},
            target: {"manager": "r", "admin": "rwcu", "auditor": "r"},
            value: {"manager": "r", "admin": "r", "auditor": "r"},
        }
        for role in ROLES:
            user = self.in_role(role)
            for record, rights in expected.items():
                with self.subTest(role=role, model=record._name):
                    found = "".join(
                        operation[0]
                        for operation in ("read", "write", "create", "unlink")
                        if record.with_user(user).has_access(operation)
                    )
                    self.assertEqual(found, rights.get(role, ""))

    def test_nobody_of_operations_reads_the_counters_of_the_whole_installation(self):
        for role in ROLES:
            counters = self.env["ops.metric.counter"].with_user(self.in_role(role))
            with self.subTest(role=role), self.assertRaises(AccessError):
                counters.search_read([], ["name", "labels", "value"])

    def test_an_administrator_writes_name_and_description_and_no_code(self):
        admin = self.in_role("admin")
        for record in (self.process, self.process.milestone_ids):
            with self.subTest(model=record._name):
                record.with_user(admin).write({"name": "Trays", "description": "All of them."})
                self.assertEqual(record.name, "Trays")
                with self.assertRaises(AccessError):
                    record.with_user(admin).code = "other"
        with self.assertRaises(AccessError):
            self.process.milestone_ids.with_user(admin).sequence = 7
        with self.assertRaises(AccessError):
            self.process.with_user(admin).write({"milestone_ids": [(5, 0, 0)]})

    def test_the_menus_are_for_managers_administrators_and_auditors(self):
        menus = [
            self.env.ref(f"healthcare_ops_monitoring.menu_{name}").id
            for name in ("health", "processes", "milestones", "kpis", "kpi_targets", "kpi_history")
        ]
        for role in ROLES:
            if role == "integration":
                continue
            visible = self.env["ir.ui.menu"].with_user(self.in_role(role))._visible_menu_ids()
            for menu in menus:
                with self.subTest(role=role, menu=menu):
                    self.assertEqual(menu in visible, role in READERS)
