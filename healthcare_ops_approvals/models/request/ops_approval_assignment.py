from odoo import api, fields, models
from odoo.fields import Domain

STATES = [
    ("waiting", "Not yet"),
    ("open", "Asked"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("returned", "Sent back"),
    ("abstained", "Abstained"),
    ("ended", "No longer asked"),
    ("replaced", "Somebody else is asked instead"),
]


class OpsApprovalAssignment(models.Model):
    """One person's seat in a stage."""

    _name = "ops.approval.assignment"
    _description = "Seat in an Approval Request"
    _inherit = ["ops.approval.kept"]
    _order = "request_id, request_stage_id, id"
    _rec_name = "user_id"
    _log_access = False

    request_id = fields.Many2one(
        "ops.approval.request", required=True, index=True, ondelete="cascade", readonly=True
    )
    request_stage_id = fields.Many2one(
        "ops.approval.request.stage", required=True, ondelete="cascade", readonly=True
    )
    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="restrict", readonly=True
    )
    # Kept beside the seat, so that counting what waits for somebody reads no requests.
    company_id = fields.Many2one(related="request_id.company_id", store=True, precompute=True)
    site_id = fields.Many2one(related="request_id.site_id", store=True, precompute=True)
    state = fields.Selection(STATES, string="Status", required=True, readonly=True)
    replaces_id = fields.Many2one(
        "ops.approval.assignment",
        string="Instead of",
        ondelete="set null",
        readonly=True,
        index="btree_not_null",
        help="The seat this one took the place of.",
    )
    opened_at = fields.Datetime(string="Asked since", readonly=True)
    due_at = fields.Datetime(string="Due", readonly=True)
    question_id = fields.Integer(
        string="Open question (ID)",
        readonly=True,
        help="The decision by which this seat asked and waits for an answer; 0: for none.",
    )

    added = fields.Boolean(
        readonly=True, help="Asked besides those who were planned; the quorum stays as it was."
    )

    # Whose seat went to somebody else may be asked again later.
    _seat_uniq = models.UniqueIndex(
        "(request_stage_id, user_id) WHERE state <> 'replaced'",
        "This person has a seat in this stage already.",
    )
    _open_idx = models.Index("(user_id, request_id) WHERE state = 'open'")
    _question_idx = models.Index("(request_id) WHERE question_id > 0")

    @api.model
    def _domain_for(self, user):
        """The seats in which a user may decide now.

        :param user: one ``res.users``
        :return: a Domain on seats
        """
        return Domain("state", "=", "open") & Domain("user_id", "=", user.id)
