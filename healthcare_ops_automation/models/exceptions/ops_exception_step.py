from odoo import fields, models

KINDS = [
    ("raised", "Raised"),
    ("repeated", "Happened again"),
    ("status", "Status"),
    ("owner", "Owner"),
    ("team", "Team"),
    ("severity", "Severity"),
    ("due", "Due"),
    ("cause", "Cause"),
    ("grouped", "Same cause as"),
    ("reviewed", "Reviewed"),
]


class OpsExceptionStep(models.Model):
    """One thing that happened to an exception: a narrow row, written by the engine.

    Repeats are one row a day with their count, however many they are.
    """

    _name = "ops.exception.step"
    _description = "Step in the Life of an Exception"
    _order = "at, id"
    _log_access = False

    exception_id = fields.Many2one(
        "ops.exception", required=True, index=True, ondelete="cascade", readonly=True
    )
    at = fields.Datetime(string="When", required=True, readonly=True)
    kind = fields.Selection(KINDS, string="What", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", ondelete="set null", readonly=True)
    old = fields.Char(string="Before", readonly=True, help="A code, or the name at that time.")
    new = fields.Char(string="After", readonly=True)
    note = fields.Text(readonly=True)
    seconds = fields.Integer(
        string="Seconds before",
        readonly=True,
        help="Of a status: for how long the one before had lasted, around the clock.",
    )
    day = fields.Date(readonly=True, help="Of repeats: the day (UTC) they are counted for.")
    count = fields.Integer(string="Times", readonly=True)
    last_at = fields.Datetime(string="Last time", readonly=True)

    _repeats_uniq = models.UniqueIndex(
        "(exception_id, day) WHERE kind = 'repeated'", "These repeats are counted already."
    )
