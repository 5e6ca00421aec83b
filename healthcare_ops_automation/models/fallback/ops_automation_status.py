from odoo import api, fields, models
from odoo.tools.misc import format_datetime

from .ops_automation import REFERENCES

STATES = [
    ("on", "On"),
    ("off", "Off"),
    ("fallback", "By hand"),
    ("gone", "Gone"),
]


class OpsAutomation(models.Model):
    """Status: read off the real thing, never kept, so it cannot be wrong."""

    _inherit = "ops.automation"

    state = fields.Selection(
        STATES,
        compute="_compute_state",
        search="_search_state",
        string="Status",
        help="On: it runs. Off: somebody switched it off. By hand: a manual fallback is "
        "active. Gone: what it stood for was deleted.",
    )
    state_text = fields.Char(compute="_compute_state", string="Status in words")

    @api.depends(
        "kind",
        "rule_id.active",
        "cron_id.active",
        "action_id",
        "endpoint_id.active",
        "endpoint_id.state",
        "event_type_id.active",
        "switched_off_at",
    )
    @api.depends_context("lang", "tz")
    def _compute_state(self):
        fallbacks = self.env["ops.fallback"]
        # sudo: status and reason of what is shown to the reader anyway
        found = fallbacks.sudo().search(
            [("state", "=", "active"), ("automation_id", "in", self.ids)]
        )
        active = {fallback.automation_id.id: fallback for fallback in found}
        for automation in self:
            fallback = active.get(automation._origin.id, found.browse())
            automation.state, automation.state_text = automation._status(fallback)

    def _search_state(self, operator, value):
        """The register has some hundred entries at most: each is asked."""
        if operator != "in":
            return NotImplemented
        entries = self.with_context(active_test=False).search([("kind", "!=", False)])
        return [("id", "in", entries.filtered(lambda each: each.state in value).ids)]

    def _status(self, fallback):
        """Code and words of how it stands."""
        self.ensure_one()
        # sudo: whether they run, not what they do
        carriers = self.sudo()._carriers()
        running = [carrier for carrier in carriers if self._is_on(carrier)]
        if not self.kind or not self.sudo()[REFERENCES[self.kind]]:
            return "gone", self.env._("What it stood for does not exist any more.")
        if fallback:
            return "fallback", self._fallback_words(fallback, running)
        if running:
            return "on", self._on_words(running, carriers)
        return "off", self._off_words(carriers)

    def _fallback_words(self, fallback, running):
        since = format_datetime(self.env, fallback.since, dt_format="short")
        if running:
            return self.env._(
                "Fallback active since %s, but somebody switched it on again: end the fallback.",
                since,
            )
        return self.env._(
            "Fallback active since %(since)s: %(reason)s", since=since, reason=fallback.reason
        )

    def _on_words(self, running, carriers):
        if len(running) < len(carriers):
            return self.env._(
                "Partly on: %(on)s of %(all)s run.", on=len(running), all=len(carriers)
            )
        if self.switched_off_at:
            return self.env._(
                "On. It was switched off here on %s, and on again elsewhere.",
                format_datetime(self.env, self.switched_off_at, dt_format="short"),
            )
        # sudo: the state of an endpoint, in words
        endpoint = self.sudo().endpoint_id
        if endpoint.state == "broken":
            return self.env._("On, but broken: events are held until it takes them again.")
        if endpoint.test_mode:
            return self.env._("On, in test mode: only samples are sent.")
        return self.env._("On")

    def _off_words(self, carriers):
        if self.switched_off_at:
            return self.env._(
                "Off since %(since)s: %(reason)s (%(who)s)",
                since=format_datetime(self.env, self.switched_off_at, dt_format="short"),
                reason=self.off_reason,
                who=self.switched_off_by_id.sudo().name,  # sudo: a colleague's name
            )
        if not carriers:
            return self.env._("Off: nothing runs it.")
        return self.env._("Off: it was switched off elsewhere, not here.")
