from odoo import api, fields, models
from odoo.fields import Domain


class OpsCaseStep(models.Model):
    _inherit = "ops.case.step"

    has_exception = fields.Boolean(
        string="Led to an exception",
        compute="_compute_has_exception",
        search="_search_has_exception",
        help="One that you may see.",
    )

    @api.depends("event_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_has_exception(self):
        found = self.env["ops.exception"]._read_group(
            [("event_id", "in", self.event_id.ids)], ["event_id"]
        )
        events = {event.id for (event,) in found}
        for step in self:
            step.has_exception = step.event_id.id in events

    @api.model
    def _search_has_exception(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Straight from the exceptions to the steps: the events between are a million rows.
        exceptions = self.env["ops.exception"]._search([("event_id", "!=", False)])
        with_one = Domain("event_id", "in", exceptions.subselect("event_id"))
        wanted = {bool(each) for each in value}
        if len(wanted) == 1:
            return with_one if True in wanted else ~with_one
        return Domain(bool(wanted))
