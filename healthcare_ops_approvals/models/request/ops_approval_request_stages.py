from datetime import timedelta

from odoo import fields, models

from odoo.addons.healthcare_ops_automation.models.time.resource_calendar import WorkingTimes

from ...core.quorum import Open, unreachable
from ..policy.ops_approval_stage import DUE

STAGE_OPENED = "approval.stage.opened"


class OpsApprovalRequest(models.Model):
    """The stages of a request: planned all at once, opened step by step."""

    _inherit = "ops.approval.request"

    def _plan_stages(self, plans, times):
        """Create stages and seats for the present version of each request; open its first step.

        :param list plans: one list of :class:`~core.route.StagePlan` a request
        :param times: :class:`WorkingTimes`, shared by the batch
        :return: the stages that are open
        """
        now = fields.Datetime.now()
        rows, seats = [], []
        for request, plan in zip(self, plans, strict=True):
            first = min(stage.step for stage in plan)
            for stage in plan:
                is_open = stage.step == first
                due_at = request._due(stage.due_hours, now, times) if is_open else False
                rows.append(request._stage_row(stage, is_open and now, due_at))
                seats.append(stage.user_ids)
        stages = self.env["ops.approval.request.stage"]._keep_new(rows)
        self._seat(stages, seats)
        opened = stages.filtered(lambda each: each.state == "open")
        self._note_due(opened)
        return opened

    def _stage_row(self, plan, opened_at, due_at):
        return {
            "request_id": self.id,
            "version": self.version,
            "step": plan.step,
            "name": plan.name,
            "who": plan.who,
            "mode": plan.mode,
            "quorum": plan.needed,
            "distinct": plan.distinct,
            "excluded": {str(id_): why for id_, why in plan.excluded.items()},
            "due_hours": plan.due_hours,
            "ask_pauses": plan.ask_pauses,
            "escalates_from_due": plan.escalates_from == DUE,
            "policy_stage_id": plan.stage_id,
            "escalation_policy_id": plan.escalation_policy_id or 0,
            "state": "open" if opened_at else "waiting",
            "opened_at": opened_at,
            "due_at": due_at,
        }

    def _seat(self, stages, seats):
        rows = [
            {
                "request_id": stage.request_id.id,
                "request_stage_id": stage.id,
                "user_id": user_id,
                "state": stage.state,
                "opened_at": stage.opened_at,
                "due_at": stage.due_at,
            }
            for stage, users in zip(stages, seats, strict=True)
            for user_id in users
        ]
        self.env["ops.approval.assignment"]._keep_new(rows)
        stages.invalidate_recordset(["assignment_ids"])
        self.invalidate_recordset(["stage_ids", "assignment_ids"])

    def _due(self, hours, start, times):
        """When so many working hours of the site have passed; False for none."""
        if not hours:
            return False
        due = times.due(self._calendar(), start, round(hours * 3600), self.company_id)
        return due or start + timedelta(hours=hours)

    def _calendar(self):
        """The working hours that due times count."""
        return self.site_id.resource_calendar_id or self.company_id.resource_calendar_id

    def _note_due(self, opened):
        """The request is due when the first of its open stages is."""
        for due_at, requests in self._by_due(opened).items():
            requests._keep({"due_at": due_at})

    def _by_due(self, opened):
        by_due = {}
        for request, stages in opened.grouped("request_id").items():
            due_at = min((stage.due_at for stage in stages if stage.due_at), default=False)
            by_due[due_at] = by_due.get(due_at, self.browse()) | request
        return by_due

    def _open_next_step(self):
        """Open the step after those that are approved.

        :return: whether there was one
        """
        self.ensure_one()
        waiting = self._present_stages().filtered(lambda each: each.state == "waiting")
        if not waiting:
            return False
        step = min(waiting.mapped("step"))
        now, times = fields.Datetime.now(), WorkingTimes()
        opened = waiting.filtered(lambda each: each.step == step)
        for stage in opened:
            due_at = self._due(stage.due_hours, now, times)
            facts = {"state": "open", "opened_at": now, "due_at": due_at}
            stage._keep(facts)
            stage.assignment_ids.filtered(lambda each: each.state == "waiting")._keep(facts)
        self._note_due(opened)
        opened._tell_opened()
        return True

    def _present_stages(self):
        """The stages of the present version."""
        return self.stage_ids.filtered(lambda each: each.version == self.version)

    def _unreachable_stages(self):
        """Stages that the people who are left cannot pass any more."""
        failed = unreachable(self._pools_left())
        return self._present_stages().filtered(lambda each: each.id in failed)


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    def _needed(self):
        """How many approvals the stage needs. Of *all*, who abstained is not waited for, and who
        was added may stand for whoever does not answer."""
        self.ensure_one()
        if self.mode != "all":
            return self.quorum
        seats = self.assignment_ids.filtered(
            lambda each: each.state not in ("abstained", "replaced") and not each.added
        )
        return max(len(seats), 1)

    def _approvals(self):
        return len(self.assignment_ids.filtered(lambda each: each.state == "approved"))

    def _to_pass(self):
        """What is still missing, and who may still give it."""
        self.ensure_one()
        free = self.assignment_ids.filtered(
            lambda each: (
                each.state in ("open", "waiting")
                and not self._decided_here(each.user_id, each)
                and not self._decided_elsewhere(each.user_id)
            )
        )
        missing = max(self._needed() - self._approvals(), 0)
        return Open(self.id, missing, frozenset(free.user_id.ids), self.distinct)

    def _decided_by(self):
        """Who has approved in these stages: whose seats they were, and who stood in."""
        return self.assignment_ids.filtered(lambda each: each.state == "approved")._deciders()

    def _decided_here(self, people, besides):
        """Who of these has approved in a seat of this stage, besides one: nobody fills two."""
        others = (self.assignment_ids - besides).filtered(lambda each: each.state == "approved")
        return (others._deciders() & people)[:1]

    def _decided_elsewhere(self, people):
        """The other stage in which one of these has decided, where that shuts them out here."""
        others = self.request_id._present_stages() - self
        return others.filtered(
            lambda each: (each.distinct or self.distinct) and each._decided_by() & people
        )[:1]
