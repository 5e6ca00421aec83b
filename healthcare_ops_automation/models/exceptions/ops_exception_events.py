from odoo import api, models

from ...contracts.exception import ASSIGNED, PROCESS, RAISED, REOPENED, RESOLVED
from ...core.envelope import rfc3339

TOLD_BY = ("state", "user_id", "team_id")


class OpsException(models.Model):
    """The way of an exception as events, so that it is measured and can be told elsewhere.

    An exception about an event of exceptions is not told: telling of what went wrong with
    telling would go on for ever.
    """

    _inherit = "ops.exception"

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions._tell_event(RAISED)
        return exceptions

    def write(self, vals):
        if not vals.keys() & set(TOLD_BY):
            return super().write(vals)
        before = {each.id: (each.is_open, each.user_id, each.team_id) for each in self}
        result = super().write(vals)
        was_open = self.filtered(lambda each: before[each.id][0])
        now_open = self.filtered("is_open")
        (was_open - now_open)._tell_event(RESOLVED)
        (now_open - was_open)._tell_event(REOPENED)
        moved = now_open.filtered(
            lambda each: (
                (each.user_id or each.team_id)
                and before[each.id][1:] != (each.user_id, each.team_id)
            )
        )
        moved._tell_event(ASSIGNED)
        return result

    def _tell_event(self, code):
        # sudo: facts of the exceptions, whoever's work changed them
        told = self.sudo().filtered(
            lambda each: not (each.event_id.type_code or "").startswith(f"{PROCESS}.")
        )
        if told:
            self.env["ops.event"]._emit_guarded(code, told, lambda each: each._event_facts(code))

    def _event_facts(self, code):
        """The content of an event, as contracts/exception.py has it."""
        facts = {
            "exception": self.id,
            "category": self.category_id.code,
            "severity": self.severity,
            "source_model": self.res_model or None,
            "source_id": self.res_id or None,
            "occurrences": max(self.occurrence_count, 1),
            "first_seen": rfc3339(self.first_seen),
            "due_at": rfc3339(self.due_at) if self.due_at else None,
            "team": self.team_id.id or None,
            "owner": self.user_id.id or None,
        }
        if code == RESOLVED:
            facts |= {"outcome": self.state, "resolution": self.resolution_id.id or None}
        return facts
