from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import new_test_user
from odoo.tools import config

ROLES = ("requester", "user", "approver", "manager", "admin", "auditor", "integration")
READERS = ("manager", "admin", "auditor")


class HealthMixin:
    """A database in which every check is healthy, and the means to make one ill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.health = cls.env["ops.health"]
        cls.crons = cls.health._watched_crons()
        now = fields.Datetime.now()
        cls.crons.write({"active": True, "nextcall": now + timedelta(minutes=1)})
        cls.env["ops.delivery"].search([]).state = "delivered"
        cls.env["ops.control"].search([]).next_run_at = now + timedelta(hours=1)
        running = cls.env["ops.escalation"].search([("state", "=", "running")])
        running.next_step_at = now + timedelta(hours=1)
        cls.env.flush_all()
        cls.env.cr.execute("UPDATE ops_event SET projected = TRUE WHERE projected IS NOT TRUE")
        cls.env["ir.config_parameter"].search([("key", "=", "database.is_neutralized")]).unlink()
        cls.startClassPatcher(patch.dict(config.options, {"max_cron_threads": 5}))

    @classmethod
    def in_role(cls, role, company=None, **values):
        """A user holding one operations role, allowed in one company."""
        company = company or cls.env.company
        return new_test_user(
            cls.env,
            f"health_{role}_{company.id}",
            groups=f"healthcare_ops_automation.group_ops_{role}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            **values,
        )

    @classmethod
    def make_type(cls, code, process=False, milestone=False, **values):
        return cls.env["ops.event.type"].create(
            {
                "code": code,
                "name": code,
                "owner": "healthcare_ops_monitoring",
                "process_code": process,
                "milestone_code": milestone,
                **values,
            }
        )

    @classmethod
    def make_event(cls, event_type, company=None):
        """A sealed event, as the engine leaves it."""
        company = company or cls.env.company
        now = fields.Datetime.now()
        return cls.env["ops.event"].create(
            {
                "uuid": f"evt_{cls._next():032x}",
                "type_id": event_type.id,
                "type_code": event_type.code,
                "type_version": 1,
                "res_model": "res.company",
                "res_id": company.id,
                "record_key": f"res.company,{company.id}",
                "company_id": company.id,
                "severity": "info",
                "lane": event_type.lane,
                "occurred_at": now,
                "emitted_at": now,
                "state": "sealed",
                "origin": "live",
                "txid": cls._next(),
                "depth": 0,
            }
        )

    @classmethod
    def make_delivery(cls, lane="standard", state="waiting", age=0, company=None, endpoint=None):
        """A delivery that is ``age`` seconds old."""
        company = company or cls.env.company
        event_type = cls.make_type(f"health.sample.n{cls._next()}", lane=lane)
        created_at = fields.Datetime.now() - timedelta(seconds=age)
        return cls.env["ops.delivery"].create(
            {
                "event_id": cls.make_event(event_type, company).id,
                "endpoint_id": (endpoint or cls.make_endpoint()).id,
                "company_id": company.id,
                "lane": lane,
                "record_key": f"res.company,{company.id}",
                "sequence": cls._next(),
                "state": state,
                "created_at": created_at,
                "next_attempt_at": created_at,
                "attempt_count": 0,
            }
        )

    @classmethod
    def make_endpoint(cls, **values):
        return cls.env["ops.endpoint"].create(
            {"name": "Receiver", "url": "https://receiver.example.com/events", **values}
        )

    @classmethod
    def _next(cls):
        cls.serial = getattr(cls, "serial", 0) + 1
        return cls.serial

    def check(self, name, user=None):
        health = self.health.with_user(user) if user else self.health
        return health._run_one(name)

    @contextmanager
    def broken_check(self, error):
        """Make the database check raise."""

        def raise_error(_self):
            raise error

        with patch.object(type(self.health), "_check_database", raise_error):
            yield
