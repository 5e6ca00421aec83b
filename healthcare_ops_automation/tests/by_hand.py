"""What tests of runbooks, the register and manual fallbacks share."""

from odoo.fields import Command

from ..models.fallback.ops_automation import REFERENCES
from .common import OpsCase


class ByHandCase(OpsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("manager")
        cls.user = cls._create_user("user")
        cls.admin = cls._create_user("admin")
        cls.runbook = cls.env["ops.runbook"].create(
            {
                "name": "Call the suppliers",
                "code": "T-01",
                "company_id": cls.company.id,
                "owner_id": cls.manager.id,
                "when_to_use": "<p>When nobody answers.</p>",
                "step_ids": [
                    Command.create({"what": "Call the hotline", "who": "Nurse in charge"}),
                    Command.create({"what": "Order", "where_noted": "Form T-01", "sequence": 20}),
                ],
                "line_ids": [
                    Command.create({"label": "Article", "width": "4"}),
                    Command.create({"label": "Quantity", "hint": "in boxes", "width": "1"}),
                ],
                "blank_row_count": 7,
            }
        )

    def _create_cron(self, **values):
        return self.env["ir.cron"].create(
            {
                "name": "T job",
                "model_id": self.env["ir.model"]._get_id("ops.site"),
                "state": "code",
                "code": "pass",
                "interval_number": 1,
                "interval_type": "days",
                **values,
            }
        )

    def _create_rule(self, name="T rule", actions=("T action",), **values):
        model = self.env["ir.model"]._get("res.partner")
        return self.env["base.automation"].create(
            {
                "name": name,
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "filter_domain": "[('ref', '=', 'T-CATCH')]",
                "action_server_ids": [
                    Command.create(
                        {"name": action, "model_id": model.id, "state": "code", "code": "pass"}
                    )
                    for action in actions
                ],
                **values,
            }
        )

    def _enter(self, kind, real, **values):
        """Enter something into the register."""
        self.counter = getattr(self, "counter", 0) + 1
        field = REFERENCES[kind]
        return self.env["ops.automation"].create(
            {
                "name": f"Automation {self.counter}",
                "code": f"t_{self.counter}",
                "kind": kind,
                field: real.id,
                "company_id": self.company.id,
                "owner_id": self.manager.id,
                **values,
            }
        )

    def _switch(self, automation, decision, reason="Because.", user=None, **values):
        """Use the dialog as the button opens it."""
        automation = automation.with_user(user or self.manager)
        action = getattr(automation, f"action_switch_{decision}")()
        dialog = self.env[action["res_model"]].with_user(user or self.manager)
        dialog = dialog.browse(action["res_id"])
        dialog.write({"reason": reason, **values})
        dialog.action_confirm()
        self.env.invalidate_all()

    def _begin(self, subject, reason="The platform is down.", user=None, **values):
        """Start a fallback through the dialog."""
        user = user or self.manager
        action = subject.with_user(user).action_start_fallback()
        dialog = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        dialog.write({"reason": reason, **values})
        opened = dialog.action_confirm()
        self.env.invalidate_all()
        return self.env["ops.fallback"].browse(opened["res_id"])

    def _finish(self, fallback, resume_with="deliver", reason="It answers again.", user=None):
        """End a fallback through the dialog."""
        user = user or self.manager
        action = fallback.with_user(user).action_end()
        dialog = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        dialog.write({"resume_with": resume_with, "reason": reason})
        dialog.action_confirm()
        self.env.invalidate_all()

    def _audited(self, record, action):
        return self.env["ops.audit.entry"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id), ("action", "=", action)]
        )
