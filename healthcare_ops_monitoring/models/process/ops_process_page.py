from odoo import api, fields, models


class OpsProcess(models.Model):
    """What the page of a process says about its cases."""

    _inherit = "ops.process"

    case_count = fields.Integer(
        "Cases", compute="_compute_case_count", help="Cases of your companies and sites."
    )
    has_no_end = fields.Boolean(
        compute="_compute_has_no_end", help="None of its milestones ends a case."
    )

    def _compute_case_count(self):
        counts = dict(
            self.env["ops.case"]._read_group(
                [("process_id", "in", self.ids)], ["process_id"], ["__count"]
            )
        )
        for process in self:
            process.case_count = counts.get(process, 0)

    @api.depends("milestone_ids.role")
    def _compute_has_no_end(self):
        for process in self:
            process.has_no_end = "end" not in process.milestone_ids.mapped("role")

    def action_open_cases(self):
        """The cases behind the number."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_monitoring.action_case"
        )
        domain = [("process_id", "=", self.id)]
        return {**action, "name": self.name, "domain": domain, "context": {}}
