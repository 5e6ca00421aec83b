from odoo import api, fields, models

from ...core.service_level import OPEN_STATES
from ..durations import in_words
from .rows import Hours

# How a clock stands -> colour and icon; the text says the same in words.
LOOKS = {
    "running": ("success", "fa-clock-o"),
    "at_risk": ("warning", "fa-hourglass-half"),
    "late": ("danger", "fa-exclamation-circle"),
    "paused": ("secondary", "fa-pause"),
}


class OpsSlaClock(models.Model):
    """What a clock says to people: remaining time in words, for lists and forms."""

    _inherit = "ops.sla.clock"

    remaining = fields.Char(
        compute="_compute_remaining",
        help="In the hours that count: a night does not shorten what is left of working hours.",
    )

    @api.depends("state", "due_at", "used_seconds", "counted_at", "breached_at")
    @api.depends_context("lang")
    def _compute_remaining(self):
        now = fields.Datetime.now()
        times = self._transitions().times
        for clock in self:
            clock.remaining = clock._in_words(now, times)

    def _standing(self, now=None):
        """``running``, ``at_risk``, ``late`` or ``paused``, as of now: a moment counts from
        its second on, not from the next run of the scheduled action."""
        now = now or fields.Datetime.now()
        if self.state == "paused":
            return "paused"
        if self.breached_at or (self.due_at and self.due_at < now):
            return "late"
        return "at_risk" if self.at_risk_at and self.at_risk_at <= now else self._calm()

    def _calm(self):
        return "at_risk" if self.is_at_risk else "running"

    def _in_words(self, now, times):
        budget, used = self.budget_seconds, self.used_seconds
        if self.state == "cancelled":
            return self.env._("Cancelled")
        if self.state == "met":
            return self.env._("Met in %s", in_words(self.env, used))
        if self.state == "breached":
            return self.env._(
                "Took %(used)s of %(budget)s",
                used=in_words(self.env, used),
                budget=in_words(self.env, budget),
            )
        if self.state == "paused":
            if self.breached_at:
                return self.env._("Paused, breached already")
            return self.env._("Paused, %s left", in_words(self.env, budget - used))
        if self._standing(now) == "late":
            since = (now - (self.breached_at or self.due_at)).total_seconds()
            return self.env._("Breached %s ago", in_words(self.env, since, days=True))
        if not self.due_at:
            return self.env._("No due time: the calendar has no working hours")
        hours = Hours(times, self.sudo().calendar_id, self.sudo().company_id)
        left = budget - used - hours.elapsed(self.counted_at, now)
        # Around the clock long times are said in days; working hours have none.
        return self.env._("Due in %s", in_words(self.env, left, days=not self.calendar_id))

    @api.model
    def record_clocks(self, res_model, res_id):
        """The open clocks of a record, as its form shows them.

        Only those that the user may read, of a record that the user may read.

        :return: list of dicts: id, text, level (colour), icon, due_at (UTC) and calendar
        """
        if not isinstance(res_model, str) or not isinstance(res_id, int):
            return []
        if res_model not in self.env["ops.sla.policy"]._measured_models():
            return []
        record = self.env[res_model].browse(res_id).exists()
        if not (record and record.has_access("read") and self.has_access("read")):
            return []
        clocks = self.search(
            [
                ("res_model", "=", res_model),
                ("res_id", "=", record.id),
                ("state", "in", OPEN_STATES),
            ],
            order="due_at, id",
        )
        return [clock._badge() for clock in clocks]

    def _badge(self):
        level, icon = LOOKS[self._standing()]
        # sudo: names of the policy and the calendar; the clock itself may be read
        known = self.sudo()
        remaining = self.remaining[:1].lower() + self.remaining[1:]
        return {
            "id": self.id,
            "text": self.env._(
                "%(measure)s %(remaining)s",
                measure=known.policy_id.with_env(known.env)._measure_label(),
                remaining=remaining,
            ),
            "level": level,
            "icon": icon,
            "due_at": fields.Datetime.to_string(self.due_at) if self.due_at else False,
            "calendar": known.calendar_id.name or self.env._("around the clock"),
            "policy": known.policy_id.name,
        }
