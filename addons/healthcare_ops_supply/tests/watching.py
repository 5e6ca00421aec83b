"""Approvals in time: people above each other, working hours, and scheduled actions."""

import json
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.fields import Command

from .approvals import OPS, ApprovalCase

# A Monday, nine o'clock at the site, which works from eight to twelve and from one to five.
MONDAY = datetime(2026, 3, 2, 9)


class WatchedCase(ApprovalCase):
    """The site has a manager, and the network above it has another; time is what the test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.control"].search([]).active = False
        cls.boss = cls.person("boss", OPS % "manager")
        cls.chief = cls.person("chief", OPS % "manager")
        cls.manager.active = False
        cls.network = cls.env["ops.site"].create(
            {
                "name": "Network",
                "code": "T-NET",
                "company_id": cls.company.id,
                "manager_id": cls.chief.id,
                "resource_calendar_id": cls.site.resource_calendar_id.id,
            }
        )
        cls.site.write({"parent_id": cls.network.id, "manager_id": cls.boss.id})

    def setUp(self):
        super().setUp()
        frozen = freeze_time(MONDAY)
        self.time = frozen.start()
        self.addCleanup(frozen.stop)

    def at(self, day, hour=9, minute=0):
        """Move to a day of March 2026."""
        self.time.move_to(datetime(2026, 3, day, hour, minute))

    def arm_stages(self, *stages, **values):
        rows = [{"name": "All", "stage_ids": [Command.create(each) for each in stages]}]
        return self.arm(rows, **values)

    @contextmanager
    def within_test(self):
        """Let the engine's work run within the test's transaction."""
        model = self.registry["ops.worker"]
        with patch.object(model, "_commit", lambda self, processed=0: self.env.cr.flush()):
            yield

    def sweep(self):
        with self.within_test():
            self.env["ops.approval.request"]._cron_watch()
        self.env.invalidate_all()

    def events(self, order, code=None):
        """Codes of the events about the order's request, or those of one code."""
        request = self.request_of(order)
        domain = [("res_model", "=", request._name), ("res_id", "=", request.id)]
        found = self.env["ops.event"].search(domain, order="id")
        if code:
            return found.filtered(lambda each: each.type_id.code == code)
        return found.mapped("type_id.code")

    def data(self, order, code):
        """What the one event of this code says."""
        [event] = self.events(order, code)
        return json.loads(event.body)["data"]

    def exceptions(self, *domain):
        return self.env["ops.exception"].search(
            [("res_model", "=like", "ops.approval.%"), *domain], order="id"
        )
