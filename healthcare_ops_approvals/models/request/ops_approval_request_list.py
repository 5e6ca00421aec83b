from odoo import api, fields, models
from odoo.fields import Domain

OPEN = "open"


class OpsApprovalRequest(models.Model):
    """What lists of requests show and search: who is asked now, and whether it is late."""

    _inherit = "ops.approval.request"

    asked_user_ids = fields.Many2many(
        "res.users",
        string="Asked",
        compute="_compute_asked",
        search="_search_asked_user_ids",
        help="Who is asked to decide now.",
    )
    stage_now = fields.Char(string="Stage", compute="_compute_asked", help="Which stage is open.")
    waits_for_me = fields.Boolean(
        string="Waits for me", compute="_compute_asked", search="_search_waits_for_me"
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    @api.depends("state", "stage_ids.state", "assignment_ids.state")
    @api.depends_context("uid")
    def _compute_asked(self):
        assignments = self.env["ops.approval.assignment"]
        # sudo: that it waits for the reader is no secret to the reader
        mine = assignments.sudo().search(
            assignments._domain_for(self.env.user) & Domain("request_id", "in", self.ids)
        )
        for request in self:
            # sudo: who is asked is told to whoever may read the request
            stages = request.sudo().stage_ids.filtered(lambda each: each.state == OPEN)
            if request.state != "pending":
                stages = stages.browse()
            seats = stages.assignment_ids.filtered(lambda each: each.state == OPEN)
            request.asked_user_ids = seats.user_id
            request.stage_now = ", ".join(stages.mapped("name"))
            request.waits_for_me = bool(seats & mine)

    @api.depends("state", "due_at")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for request in self:
            due = request.state == "pending" and request.due_at
            request.is_overdue = bool(due) and due < now

    @api.model
    def _search_asked_user_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        seat = Domain("state", "=", OPEN)
        if operator == "in":
            wanted = [each for each in value if each]
            found = self._asked_domain(seat & Domain("user_id", "in", wanted))
            return found | ~self._asked_domain(seat) if False in value else found
        return self._asked_domain(seat & Domain("user_id", "any", value))

    @api.model
    def _search_waits_for_me(self, operator, value):
        mine = self._asked_domain(self.env["ops.approval.assignment"]._domain_for(self.env.user))
        return self._search_yes(operator, value, mine)

    @api.model
    def _asked_domain(self, seats):
        return Domain("state", "=", "pending") & Domain("assignment_ids", "any", seats)

    @api.model
    def _search_is_overdue(self, operator, value):
        late = Domain("state", "=", "pending") & Domain("due_at", "<", fields.Datetime.now())
        return self._search_yes(operator, value, late)

    @api.model
    def _search_yes(self, operator, value, domain):
        """The domain of a yes or no, whichever is searched."""
        if operator != "in":
            return NotImplemented
        return domain if set(value) == {True} else ~domain if set(value) == {False} else []

    # -- several at once ------------------------------------------------------------------

    def action_open_bulk(self):
        """The dialog that decides about these at once; which way is in the button's context."""
        return self.env["ops.approval.bulk"]._open(self)


class OpsApprovalAssignment(models.Model):
    _inherit = "ops.approval.assignment"

    def action_open_request(self):
        """The request that a seat belongs to."""
        self.ensure_one()
        return self.request_id._get_records_action()
