from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..authoring import available_models, check_companies, default_company
from ..exceptions.ops_exception_category import SEVERITIES

TOO_LONG, IN_STATE, TOO_MANY = "too_long", "in_state", "too_many"
KINDS = [
    (TOO_LONG, "Too long in a state"),
    (IN_STATE, "In a state at all"),
    (TOO_MANY, "Too many with one person or thing"),
]
HOURS = [("site", "Working hours of the site"), ("clock", "Around the clock")]
INTERVALS = [("minutes", "minutes"), ("hours", "hours"), ("days", "days")]
# What an administrator decides: each change is audited.
TUNED_FIELDS = (
    "active",
    "domain",
    "limit_hours",
    "limit_count",
    "hours",
    "company_id",
    "site_id",
    "user_id",
)


class OpsControl(models.Model):
    """Looks on a schedule for what no event would tell: what stays too long in a state, what
    should not be in it at all, of what one person or thing has too many.

    How it works: each run opens an exception for every record that it finds, and closes those of
    records that it does not find any more (``ops_control_check.py``). A pack adds a kind with
    ``selection_add`` and a method ``_find_<kind>`` (``ops_control_find.py``).
    """

    _name = "ops.control"
    _description = "Control"
    _inherit = ["mail.thread"]
    _order = "code, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, copy=False, tracking=True, help="Short and unique.")
    active = fields.Boolean(default=True, tracking=True, help="Switched off, it looks for nothing.")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Answers for the control: that it looks for the right things, and that findings are "
        "worked on.",
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        tracking=True,
        default=lambda self: default_company(self.env),
        help="Empty: it looks in every company.",
    )
    site_id = fields.Many2one(
        "ops.site",
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Only records of this site and those within it. Empty: of every site.",
    )
    kind = fields.Selection(KINDS, required=True, default=TOO_LONG)
    model_id = fields.Many2one(
        "ir.model",
        string="Looks at",
        required=True,
        ondelete="cascade",
        tracking=True,
        domain="[('id', 'in', available_model_ids)]",
    )
    model_name = fields.Char(related="model_id.model", string="Model")
    # In words for those who read no models: everybody but administrators.
    model_label = fields.Char(related="model_id.name", string="Kind of record")
    since_label = fields.Char(related="date_field_id.field_description", string="Counted since")
    available_model_ids = fields.Many2many("ir.model", compute="_compute_available_model_ids")
    domain = fields.Char(
        string="In the state",
        tracking=True,
        help="The records that are looked at, such as: status is To approve.",
    )
    date_field_id = fields.Many2one(
        "ir.model.fields",
        string="Since",
        compute="_compute_date_field_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('date', 'datetime')), "
        "('store', '=', True)]",
        help="The field that says since when a record is in the state. The time of its last "
        "change, where nothing better is known.",
    )
    group_field_id = fields.Many2one(
        "ir.model.fields",
        string="Counted for each",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('ttype', '=', 'many2one'), ('store', '=', True)]",
        help="The field that says with whom or what the records are.",
    )
    group_label = fields.Char(related="group_field_id.field_description", string="Counted per")
    limit_count = fields.Integer(
        string="More than",
        default=10,
        tracking=True,
        aggregator=None,
        help="So many records with one person or thing are all right; more are a finding.",
    )
    limit_hours = fields.Float(
        string="Longer than (hours)", required=True, default=24.0, tracking=True
    )
    hours = fields.Selection(
        HOURS,
        string="Counted in",
        required=True,
        default="site",
        tracking=True,
        help="Working hours are those of the record's site, with its holidays and time zone; "
        "without a site, those of its company.",
    )
    category_id = fields.Many2one(
        "ops.exception.category",
        string="Exception category",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref(
            "healthcare_ops_automation.exception_category_control_finding",
            raise_if_not_found=False,
        ),
        help="Who gets the findings, how soon they are due, and what people do about them.",
    )
    severity = fields.Selection(SEVERITIES, help="Empty: as the category says.")
    interval_number = fields.Integer(string="Every", required=True, default=1)
    interval_type = fields.Selection(
        INTERVALS, string="Unit of the interval", required=True, default="hours"
    )
    next_run_at = fields.Datetime(
        string="Next run", default=fields.Datetime.now, copy=False, index=True
    )
    description = fields.Text(translate=True, help="What goes wrong when nobody looks at it.")
    run_ids = fields.One2many("ops.control.run", "control_id", string="Runs")
    last_run_id = fields.Many2one("ops.control.run", readonly=True, copy=False)
    last_run_at = fields.Datetime(related="last_run_id.started_at", string="Last run")
    last_state = fields.Selection(related="last_run_id.state", string="Last run's status")
    last_result = fields.Text(compute="_compute_last_result", string="Last result")
    finding_count = fields.Integer(compute="_compute_finding_count", string="Open findings")

    _code_uniq = models.UniqueIndex("(code)", "Another control has this code.")
    _limit_positive = models.Constraint(
        "CHECK (limit_hours > 0 AND limit_hours <= 87600)",
        "Longer than: give a number of hours greater than zero, and ten years at most.",
    )
    _count_positive = models.Constraint(
        "CHECK (limit_count >= 0)", "More than: give a number of records, 0 or more."
    )
    _interval_positive = models.Constraint(
        "CHECK (interval_number BETWEEN 1 AND 10000)", "Every: give a number from 1 to 10000."
    )

    @api.depends_context("uid")
    def _compute_available_model_ids(self):
        self.available_model_ids = available_models(self.env)

    @api.depends("model_id")
    def _compute_date_field_id(self):
        # sudo: whoever may choose the model may be told which of its fields is meant
        model_fields = self.env["ir.model.fields"].sudo()
        for control in self:
            name = control.model_id.sudo().model
            control.date_field_id = name and model_fields._get(name, "write_date")

    @api.depends("last_run_id.state", "next_run_at")
    @api.depends_context("lang", "tz")
    def _compute_last_result(self):
        for control in self:
            run = control.last_run_id
            if run:
                at = format_datetime(self.env, run.started_at, dt_format="short")
                control.last_result = f"{at}: {run.result}"
            else:
                control.last_result = self.env._("It has not run yet.")

    def _compute_finding_count(self):
        exceptions = self.env["ops.exception"]
        counts = {}
        if exceptions.has_access("read"):
            domain = [("control_id", "in", self.ids), ("is_open", "=", True)]
            counts = dict(exceptions._read_group(domain, ["control_id"], ["__count"]))
        for control in self:
            control.finding_count = counts.get(control, 0)

    # -- changes -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        controls = super().create(vals_list)
        check_companies(controls)
        controls._check_author()
        return controls

    def write(self, vals):
        result = super().write(vals)
        check_companies(self)
        if vals.keys() & {"model_id", "domain", "date_field_id", "group_field_id"}:
            self._check_author()
        tuned = {name: vals[name] for name in TUNED_FIELDS if name in vals}
        if tuned:
            self.env["ops.audit.entry"]._record("control.changed", self, tuned)
        return result

    def copy_data(self, default=None):
        copies = super().copy_data(default)
        for control, vals in zip(self, copies, strict=True):
            vals.setdefault("code", self.env._("%s-COPY", control.code))
        return copies

    @api.ondelete(at_uninstall=False)
    def _unlink_without_findings(self):
        # sudo: counts across companies
        findings = (
            self.env["ops.exception"].sudo().search([("control_id", "in", self.ids)], limit=1)
        )
        if findings:
            raise UserError(
                self.env._(
                    "“%s” has findings on record. Archive it instead: then it looks for nothing.",
                    findings.control_id.name,
                )
            )

    # -- work -----------------------------------------------------------------------------

    def _ops_place(self):
        # A control of every company is at home with its owner.
        return [
            (
                control.company_id or control.site_id.company_id or control.user_id.company_id,
                control.site_id,
            )
            for control in self
        ]

    def _following_run(self, moment):
        """When the control runs next, counted from ``moment``."""
        self.ensure_one()
        return moment + relativedelta(**{self.interval_type: self.interval_number})

    def action_run(self):
        """Look now; who may change a control may run it."""
        self.check_access("write")
        # sudo: findings are raised and closed by the engine; the right was checked just now
        for control in self.sudo()._ops_engine():
            control._run()

    def action_open_findings(self):
        """Open the exceptions that the control found."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_exception_action"
        )
        return {
            **action,
            "name": self.env._("Findings of “%s”", self.name),
            "domain": [("control_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }
