from odoo import models
from odoo.fields import Domain


class OpsFallbackSubject(models.AbstractModel):
    """For pages of what an entry of the register switches: they say it too, for there somebody
    would switch it on past the fallback."""

    _name = "ops.fallback.subject"
    _description = "Stood in for by a Manual Fallback"
    _inherit = ["ops.fallback.banner"]

    def _active_fallbacks(self):
        """One search a record: it is shown on forms only."""
        fallbacks = self.env["ops.fallback"]
        if not fallbacks.has_access("read"):
            return {}
        active = Domain("state", "=", "active")
        found = {
            each.id: fallbacks.search(active & each._fallback_domain()) for each in self if each.id
        }
        return {record_id: some for record_id, some in found.items() if some}

    def _entered_as(self, field, records):
        # sudo: which entry stands for it; the fallbacks are read with the reader's own rights
        entries = self.env["ops.automation"].sudo().with_context(active_test=False)
        return entries.search([(field, "in", records.ids)])


class BaseAutomation(models.Model):
    _name = "base.automation"
    _inherit = ["base.automation", "ops.fallback.subject"]

    def _fallback_domain(self):
        entries = self._entered_as("rule_id", self)
        entries |= self._entered_as("action_id", self.action_server_ids)
        return Domain("automation_id", "in", entries.ids)


class IrCron(models.Model):
    _name = "ir.cron"
    _inherit = ["ir.cron", "ops.fallback.subject"]

    def _fallback_domain(self):
        entries = self._entered_as("cron_id", self)
        entries |= self._entered_as("action_id", self.ir_actions_server_id)
        return Domain("automation_id", "in", entries.ids)


class OpsEventType(models.Model):
    _name = "ops.event.type"
    _inherit = ["ops.event.type", "ops.fallback.subject"]

    def _fallback_domain(self):
        return Domain("automation_id", "in", self._entered_as("event_type_id", self).ids)
