from datetime import timedelta

from odoo import fields, models


class OpsSite(models.Model):
    """What the overview shows of a site. Packs add their own figures by inheritance."""

    _inherit = "ops.site"

    open_exception_count = fields.Integer(compute="_compute_exception_counts")
    overdue_exception_count = fields.Integer(compute="_compute_exception_counts")
    recent_event_count = fields.Integer(
        compute="_compute_recent_event_count", help="Events of the last 24 hours."
    )

    def _compute_exception_counts(self):
        # Through the reader's own rights: people who may not read exceptions see none.
        Exceptions = self.env["ops.exception"]
        if not Exceptions.has_access("read"):
            self.open_exception_count = self.overdue_exception_count = 0
            return
        domain = [("site_id", "in", self.ids), ("is_open", "=", True)]
        now = fields.Datetime.now()
        opened = dict(Exceptions._read_group(domain, ["site_id"], ["__count"]))
        late = dict(
            Exceptions._read_group([*domain, ("due_at", "<", now)], ["site_id"], ["__count"])
        )
        for site in self:
            site.open_exception_count = opened.get(site, 0)
            site.overdue_exception_count = late.get(site, 0)

    def _compute_recent_event_count(self):
        Events = self.env["ops.event"]
        if not Events.has_access("read"):
            self.recent_event_count = 0
            return
        since = fields.Datetime.now() - timedelta(hours=24)
        domain = [("site_id", "in", self.ids), ("occurred_at", ">=", since)]
        counts = dict(Events._read_group(domain, ["site_id"], ["__count"]))
        for site in self:
            site.recent_event_count = counts.get(site, 0)

    def _open_of_site(self, action_xmlid, **context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action_xmlid)
        return {**action, "domain": [("site_id", "=", self.id)], "context": context}

    def action_open_exceptions(self):
        return self._open_of_site(
            "healthcare_ops_automation.ops_exception_action", search_default_open=1
        )

    def action_open_overdue_exceptions(self):
        return self._open_of_site(
            "healthcare_ops_automation.ops_exception_action", search_default_overdue=1
        )

    def action_open_recent_events(self):
        return self._open_of_site(
            "healthcare_ops_automation.ops_event_action", search_default_recent=1
        )
