"""What tests of service levels stand on: two sites in two time zones, exceptions to measure."""

from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.fields import Command

from .common import OpsCase

HOURS = ((8, 12), (13, 17))
NEW = "[('state', '=', 'new')]"
NOT_NEW = "[('state', '!=', 'new')]"
WAITING = "[('state', '=', 'waiting')]"
CLOSED = "[('is_open', '=', False)]"
WAIT = {"state": "waiting", "waiting_reason": "a spare part", "follow_up_date": "2099-01-01"}


def utc(*parts):
    """A moment, naive UTC as Odoo has them."""
    return datetime(*parts)


def make_calendar(env, tz, hours=HOURS, company=None):
    """Working hours from Monday to Friday."""
    return env["resource.calendar"].create(
        {
            "name": tz,
            "tz": tz,
            "company_id": (company or env.company).id,
            "attendance_ids": [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "name": f"{day} {first}",
                            "dayofweek": str(day),
                            "hour_from": first,
                            "hour_to": last,
                            "day_period": "morning" if last <= 12 else "afternoon",
                        }
                    )
                    for day in range(5)
                    for first, last in hours
                ),
            ],
        }
    )


class SlaCase(OpsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Only the policies of a test measure anything.
        cls.env["ops.sla.policy"].search([("active", "=", True)]).active = False
        cls.env.cr.execute("DELETE FROM ops_sla_clock")
        cls.zurich = make_calendar(cls.env, "Europe/Zurich")
        cls.new_york = make_calendar(cls.env, "America/New_York")
        cls.site.resource_calendar_id = cls.zurich
        cls.other_site.resource_calendar_id = cls.new_york
        cls.category = cls.env["ops.exception.category"].create(
            {"name": "Test broke", "code": "test_broke"}
        )
        cls.clocks = cls.env["ops.sla.clock"]
        cls.number = 0

    # -- making ---------------------------------------------------------------------------

    def _policy(self, targets=({},), **values):
        policy = self.env["ops.sla.policy"].create(
            {
                "name": "Exceptions",
                "company_id": False,
                "model_id": self.env["ir.model"]._get_id("ops.exception"),
                "domain": "[('category_id.code', '=', 'test_broke')]",
                "stop_domain": CLOSED,
                "pause_domain": WAITING,
                "target_ids": [
                    Command.create({"name": "All", "budget_hours": 8, **target})
                    for target in targets
                ],
                **values,
            }
        )
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        return policy

    def _raise(self, site=None, **values):
        """A new exception; the moment is that of the test."""
        type(self).number += 1
        exception = self.env["ops.exception"]._raise_exception(
            "test_broke", "It broke.", site or self.site, cause_key=f"t{self.number}"
        )
        if values:
            exception.write(values)
        return exception

    def _close(self, exception):
        exception.write({"state": "resolved", "resolution": "Mended."})

    def _clock(self, record, policy=None, cycle=None):
        """The newest clock of a record."""
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        if policy:
            domain.append(("policy_id", "=", policy.id))
        if cycle:
            domain.append(("cycle", "=", cycle))
        return self.clocks.search(domain, order="id desc", limit=1)

    def _events_of(self, record):
        """What was told about a record, in order."""
        events = self.events.search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("type_code", "=like", "sla.clock.%"),
            ],
            order="id",
        )
        self.assertFalse(events.filtered("invalid_reason").mapped("invalid_reason"))
        return [event.type_code.removeprefix("sla.clock.") for event in events]

    # -- time -----------------------------------------------------------------------------

    @contextmanager
    def at(self, *parts):
        """Work as if it were that moment (UTC)."""
        with freeze_time(utc(*parts)):
            yield

    @contextmanager
    def _within_the_test(self):
        """Scheduled actions run within the test's transaction."""

        def fail(_self):
            raise AssertionError("a step was rolled back")

        model = type(self.clocks)
        with (
            patch.object(model, "_commit", lambda self, processed=0: None),
            patch.object(model, "_roll_back", fail),
        ):
            yield

    def _tick(self, *parts):
        self.env.flush_all()  # as a commit does, before a scheduled action runs
        with self.at(*parts), self._within_the_test():
            self.clocks._cron_tick()

    def _sweep(self, *parts):
        self.env.flush_all()
        with self.at(*parts), self._within_the_test():
            self.env["ops.sla.policy"]._cron_sweep()
