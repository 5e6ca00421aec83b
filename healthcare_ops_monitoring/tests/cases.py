from datetime import timedelta

from odoo import fields

from .common import HealthMixin


class CasesMixin(HealthMixin):
    """Cases as the projector leaves them, made by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        code = f"t_process_{cls._next()}"
        cls.make_type("t.kpi.begun", code, "begun")
        cls.make_type("t.kpi.done", code, "done")
        cls.process = cls.env["ops.process"].search([("code", "=", code)])
        cls.begun, cls.done = cls.process.milestone_ids.sorted("sequence")

    @classmethod
    def make_case(cls, seconds=None, ago=3600, company=None, **values):
        """A case opened ``ago`` seconds ago, closed after ``seconds`` unless None."""
        company = company or cls.env.company
        opened = fields.Datetime.now() - timedelta(seconds=ago)
        closed = seconds is not None and opened + timedelta(seconds=seconds)
        res_id = cls._next()
        return cls.env["ops.case"].create(
            {
                "process_id": cls.process.id,
                "record_key": f"res.company,{res_id}",
                "res_model": "res.company",
                "res_id": res_id,
                "round": 1,
                "company_id": company.id,
                "state": "closed" if closed else "open",
                "opened_at": opened,
                "closed_at": closed,
                "last_milestone_id": (cls.done if closed else cls.begun).id,
                "last_at": closed or opened,
                "end_milestone_id": cls.done.id if closed else False,
                "step_count": 2 if closed else 1,
                "touch": "person",
                "wall_seconds": seconds or 0,
                "working_seconds": seconds or 0,
                **values,
            }
        )
