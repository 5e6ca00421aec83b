from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.healthcare_ops_automation.models.authoring import (
    check_companies,
    check_domain,
    check_domain_readable,
)

NOT_ASKED, OPTIONAL, REQUIRED = "no", "optional", "required"
WANTED = [
    (NOT_ASKED, "Not asked"),
    (OPTIONAL, "May be given"),
    (REQUIRED, "Has to be given"),
]
ICONS = [
    ("fa-comment-o", "Speech bubble"),
    ("fa-file-text-o", "Document"),
    ("fa-pencil-square-o", "Signature"),
    ("fa-clock-o", "Clock"),
    ("fa-calendar", "Calendar"),
    ("fa-key", "Key"),
    ("fa-lock", "Lock"),
    ("fa-laptop", "Computer"),
    ("fa-shopping-cart", "Cart"),
    ("fa-euro", "Money"),
    ("fa-line-chart", "Chart"),
    ("fa-graduation-cap", "Graduation cap"),
    ("fa-plane", "Plane"),
    ("fa-car", "Car"),
    ("fa-user-plus", "Person"),
    ("fa-users", "People"),
    ("fa-medkit", "First-aid kit"),
    ("fa-stethoscope", "Stethoscope"),
    ("fa-flask", "Flask"),
    ("fa-wrench", "Wrench"),
    ("fa-building-o", "Building"),
    ("fa-truck", "Lorry"),
    ("fa-exclamation-triangle", "Warning sign"),
    ("fa-balance-scale", "Scales"),
]
# Follows from the questions, and takes no other value.
DEFINITION = "properties_definition"
# Models whose records any employee may read: something can be asked about these.
SUBJECTS = ("res.partner", "hr.employee", "hr.department", "ops.site")


