from datetime import datetime
from unittest.mock import patch

from odoo import Command
from odoo.tools import SQL

from .common import HealthMixin

MILESTONES = {"begun": "start", "passed": "step", "done": "end", "redone": "rework"}


class ProjectingMixin(HealthMixin):
    """A process of our own, events about records as the engine leaves them, and the projector
    without its commits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code = "t_projecting"
        roles = {(cls.code, code): role for code, role in MILESTONES.items()}
        processes = cls.env.registry["ops.process"]
        declared = processes._milestone_roles
        cls.startClassPatcher(
            patch.object(processes, "_milestone_roles", lambda self: {**declared(self), **roles})
        )
        cls.startClassPatcher(patch.object(cls.env.registry["ops.worker"], "_commit", _no_commit))
        cls.types = {
            code: cls.make_type(f"t.projecting.{code}", cls.code, code) for code in MILESTONES
        }
        cls.process = cls.env["ops.process"].search([("code", "=", cls.code)])
        cls.milestones = {each.code: each for each in cls.process.milestone_ids}

    @classmethod
    def happen(cls, milestone, occurred_at, record=1, site=None, company=None, **values):
        """An event about ``record`` (a number), sealed, of a later transaction than the last."""
        company = company or (site and site.company_id) or cls.env.company
        values = {
            "res_id": record,
            "record_key": f"res.company,{record}",
            "record_name": f"Record {record}",
            "site_id": site.id if site else False,
            "occurred_at": occurred_at,
            "sealed_at": occurred_at,
            "sequence": cls._next(),
            **values,
        }
        event = cls.make_event(cls.types[milestone], company)
        event.write(values)
        return event

    @classmethod
    def make_site(cls, name, company=None, tz="UTC", hours=((8, 16),)):
        """A site that works Monday to Friday."""
        company = company or cls.env.company
        calendar = cls.env["resource.calendar"].create(
            {
                "name": name,
                "company_id": company.id,
                "tz": tz,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": f"{weekday}",
                                "dayofweek": str(weekday),
                                "hour_from": start,
                                "hour_to": end,
                            }
                        )
                        for weekday in range(5)
                        for start, end in hours
                    ),
                ],
            }
        )
        return cls.env["ops.site"].create(
            {
                "name": name,
                "code": f"T-{name}",
                "company_id": company.id,
                "resource_calendar_id": calendar.id,
            }
        )

    def project(self):
        self.env["ops.projector"]._cron_project()
        self.env.invalidate_all()

    def cases(self, record=1):
        cases = self.env["ops.case"].search(
            [("record_key", "=", f"res.company,{record}"), ("process_id", "=", self.process.id)]
        )
        return cases.sorted("round")

    def rows(self):
        """All cases and steps of the process, without their ids."""
        self.env.flush_all()
        cases = self.env.execute_query(
            SQL(
                """SELECT record_key, round, res_model, res_id, record_name, company_id, site_id,
                          state, opened_at, closed_at, last_milestone_id, last_at,
                          end_milestone_id, step_count, rework_count, reopened_count, touch,
                          wall_seconds, working_seconds, calendar_fingerprint
                     FROM ops_case WHERE process_id = %s ORDER BY record_key, round""",
                self.process.id,
            )
        )
        steps = self.env.execute_query(
            SQL(
                """SELECT s.event_id, c.record_key, c.round, s.milestone_id,
                          s.previous_milestone_id, s.company_id, s.site_id, s.at, s.actor_id,
                          s.automated, s.rework, s.wall_seconds, s.working_seconds,
                          s.wall_since_start, s.working_since_start, s.calendar_fingerprint
                     FROM ops_case_step s JOIN ops_case c ON c.id = s.case_id
                    WHERE s.process_id = %s ORDER BY c.record_key, s.at, s.id""",
                self.process.id,
            )
        )
        return cases, steps


def _no_commit(self, processed=0):
    self.env.cr.flush()


def day(number, hour=8, minute=0, second=0, month=3):
    return datetime(2026, month, number, hour, minute, second)
