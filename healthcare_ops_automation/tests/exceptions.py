"""Exceptions to work on, and the people who do."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .common import OpsCase


class ExceptionCase(OpsCase):
    """A category, a team with two members, somebody outside of it, and managers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The demo network has rules and exceptions of its own.
        cls.env["ops.exception.assignment"].search([("active", "=", True)]).active = False
        cls.category = cls.env["ops.exception.category"].create(
            {"name": "Something broke", "code": "test_broke", "severity": "high", "due_hours": 4}
        )
        cls.other_category = cls.env["ops.exception.category"].create(
            {"name": "Something is late", "code": "test_late", "severity": "low", "due_hours": 48}
        )
        cls.manager = cls._create_user("manager", name="Mara Manager")
        cls.lead = cls._create_user("user", "t_lead", name="Lea Lead")
        cls.member = cls._create_user("user", "t_member", name="Max Member")
        cls.outsider = cls._create_user("user", "t_outsider", name="Otto Outside")
        cls.team = cls._create_team("Desk", "DESK", cls.lead, cls.member)
        cls.mended = cls.env.ref("healthcare_ops_automation.exception_resolution_mended")
        cls.unknown = cls.env.ref("healthcare_ops_automation.exception_cause_unknown")
        cls.resolved = {
            "state": "resolved",
            "resolution": "Mended.",
            "resolution_id": cls.mended.id,
        }

    @classmethod
    def _create_team(cls, name, code, lead, *members, company=None):
        return cls.env["ops.exception.team"].create(
            {
                "name": name,
                "code": code,
                "company_id": (company or cls.company).id,
                "responsible_id": lead.id,
                "member_ids": [Command.set([each.id for each in members])],
            }
        )

    def _raise(self, reason="It broke.", record=None, category="test_broke", **kwargs):
        record = self.site if record is None else record
        return self.env["ops.exception"]._raise_exception(category, reason, record, **kwargs)

    def _raise_many(self, count, **kwargs):
        each = (self._raise(cause_key=f"cause {number}", **kwargs) for number in range(count))
        return self.env["ops.exception"].concat(*each)

    def _rule(self, **values):
        values = {"company_id": self.company.id, **values}
        return self.env["ops.exception.assignment"].create(values)

    def _age(self, exceptions, **ago):
        """Let exceptions have been raised a while ago."""
        first = fields.Datetime.now() - timedelta(**ago)
        exceptions.write({"first_seen": first})
        exceptions.step_ids.filtered(lambda step: step.kind == "raised").at = first
