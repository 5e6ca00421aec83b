from odoo.exceptions import AccessError
from odoo.tests import tagged

from .access_table import AccessTable
from .common import ROLES, OpsCase

# Model -> role -> what it may do: r(ead), w(rite), c(reate), d(elete). Nothing else.
RIGHTS = {
    "ops.site": dict.fromkeys(ROLES, "r") | {"admin": "rwcd"},
    "ops.exception.category": dict.fromkeys(ROLES, "r") | {"admin": "rwcd"},
    "ops.exception": {"user": "rw", "manager": "rw", "admin": "r", "auditor": "r"},
    "ops.exception.team": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.exception.cause": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.exception.resolution": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.exception.assignment": {"manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.exception.step": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.exception.review": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.exception.review.line": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.exception.triage": {"user": "rwc", "manager": "rwc"},
    "ops.exception.triage.line": {"user": "rwc", "manager": "rwc"},
    "ops.event.type": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.event.type.field": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.event.type.version": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.event": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.endpoint": {"manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.endpoint.header": {"admin": "rwcd"},
    "ops.endpoint.health": {"manager": "r", "admin": "r", "auditor": "r"},
    "ops.endpoint.inflow": {"admin": "r"},
    "ops.endpoint.sample": {"manager": "rwc", "admin": "rwc"},
    "ops.delivery.override": {"manager": "rwc", "admin": "rwc"},
    "ops.delivery": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.delivery.attempt": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.callback": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.callback.call": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.audit.entry": {"admin": "r", "auditor": "r"},
    "ops.audit.seal": {"admin": "r", "auditor": "r"},
    "ops.audit.unsealed": {"admin": "r", "auditor": "r"},
    "ops.audit.verification": {"admin": "r", "auditor": "r"},
    "ops.audit.verify": {"admin": "rwc", "auditor": "rwc"},
    "ops.audit.export": {"manager": "rwc", "admin": "rwc", "auditor": "rwc"},
    "ops.sla.policy": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.sla.target": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.sla.policy.version": {"user": "r", "manager": "r", "admin": "rw", "auditor": "r"},
    "ops.sla.clock": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.escalation.policy": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.escalation.policy.version": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.escalation.step": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.escalation": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.escalation.log": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.control": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.control.run": {"user": "r", "manager": "r", "admin": "r", "auditor": "r"},
    "ops.runbook": dict.fromkeys(ROLES, "r") | {"manager": "rwc", "admin": "rwcd"},
    "ops.runbook.step": dict.fromkeys(ROLES, "r") | {"manager": "rwcd", "admin": "rwcd"},
    "ops.runbook.line": dict.fromkeys(ROLES, "r") | {"manager": "rwcd", "admin": "rwcd"},
    "ops.automation": {"user": "r", "manager": "r", "admin": "rwcd", "auditor": "r"},
    "ops.automation.switch": {"manager": "rwc", "admin": "rwc"},
    "ops.fallback": dict.fromkeys(ROLES, "r") | {"manager": "rw", "admin": "rw"},
    "ops.fallback.item": {"user": "rwc", "manager": "rwc", "admin": "rwc", "auditor": "r"},
    "ops.fallback.start": {"manager": "rwc", "admin": "rwc"},
    "ops.fallback.end": {"manager": "rwc", "admin": "rwc"},
}
CLOSED = {
    "ops.event": ("emit", "_emit_guarded", "_import_settled", "_seal"),
    "ops.exception": ("_raise_exception",),
    "ops.audit.entry": ("_record", "_purge"),
    "ops.audit.seal": ("_append_seals",),
    "ops.audit.verification": ("_verify",),
    "ops.append.only": ("_drop_append_only",),
    "ops.callback": ("_receive",),
    "ops.delivery": ("_replay", "_skip"),
    "ops.delivery.override": ("_open",),
}


@tagged("post_install", "-at_install")
class TestAccess(AccessTable, OpsCase):
    module = "healthcare_ops_automation"
    rights = RIGHTS
    closed = CLOSED

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._create_user(role) for role in ROLES}
        cls.users["integration"] = cls._create_user("integration")

    def test_records_of_another_company_cannot_be_read(self):
        events = self._emit(self.site | self.foreign_site)
        self._create_endpoint(company_id=self.other_company.id)
        self._emit(self.foreign_site)
        self._commit()
        exception = self.env["ops.exception"]._raise_exception(
            "event_contract", "x", self.foreign_site
        )
        delivery = events[1].delivery_ids
        self.assertTrue(delivery)
        for record in (events[1], exception, delivery, delivery.endpoint_id, self.foreign_site):
            for role in ("manager", "auditor", "admin"):
                seen = record.with_user(self.users[role])
                self.assertFalse(seen.search([("id", "=", record.id)]), (record, role))
                with self.assertRaises(AccessError, msg=(record, role)):
                    seen.read(["id"])

    def test_roles_can_be_combined(self):
        user = self._create_user("auditor", "t_both")
        user.group_ids += self.env.ref("healthcare_ops_automation.group_ops_approver")
        self.assertTrue(user.has_group("healthcare_ops_automation.group_ops_auditor"))
        self.assertTrue(user.has_group("healthcare_ops_automation.group_ops_requester"))
