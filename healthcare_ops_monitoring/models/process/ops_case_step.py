from odoo import fields, models

from odoo.addons.healthcare_ops_automation.models.big_integer import BigInteger


class OpsCaseStep(models.Model):
    """A narrow row for each transition of a case, with the times worked out once.

    One for each event of a process. Durations are seconds, whole; working ones in the working
    hours of the event's site, of no site around the clock.
    """

    _name = "ops.case.step"
    _description = "Step of a Case"
    _order = "at, id"
    _rec_name = "milestone_id"
    _log_access = False

    event_id = fields.Many2one("ops.event", required=True, readonly=True, ondelete="cascade")
    case_id = fields.Many2one("ops.case", required=True, readonly=True, ondelete="cascade")
    process_id = fields.Many2one("ops.process", required=True, readonly=True, ondelete="cascade")
    milestone_id = fields.Many2one(
        "ops.milestone", required=True, readonly=True, ondelete="cascade"
    )
    previous_milestone_id = fields.Many2one(
        "ops.milestone", string="Coming from", readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    site_id = fields.Many2one("ops.site", readonly=True, ondelete="restrict")
    at = fields.Datetime(string="Time", required=True, readonly=True)
    actor_id = fields.Many2one("res.users", string="By", readonly=True, ondelete="set null")
    automated = fields.Boolean(readonly=True, help="Done by an automation, not by a person.")
    rework = fields.Boolean(readonly=True)
    # Of many steps, graphs and pivots tell the average: what they took together says nothing.
    wall_seconds = BigInteger(string="Since the step before (s)", readonly=True, aggregator="avg")
    working_seconds = BigInteger(
        string="Working time since the step before (s)", readonly=True, aggregator="avg"
    )
    wall_since_start = BigInteger(string="Since the start (s)", readonly=True, aggregator="avg")
    working_since_start = BigInteger(
        string="Working time since the start (s)", readonly=True, aggregator="avg"
    )
    calendar_fingerprint = fields.Char(readonly=True)

    _event_uniq = models.UniqueIndex("(event_id)")
    _case_idx = models.Index("(case_id, at)")
    _process_idx = models.Index("(process_id, at)")
    _milestone_idx = models.Index("(milestone_id, at)")
    _place_idx = models.Index("(company_id, site_id, at)")
