import json

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..core.contract import DECLARED
from .common import TYPE, OpsCase


@tagged("post_install", "-at_install")
class TestOpsEventType(OpsCase):
    def _sync(self):
        self.env["ops.event.type"]._sync_declared("healthcare_ops_automation_test")

    def _declared_type(self):
        self.type.unlink()
        self._sync()
        return self.env.ref("healthcare_ops_automation_test.event_type_test_thing_happened")

    def test_declared_type_comes_into_the_catalogue(self):
        event_type = self._declared_type()
        self.assertEqual(event_type.code, TYPE)
        self.assertEqual((event_type.severity, event_type.lane), ("high", "critical"))
        self.assertEqual(json.loads(event_type.example), {"number": 1})
        schema = json.loads(event_type.json_schema)
        self.assertEqual(schema["required"], ["number"])

    def test_upgrade_leaves_what_an_administrator_tuned(self):
        event_type = self._declared_type()
        event_type.write({"severity": "low", "lane": "bulk", "retention_days": 30, "active": False})
        event_type.name = "Changed by mistake"
        self._sync()
        self.assertEqual(
            (event_type.severity, event_type.lane, event_type.retention_days, event_type.active),
            ("low", "bulk", 30, False),
        )
        self.assertEqual(event_type.name, DECLARED.events[TYPE].name)

    def test_changing_severity_takes_effect_at_the_next_event(self):
        self.assertEqual(self._emit().severity, "high")
        self._commit()
        self.type.severity = "low"
        self.assertEqual(self._emit().severity, "low")

    def test_what_the_module_says_is_not_changed_by_hand(self):
        admin = self._create_user("admin")
        for values in ({"code": "test.other.code"}, {"version": 7}, {"json_schema": "{}"}):
            with self.assertRaisesRegex(UserError, "given by the module"):
                self.type.with_user(admin).write(values)

    def test_switching_a_type_off_is_audited(self):
        self.type.with_user(self._create_user("admin")).active = False
        entry = self.env["ops.audit.entry"].search([("res_model", "=", "ops.event.type")], limit=1)
        self.assertEqual((entry.action, entry.res_id), ("event_type.changed", self.type.id))
        self.assertIn('"active": false', entry.details)

    def test_code_must_be_dotted_lower_case(self):
        for code in ("Thing.Happened", "thing", "thing happened.x", ".thing", "thing."):
            with self.assertRaisesRegex(ValidationError, "Code"):
                self.type.code = code

    def test_every_installed_type_has_its_contract_and_a_valid_example(self):
        types = self.env["ops.event.type"].search([("id", "!=", self.type.id)])
        for event_type in types:
            contract = types._contract(event_type.code)
            contract.model_validate(json.loads(event_type.example))
            self.assertEqual(json.loads(event_type.json_schema), contract.model_json_schema())
