"""Escalating in tests: a place, people above each other, policies, and time that passes."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .common import OpsCase


class EscalationCase(OpsCase):
    """Exceptions of a site are escalated: they have an owner, a severity, messages and
    activities."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls._create_user("user", "t_worker", name="Wilma Worker")
        cls.boss = cls._create_user("manager", "t_boss", name="Bodo Boss")
        cls.chief = cls._create_user("manager", "t_chief", name="Clea Chief")
        cls.network = cls._create_site("Network", "T-NET", manager_id=cls.chief.id)
        cls.site.write({"manager_id": cls.boss.id, "parent_id": cls.network.id})
        cls.todo = cls.env.ref("mail.mail_activity_data_todo")
        cls.category = cls.env["ops.exception.category"].create(
            {"name": "Delayed", "code": "t_delayed", "due_hours": 8}
        )
        cls.runs = cls.env["ops.escalation"]

    @classmethod
    def _policy(cls, *steps, model="ops.exception", env=None, **values):
        """A policy around the clock with these steps (dicts)."""
        return (env or cls.env)["ops.escalation.policy"].create(
            {
                "name": "Waits too long",
                "model_id": cls.env["ir.model"]._get_id(model),
                "hours": "clock",
                "step_ids": [
                    Command.create({"sequence": number, **cls._step(step)})
                    for number, step in enumerate(steps)
                ],
                **values,
            }
        )

    @classmethod
    def _step(cls, values):
        kind = values.get("kind", "activity")
        defaults = {"kind": kind, "delay_hours": 1}
        if kind in ("activity", "line"):
            defaults["activity_type_id"] = cls.todo.id
        return {**defaults, **values}

    def _waiting(self, site=None, user=None, name="x"):
        """An exception that somebody has in hand."""
        exception = self.env["ops.exception"]._raise_exception(
            "t_delayed", "It waits.", site or self.site, cause_key=name
        )
        exception.user_id = user or self.worker
        return exception

    def _pass(self, hours=0, **delta):
        """Let time go by, and the scheduled action run."""
        self.now = getattr(self, "now", None) or fields.Datetime.now()
        self.now += timedelta(hours=hours, **delta)
        with freeze_time(self.now), self._within_test():
            self.runs._cron_execute()
        self.env.invalidate_all()

    def _start_at(self, moment):
        """From this moment (naive UTC) on, time is what :meth:`_pass` makes it."""
        self.now = moment
        self.startPatcher(freeze_time(moment))

    @contextmanager
    def _within_test(self):
        """Let the engine's work run within the test's transaction."""
        model = self.registry["ops.worker"]
        with patch.object(model, "_commit", lambda self, processed=0: self.env.flush_all()):
            yield

    def _told(self, run):
        """What the log says, oldest first: (step, repetition, outcome)."""
        log = run.log_ids.sorted("id")
        return [(entry.step_number, entry.repetition, entry.outcome) for entry in log]