class OpsRequestCategory(models.Model):
    """A kind of request that people may file: what it asks for, and of whom.

    How to use it: an administrator says which fields, questions and documents a request of this
    kind has, who may file one, and what happens once it is approved. Who approves it stands in
    the approval policy about requests; without a row there nothing can be submitted.
    """

    _name = "ops.request.category"
    _description = "Kind of Request"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"
    _rec_names_search = ["name", "code", "description"]

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        tracking=True,
        help="Short and unique, such as overtime. Filters and other systems use it.",
    )
    icon = fields.Selection(ICONS, required=True, default="fa-file-text-o")
    description = fields.Char(
        string="In one sentence",
        translate=True,
        help="Shown in the catalogue, under the name.",
    )
    help_text = fields.Html(
        string="Good to know",
        translate=True,
        help="Shown above the form: what to think of, what to have at hand, what happens next.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    # Who may file one.
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="restrict",
        tracking=True,
        help="And its branches. Empty: every company.",
    )
    site_ids = fields.Many2many(
        "ops.site",
        string="Sites",
        domain="[('company_id', 'child_of', company_id)] if company_id else []",
        help="Requests may be about these sites and what is part of them. Empty: every site.",
    )
    group_ids = fields.Many2many(
        "res.groups",
        string="Only for",
        help="Who may file one. Empty: everybody who may ask for something (Requester).",
    )
    # What it asks for.
    has_description = fields.Selection(
        WANTED, string="Reason", required=True, default=REQUIRED, tracking=True
    )
    has_amount = fields.Selection(
        WANTED, string="Amount", required=True, default=NOT_ASKED, tracking=True
    )
    has_quantity = fields.Selection(
        WANTED, string="Quantity", required=True, default=NOT_ASKED, tracking=True
    )
    quantity_label = fields.Char(
        string="Quantity of", translate=True, help="Such as Hours, People or Licences."
    )
    has_period = fields.Selection(
        WANTED, string="Period", required=True, default=NOT_ASKED, tracking=True
    )
    has_person = fields.Selection(
        WANTED,
        string="For whom",
        required=True,
        default=NOT_ASKED,
        tracking=True,
        help="The employee it is for. Who it is for never approves it.",
    )
    has_subject = fields.Selection(
        WANTED, string="Record it is about", required=True, default=NOT_ASKED, tracking=True
    )
    subject_model = fields.Selection(
        "_selection_subject_model", string="Kind of record", tracking=True
    )
    subject_domain = fields.Char(
        string="Which records", default="[]", help="A filter on the records to choose from."
    )
    question_ids = fields.One2many(
        "ops.request.category.question", "category_id", string="Questions", copy=True
    )
    properties_definition = fields.PropertiesDefinition(copy=False, string="Questions as fields")
    document_ids = fields.One2many(
        "ops.request.category.document", "category_id", string="Documents", copy=True
    )
    # What happens then.
    server_action_id = fields.Many2one(
        "ir.actions.server",
        string="When approved, run",
        domain="[('model_name', '=', 'ops.request'), ('usage', '=', 'ir_actions_server')]",
        ondelete="restrict",
        copy=False,
        tracking=True,
        groups="base.group_system",
        help="A server action on requests. It runs with the rights of the system, as an automation "
        "rule does. When it fails, the request stays approved, and an exception tells a person.",
    )

    _code_uniq = models.UniqueIndex(
        "(code)", "Another kind of request has this code. Choose another code."
    )

    @api.model
    def _selection_subject_model(self):
        """Kinds of records that something can be asked about. Packs add theirs to the names.

        :return: ``[(model name, what it is called)]``
        """
        names = [name for name in self._subject_models() if name in self.env]
        return [(name, self.env[name]._description) for name in names]

    @api.model
    def _subject_models(self):
        """Names of models whose records every employee may read. A pack adds its own."""
        return list(SUBJECTS)

    # -- checks ---------------------------------------------------------------------------

    @api.constrains("has_subject", "subject_model", "subject_domain")
    def _check_subject(self):
        for category in self:
            if category.has_subject == NOT_ASKED:
                continue
            if not category.subject_model:
                raise ValidationError(
                    self.env._(
                        "Kind of record: say what “%s” is about, or do not ask for a record.",
                        category.name,
                    )
                )
            label = self._fields["subject_domain"]._description_string(self.env)
            check_domain(self.env[category.subject_model], category.subject_domain, label)

    @api.constrains("company_id", "site_ids")
    def _check_sites(self):
        for category in self.filtered("company_id"):
            for site in category.site_ids:
                if category.company_id not in site.company_id.parent_ids:
                    raise ValidationError(
                        self.env._(
                            "Sites: “%(site)s” does not belong to %(company)s.",
                            site=site.display_name,
                            company=category.company_id.display_name,
                        )
                    )

    @api.constrains("server_action_id")
    def _check_server_action(self):
        for category in self.sudo():  # sudo: the field is for those who may write such actions
            model = category.server_action_id.model_id.model
            if model and model != "ops.request":
                raise ValidationError(
                    self.env._(
                        "When approved, run: “%s” is not about requests. Choose a server action "
                        "on requests.",
                        category.server_action_id.name,
                    )
                )

    def _check_author(self):
        """Who sets this up may enter its company, and read what its filter asks for."""
        if self.env.su:
            return
        check_companies(self)
        for category in self.filtered("subject_model"):
            label = self._fields["subject_domain"]._description_string(self.env)
            check_domain_readable(self.env[category.subject_model], category.subject_domain, label)

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get(DEFINITION):
                raise UserError(self._definition_in_words())
        categories = super().create(vals_list)
        categories._check_author()
        return categories

    def write(self, vals):
        if DEFINITION in vals and any(
            vals[DEFINITION] != category._definition() for category in self
        ):
            raise UserError(self._definition_in_words())
        result = super().write(vals)
        if vals.keys() & {"company_id", "subject_model", "subject_domain", "has_subject"}:
            self._check_author()
        return result

    def _definition(self):
        """The questions as Odoo's properties of requests."""
        self.ensure_one()
        # sudo: the same for everybody
        questions = self.sudo().question_ids.filtered("active").sorted()
        return [question._as_property() for question in questions]

    def _define_questions(self):
        """Have requests of these kinds hold what their questions ask for."""
        for category in self:
            category.write({DEFINITION: category._definition()})

    def _definition_in_words(self):
        return self.env._(
            "Questions are set up on the kind of request, under “Questions”, not on a request."
        )

    def copy_data(self, default=None):
        default = dict(default or {})
        return [
            {
                **values,
                "name": default.get("name") or self.env._("%s (copy)", category.name),
                "code": default.get("code") or category._free_code(),
            }
            for category, values in zip(self, super().copy_data(default), strict=True)
        ]

    def _free_code(self):
        """A code like this one's that nobody has."""
        everywhere = self.sudo().with_context(active_test=False)  # sudo: codes are unique anywhere
        number = 2
        while everywhere.search_count([("code", "=", f"{self.code}_{number}")], limit=1):
            number += 1
        return f"{self.code}_{number}"

    @api.ondelete(at_uninstall=False)
    def _unlink_never_used(self):
        # sudo: whether there is anything, not what
        requests = self.env["ops.request"].sudo()
        rows = self.env["ops.approval.row"].sudo()
        for category in self:
            about = [("category_model", "=", self._name), ("category_id", "=", category.id)]
            if requests.search_count(
                [("category_id", "=", category.id)], limit=1
            ) or rows.search_count(about, limit=1):
                raise UserError(
                    self.env._(
                        "“%s” is used in requests or approval policies. Archive it instead: what "
                        "is archived cannot be asked for any more.",
                        category.name,
                    )
                )

    # -- what of it is asked --------------------------------------------------------------

    def _asks(self, name):
        """Whether requests of this kind have ``name``, such as ``amount``, at all."""
        return self[f"has_{name}"] != NOT_ASKED

    def _requires(self, name):
        return self[f"has_{name}"] == REQUIRED
