from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .ops_request import APPROVED, CANCELLED, DRAFT, REJECTED, SUBMITTED

# What a requester reads on cards and in lists: the status, and what the approval adds to it.
STANDINGS = [
    ("draft", "Draft"),
    ("returned", "Sent back to you"),
    ("withdrawn", "Withdrawn"),
    ("pending", "Waits for a decision"),
    ("question", "Waits for your answer"),
    ("stuck", "Approved, not carried out"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("cancelled", "Given up"),
]


class OpsRequest(models.Model):
    """Following a request: with whom it is, since when, and until when."""

    _inherit = "ops.request"

    standing = fields.Selection(STANDINGS, compute="_compute_progress", string="How it stands")
    asked_user_ids = fields.Many2many(
        "res.users", string="With", compute="_compute_progress", help="Who is asked to decide now."
    )
    asked_since = fields.Datetime(
        string="Since", compute="_compute_progress", help="When they were asked."
    )
    due_at = fields.Datetime(
        string="Due", compute="_compute_progress", help="When they are to have decided."
    )
    is_overdue = fields.Boolean(string="Overdue", compute="_compute_progress")
    waits_for_requester = fields.Boolean(
        string="Waits for who asks",
        compute="_compute_progress",
        search="_search_waits_for_requester",
        help="It was sent back, or somebody asked a question.",
    )
    may_follow = fields.Boolean(
        string="You are asked about it",
        compute="_compute_may_follow",
        search="_search_may_follow",
    )
    is_mine = fields.Boolean(
        string="Yours",
        compute="_compute_is_mine",
        search="_search_is_mine",
        help="You ask for it, or look after it for somebody who left.",
    )
    # What the form shows of the kind, for who may read the request and need not read the kind.
    category_icon = fields.Selection(related="category_id.icon", string="Icon of the kind")
    category_help = fields.Html(related="category_id.help_text", string="Good to know")
    category_open = fields.Selection(related="category_id.standing", string="Open for requests")
    quantity_label = fields.Char(related="category_id.quantity_label")
    subject_domain = fields.Char(related="category_id.subject_domain")
    has_description = fields.Selection(related="category_id.has_description", string="Reason?")
    has_amount = fields.Selection(related="category_id.has_amount", string="Amount?")
    has_quantity = fields.Selection(related="category_id.has_quantity", string="Quantity?")
    has_period = fields.Selection(related="category_id.has_period", string="Period?")
    has_person = fields.Selection(related="category_id.has_person", string="For whom?")
    has_subject = fields.Selection(related="category_id.has_subject", string="Record?")
    question_hints = fields.Json(compute="_compute_question_hints")

    @api.depends("category_id")
    @api.depends_context("lang")
    def _compute_question_hints(self):
        """{name of a property: {label, hint, required}} for the form, in the reader's language."""
        for request in self:
            questions = request.sudo().category_id.question_ids  # sudo: what is asked is no secret
            request.question_hints = {
                question.property_name: {
                    "label": question.name,
                    "hint": question.hint or "",
                    "required": question.required,
                }
                for question in questions
            }

    @api.depends("state", "approval_request_id")
    def _compute_progress(self):
        latest = self._approval_latest()
        for document in self:
            request = latest.get(document.id, self.env["ops.approval.request"].sudo())
            waits = document.state == SUBMITTED and request.state == "pending"
            stages = request._present_stages().filtered(lambda each: each.state == "open")
            document.standing = document._standing(request)
            document.asked_user_ids = request.asked_user_ids if waits else False
            document.asked_since = waits and min(stages.mapped("opened_at"), default=False)
            document.due_at = waits and request.due_at
            document.is_overdue = bool(waits and request.is_overdue)
            document.waits_for_requester = document.standing in ("returned", "question")

    def _standing(self, request):
        if self.state == DRAFT:
            sent_back = request.state in ("returned", "withdrawn")
            return request.state if sent_back else "draft"
        if self.state == SUBMITTED and request.state == "approved":
            return "stuck"
        if self.state == SUBMITTED:
            return "question" if request.open_question else "pending"
        return {APPROVED: "approved", REJECTED: "rejected", CANCELLED: "cancelled"}[self.state]

    @api.model
    def _search_waits_for_requester(self, operator, value):
        if operator != "in":
            return NotImplemented
        waits = Domain("state", "=", DRAFT) & Domain("approval_state", "=", "returned")
        # sudo: which of the requests are asked something; they are searched with the user's rights
        approvals = self.env["ops.approval.request"].sudo()
        asked = approvals._search([("res_model", "=", self._name), ("open_question", "=", True)])
        waits |= Domain("state", "=", SUBMITTED) & Domain("id", "in", asked.subselect("res_id"))
        return waits if set(value) == {True} else ~waits if set(value) == {False} else []

    # -- who may read it ------------------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_follow(self):
        # sudo: which of these, as the user's own rights on the approvals say
        found = self.sudo().search(Domain("id", "in", self.ids) & self._followed_domain())
        for request in self:
            request.may_follow = request in found

    @api.model
    def _search_may_follow(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._followed_domain()
        return mine if set(value) == {True} else ~mine if set(value) == {False} else []

    @api.model
    def _followed_domain(self):
        """Requests whose approval the user may read: whoever is asked about one may open it."""
        approvals = self.env["ops.approval.request"].with_user(self.env.uid)
        query = approvals._search([("res_model", "=", self._name)])
        return Domain("id", "in", query.subselect("res_id"))

    # -- whose it is ----------------------------------------------------------------------------

    @api.depends("requester_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        # sudo: whose they are, compared with the user
        handled = self.sudo().search(Domain("id", "in", self.ids) & self._handled_domain())
        for request in self:
            own = request.requester_id.id == self.env.uid
            request.is_mine = own or request._origin in handled

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("requester_id", "=", self.env.uid) | self._handled_domain()
        return mine if set(value) == {True} else ~mine if set(value) == {False} else []

    @api.model
    def _handled_domain(self):
        """Requests that the user submitted or took over, whoever asked for them first: what is
        sent back or withdrawn goes on with that person."""
        self.env["ops.approval.request"].flush_model()
        handled = SQL(
            "SELECT latest.res_id FROM (SELECT DISTINCT ON (res_id) res_id,"
            " COALESCE(handler_id, requester_id) AS user_id FROM ops_approval_request"
            " WHERE res_model = %s ORDER BY res_id, id DESC) latest WHERE latest.user_id = %s",
            self._name,
            self.env.uid,
        )
        return Domain("id", "in", handled)
