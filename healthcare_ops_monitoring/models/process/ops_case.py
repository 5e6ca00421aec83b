from odoo import fields, models

from odoo.addons.healthcare_ops_automation.models.big_integer import BigInteger

CASE_STATES = [("open", "Open"), ("closed", "Closed")]
TOUCHES = [
    ("automation", "Without people"),
    ("mixed", "People and automation"),
    ("person", "People only"),
]


class OpsCase(models.Model):
    """One run of a process through a record, from its first milestone to its last.

    Derived from the event log by the projector alone; see ``ops_projector.py``. A record that
    goes through the process again after the end gets another case, the next round.
    """

    _name = "ops.case"
    _description = "Case"
    _order = "opened_at desc, id desc"
    _rec_name = "record_name"
    _log_access = False

    process_id = fields.Many2one("ops.process", required=True, readonly=True, ondelete="cascade")
    record_key = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="Record", readonly=True, help="Its name at the last event.")
    round = fields.Integer(
        required=True, readonly=True, help="How often the record has been through the process."
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    site_id = fields.Many2one("ops.site", readonly=True, ondelete="restrict")
    state = fields.Selection(CASE_STATES, string="Status", required=True, readonly=True)
    opened_at = fields.Datetime(string="Opened", required=True, readonly=True)
    closed_at = fields.Datetime(string="Closed", readonly=True)
    last_milestone_id = fields.Many2one(
        "ops.milestone", string="Reached", readonly=True, ondelete="cascade"
    )
    last_at = fields.Datetime(string="Since", required=True, readonly=True)
    end_milestone_id = fields.Many2one(
        "ops.milestone", string="Ended with", readonly=True, ondelete="cascade"
    )
    step_count = fields.Integer(string="Steps", readonly=True)
    rework_count = fields.Integer(string="Reworked", readonly=True)
    reopened_count = fields.Integer(string="Opened again", readonly=True)
    touch = fields.Selection(TOUCHES, string="Worked on by", readonly=True)
    wall_seconds = BigInteger(
        string="Duration (s)", readonly=True, help="From the first milestone to the end."
    )
    working_seconds = BigInteger(
        string="Working time (s)",
        readonly=True,
        help="The same, in working hours of the site.",
    )
    calendar_fingerprint = fields.Char(
        readonly=True, help="Of the working hours by which the times were worked out."
    )
    step_ids = fields.One2many("ops.case.step", "case_id", string="Timeline", readonly=True)

    _round_uniq = models.UniqueIndex("(process_id, record_key, round)")
    _record_idx = models.Index("(res_model, res_id)")
    _open_idx = models.Index("(process_id, opened_at) WHERE state = 'open'")
    _closed_idx = models.Index("(process_id, closed_at) WHERE state = 'closed'")
    # What figures of a period read, of all processes: the index alone answers.
    _closed_at_idx = models.Index(
        "(closed_at, company_id, site_id) INCLUDE (process_id, working_seconds)"
        " WHERE state = 'closed'"
    )
    _place_idx = models.Index("(company_id, site_id)")
