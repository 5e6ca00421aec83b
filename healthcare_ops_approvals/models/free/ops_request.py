from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

DRAFT, SUBMITTED, APPROVED = "draft", "submitted", "approved"
REJECTED, CANCELLED = "rejected", "cancelled"
STATES = [
    (DRAFT, "Draft"),
    (SUBMITTED, "Submitted"),
    (APPROVED, "Approved"),
    (REJECTED, "Rejected"),
    (CANCELLED, "Cancelled"),
]
# Written by the system alone, whoever sends them.
ENGINE_FIELDS = (
    "name",
    "state",
    "requester_id",
    "department_id",
    "subject_model",
    "subject_label",
    "answers",
)


class OpsRequest(models.Model):
    """Something a person asks for that has no document of its own in Odoo.

    How it works: what it has to say follows from its kind. It changes as a draft only: from being
    submitted on every change is refused, to everybody, until it is withdrawn or sent back. It is
    put before the people of the approval policy about requests, and passes in no other way.
    """

    _name = "ops.request"
    _description = "Request"
    _inherit = ["mail.thread", "mail.activity.mixin", "ops.approval.mixin"]
    _order = "id desc"
    _rec_names_search = ["name", "title"]
    _check_company_auto = True
    # Who is asked, and who asks, may write a message about it while it cannot be changed.
    _mail_post_access = "read"

    name = fields.Char(string="Number", required=True, readonly=True, copy=False, index="trigram")
    category_id = fields.Many2one(
        "ops.request.category",
        string="Kind of request",
        required=True,
        index=True,
        ondelete="restrict",
    )
    title = fields.Char(
        string="What you ask for",
        help="In a few words. Never name patients.",
    )
    description = fields.Text(
        string="Reason", help="Why it is needed, and what happens without it. Never name patients."
    )
    requester_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    site_id = fields.Many2one(
        "ops.site",
        index=True,
        ondelete="restrict",
        check_company=True,
        compute="_compute_site_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Where it is about: the people of this site are asked.",
    )
    department_id = fields.Many2one(
        "hr.department",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="That of whoever asks.",
    )
    state = fields.Selection(
        STATES,
        string="Status",
        required=True,
        readonly=True,
        copy=False,
        default=DRAFT,
        group_expand=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
    )
    amount = fields.Monetary(help="All that it costs, as far as is known.")
    quantity = fields.Float(digits=(12, 2))
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="Until", help="This day included.")
    person_id = fields.Many2one(
        "hr.employee",
        string="For whom",
        ondelete="restrict",
        check_company=True,
        help="Who it is for never approves it.",
    )
    subject_model = fields.Char(
        string="Kind of record", compute="_compute_subject_model", store=True, precompute=True
    )
    subject_id = fields.Many2oneReference(string="About", model_field="subject_model", copy=True)
    subject_label = fields.Char(
        string="About what", readonly=True, copy=False, help="Its name when submitted."
    )
    properties = fields.Properties(
        string="Questions", definition="category_id.properties_definition", copy=True
    )
    answers = fields.Json(
        readonly=True, copy=False, help="Questions and answers as they stood when submitted."
    )
    # Documents belong to one request: what was current for the first may not be for the next.
    document_ids = fields.One2many(
        "ops.request.document",
        "request_id",
        string="Documents",
        copy=False,
    )

    _amount_positive = models.Constraint("CHECK (amount >= 0)", "Amount: give zero or more.")
    _quantity_positive = models.Constraint("CHECK (quantity >= 0)", "Quantity: give zero or more.")
    _period = models.Constraint(
        "CHECK (date_to >= date_from)", "Until: give a day not before the first one."
    )
    _mine_idx = models.Index("(requester_id, state)")

    @api.depends("name", "category_id")
    def _compute_display_name(self):
        # Without what somebody typed: the name goes into messages and to other systems.
        for request in self:
            kind = request.sudo().category_id.name  # sudo: named to who reads the request
            request.display_name = " · ".join(filter(None, (request.name, kind)))

    @api.depends("company_id", "requester_id")
    def _compute_site_id(self):
        """Where the person works: at the one site the user has, or that of the department."""
        for request in self:
            user = request.requester_id or self.env.user
            company = request.company_id
            if request.site_id.company_id == company and request.site_id:
                continue
            # sudo: one's own sites and department
            own = user.sudo().ops_site_ids.filtered(lambda each, of=company: each.company_id == of)
            site = own if len(own) == 1 else request._employee_of(user).department_id.ops_site_id
            usable = site and self.env["ops.site"]._ops_can_act(user.sudo(), site)
            request.site_id = site if usable else False

    @api.depends("category_id")
    def _compute_subject_model(self):
        for request in self:
            kind = request.sudo().category_id  # sudo: what the kind asks for is no secret
            request.subject_model = kind.subject_model if kind._asks("subject") else False

    @api.onchange("category_id")
    def _onchange_category_id(self):
        """A place for each document that the kind asks for; what was attached stays."""
        for document in self.document_ids:
            if document.kind_id and not document.file:
                self.document_ids -= document
        for values in self._places_to_add():
            self.document_ids += self.document_ids.new(values)

    def _places_to_add(self):
        """Values of documents that the kind asks for and the request has no place for."""
        self.ensure_one()
        wanted = self.sudo().category_id.document_ids  # sudo: what the kind asks for is no secret
        missing = wanted - self.document_ids.kind_id
        return [{"kind_id": kind.id, "name": kind.name} for kind in missing]

    def _add_places(self):
        """Have a place for each document that the kinds of these drafts ask for, and no empty ones
        of other kinds."""
        places = self.document_ids.filtered(lambda each: each.kind_id and not each.checksum)
        places.filtered(lambda each: each.kind_id.category_id != each.category_id).unlink()
        values = [
            {**place, "request_id": request.id}
            for request in self
            for place in request._places_to_add()
        ]
        self.env["ops.request.document"].create(values)

    def _employee_of(self, user):
        """The employee that the user is in the company of the request, in sudo, or none."""
        # sudo: employees are readable to HR officers alone; what leaves is a department
        employees = self.env["hr.employee"].sudo()
        return employees.search(
            [("user_id", "=", user.id), ("company_id", "=", self.company_id.id)], limit=1
        )

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # sudo: whoever asks gets a number
        numbers = self.env["ir.sequence"].sudo()
        for vals in vals_list:
            self._refuse_engine_fields(vals, {"state": DRAFT, "requester_id": self.env.uid})
        # Said in so many words: the context of a client sets defaults.
        requests = super().create(
            [
                {
                    **vals,
                    "name": numbers.next_by_code("ops.request") or self.env._("Request"),
                    "state": DRAFT,
                    "requester_id": vals.get("requester_id") or self.env.uid,
                    "subject_label": False,
                    "answers": False,
                    "department_id": False,
                }
                for vals in vals_list
            ]
        )
        requests._check_asked()
        requests._take_department()
        requests._add_places()
        return requests

    def write(self, vals):
        self._refuse_engine_fields(vals)
        self._check_changeable(vals)
        result = super().write(vals)
        if vals.keys() & {"category_id", "company_id", "site_id", "subject_id"}:
            self._check_asked()
        if "category_id" in vals:
            self._add_places()
        return result

    def _refuse_engine_fields(self, vals, allowed=None):
        if self.env.su:
            return
        for name in ENGINE_FIELDS:
            if name in vals and vals[name] != (allowed or {}).get(name, vals):
                raise UserError(
                    self.env._(
                        "%(field)s of a request cannot be written: it follows from submitting, "
                        "deciding, withdrawing and cancelling.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    def _check_changeable(self, vals):
        """Refuse to change what was submitted, to everybody: the approval is about just that."""
        if not vals.keys() & self._approval_material_names():
            return
        self.check_access("read")  # before anything is said about it
        for request in self.sudo():  # sudo: the status counts, whoever may read it
            if request.state != DRAFT:
                raise UserError(request._unchangeable_in_words())

    def _unchangeable_in_words(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        if self.state == SUBMITTED:
            return self.env._(
                "“%s” is submitted and cannot be changed. Withdraw it, change it, and submit it "
                "again.",
                self.display_name,
            )
        return self.env._(
            "“%(request)s” is “%(state)s” and cannot be changed. Make a copy of it.",
            request=self.display_name,
            state=states[self.state],
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never_submitted(self):
        for request in self:
            if request.state != DRAFT or request._approval_latest():
                raise UserError(
                    self.env._(
                        "“%s” was submitted: what was decided has to stay explainable. Cancel it "
                        "instead.",
                        request.display_name,
                    )
                )

    def _take_department(self):
        """The department is that of who asks, not one that is chosen."""
        # sudo: nobody writes it; it follows from who asks
        for request in self.sudo():
            department = request._employee_of(request.requester_id).department_id
            if department != request.department_id:
                request.department_id = department

    def _check_asked(self):
        """Who files a request may ask for this kind of thing, at this place, about this record."""
        if self.env.su:
            return
        for request in self:
            request.category_id._check_may_ask(request.company_id, request.site_id)
            problem = request._subject_problem()
            if problem:
                raise ValidationError(problem)

    def _ops_place(self):
        return [(request.company_id, request.site_id) for request in self.sudo()]
