from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from .approvals import OPS, ApprovalCase


class DelegationCase(ApprovalCase):
    """Somebody stands in for the lead, who decides alone about orders from 500."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm(cls.rows())
        cls.deputy = cls.person("deputy", OPS % "approver")
        cls.second = cls.person("second", OPS % "approver")

    @classmethod
    def rows(cls):
        return cls._rows()

    def delegate(self, whose=None, delegate=None, by=None, days=5, **values):
        """A delegation, by default of the lead to the deputy from now on."""
        whose = whose or self.lead
        now = fields.Datetime.now()
        delegations = self.env["ops.approval.delegation"].with_user(by or whose)
        return delegations.create(
            {
                "user_id": whose.id,
                "delegate_id": (delegate or self.deputy).id,
                "date_from": now,
                "date_to": now + timedelta(days=days),
                **values,
            }
        )

    def make_site(self, name, **values):
        return self.env["ops.site"].create(
            {
                "name": name,
                "code": f"T-{name}",
                "company_id": self.company.id,
                "resource_calendar_id": self.company.resource_calendar_id.id,
                **values,
            }
        )

    def run_scheduled(self, model, method):
        """A scheduled action of the engine, without its commits."""
        worker = self.registry["ops.worker"]
        with patch.object(worker, "_commit", lambda self, processed=0: self.env.flush_all()):
            getattr(self.env[model], method)()
        self.settle()
        self.env.invalidate_all()

    @contextmanager
    def rolled_back(self):
        """Nothing of what is done within stays."""
        self.settle()
        with self.env.cr.savepoint() as savepoint:
            yield
            self.settle()
            savepoint.rollback()
        self.env.invalidate_all(flush=False)
        self.env.registry.clear_cache()

    def waiting_for(self, user):
        requests = self.env["ops.approval.request"].with_user(user)
        return requests.search([("waits_for_me", "=", True)]).mapped("res_id")

    def decide(self, order, user, method="action_approve", *args):
        request = self.request_of(order)
        self.env.invalidate_all()
        getattr(request.with_user(user).sudo(False), method)(*args, version=request.version)
        self.settle()

    def activities(self, order, user):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "ops.approval.request"),
                ("res_id", "=", self.request_of(order).id),
                ("user_id", "=", user.id),
            ]
        )
