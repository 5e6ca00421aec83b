from contextlib import contextmanager
from difflib import ndiff

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import html2plaintext, is_html_empty

# On the cursor: the runbooks whose changes are being noted by who changes several parts.
NOTING = "healthcare_ops_automation.runbooks_noting"
# States of the program that makes the PDF in which it can.
PDF_STATES = ("ok", "upgrade")
# Percent of the form's width that the fields share.
FORM_SHARE = 72


class OpsRunbook(models.Model):
    """How people do by hand what an automation does otherwise, and the form they write it on.

    Every change of the content, through the runbook or through its parts, is a new version;
    the chatter says what changed.
    """

    _name = "ops.runbook"
    _description = "Runbook"
    _inherit = ["ops.shared", "mail.activity.mixin", "ops.fallback.banner"]
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    code = fields.Char(help="Short code, printed on the form, such as SUP-01.")
    owner_id = fields.Many2one(help="Keeps it correct and reviews it.")
    company_id = fields.Many2one(help="Empty: for every company.")
    review_date = fields.Date(
        string="Review by", tracking=True, help="Until then the owner looks whether it still fits."
    )
    is_review_due = fields.Boolean(
        compute="_compute_is_review_due", search="_search_is_review_due", string="Review overdue"
    )
    when_to_use = fields.Html(
        translate=True, help="When people change over to working by hand, and who decides it."
    )
    step_ids = fields.One2many("ops.runbook.step", "runbook_id", string="Steps", copy=True)
    line_ids = fields.One2many(
        "ops.runbook.line", "runbook_id", string="Fields of the form", copy=True
    )
    blank_row_count = fields.Integer(
        string="Blank rows", default=12, required=True, help="Rows to write on, on the form."
    )
    version = fields.Integer(default=1, required=True, readonly=True, copy=False)
    automation_ids = fields.One2many("ops.automation", "runbook_id", string="For automations")
    endpoint_ids = fields.One2many("ops.endpoint", "runbook_id", string="For endpoints")
    used_for = fields.Char(compute="_compute_used_for", string="Used for")

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another runbook has this code. Choose another code."
    )
    _rows_sensible = models.Constraint(
        "CHECK (blank_row_count BETWEEN 1 AND 200)", "Blank rows: give a number from 1 to 200."
    )

    @api.depends("review_date", "active")
    def _compute_is_review_due(self):
        today = fields.Date.context_today(self)
        for runbook in self:
            runbook.is_review_due = bool(
                runbook.active and runbook.review_date and runbook.review_date < today
            )

    def _search_is_review_due(self, operator, value):
        if operator != "in":
            return NotImplemented
        due = ["&", ("active", "=", True), ("review_date", "<", fields.Date.context_today(self))]
        return due if True in value else ["!", *due]

    @api.depends("automation_ids", "endpoint_ids")
    def _compute_used_for(self):
        for runbook in self:
            # sudo: who may read a runbook may know the names of what it stands in for
            used = runbook.sudo()
            names = [*used.endpoint_ids.mapped("name"), *used.automation_ids.mapped("name")]
            runbook.used_for = ", ".join(dict.fromkeys(names))

    @api.depends("name", "code")
    def _compute_display_name(self):
        for runbook in self:
            runbook.display_name = f"[{runbook.code}] {runbook.name}"

    # -- changes --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._leave_out_version(vals_list)
        marks = self._noting_marks()
        outer, marks["new"] = marks["new"], True
        try:
            runbooks = super().create(vals_list)
        finally:
            marks["new"] = outer
        runbooks._check_reach()
        return runbooks

    def write(self, vals):
        [vals] = self._leave_out_version([vals])
        with self._noting_changes():
            result = super().write(vals)
        self._check_reach()
        return result

    def unlink(self):
        self._check_reach()
        return super().unlink()

    def copy_data(self, default=None):
        return [
            {
                **vals,
                "name": self.env._("%s (copy)", vals["name"]),
                "code": self.env._("%s-COPY", vals["code"]),
                **(default or {}),
            }
            for vals in super().copy_data(default)
        ]

    def _leave_out_version(self, vals_list):
        """Versions are counted, not given."""
        if self.env.su:
            return vals_list
        return [{k: v for k, v in vals.items() if k != "version"} for vals in vals_list]

    @api.constrains("company_id")
    def _check_company(self):
        for runbook in self.filtered("company_id"):
            # sudo: of which companies they are that use it
            used = runbook.sudo().with_context(active_test=False)
            for record in (*used.automation_ids, *used.endpoint_ids):
                if record.company_id != runbook.company_id:
                    raise ValidationError(
                        self.env._(
                            "Company: “%s” uses this runbook and is of another company, or of "
                            "every company.",
                            record.name,
                        )
                    )

    def _noting_marks(self):
        return self.env.cr.precommit.data.setdefault(NOTING, {"new": False, "ids": set()})

    @contextmanager
    def _noting_changes(self):
        """What changes of these inside of the block makes one new version of each, and a note.

        :raise AccessError: for what is shared with companies the user does not work for
        """
        self._check_reach()
        marks = self._noting_marks()
        watched = self.filtered(lambda each: not marks["new"] and each.id not in marks["ids"])
        before = {runbook.id: runbook._content_lines() for runbook in watched}
        marks["ids"].update(watched.ids)
        try:
            yield
        finally:
            marks["ids"].difference_update(watched.ids)
        for runbook in watched.exists():
            runbook._note_changes(before[runbook.id])

    def _content_lines(self):
        """The content as lines of text, to compare with what it was."""
        self.ensure_one()
        here = [("runbook_id", "=", self.id)]
        steps = self.env["ops.runbook.step"].search(here)
        fields_on_paper = self.env["ops.runbook.line"].search(here)
        use = "" if is_html_empty(self.when_to_use) else html2plaintext(self.when_to_use)
        return [
            *(line for line in use.splitlines() if line.strip()),
            *(
                f"{number}. " + " · ".join(filter(None, (s.what, s.who, s.where_noted)))
                for number, s in enumerate(steps, 1)
            ),
            *(
                self.env._("Form: %s", " · ".join(filter(None, (each.label, each.hint))))
                for each in fields_on_paper
            ),
            self.env._("Blank rows: %s", self.blank_row_count),
        ]

    def _note_changes(self, before):
        changes = [
            line for line in ndiff(before, self._content_lines()) if line[:2] in ("- ", "+ ")
        ]
        if not changes:
            return
        # sudo: the version counts what somebody who may write it has changed
        self.sudo().version += 1
        marks = {"- ": Markup("<li><del>%s</del></li>"), "+ ": Markup("<li>%s</li>")}
        listed = Markup("").join(marks[line[:2]] % line[2:] for line in changes)
        title = escape(self.env._("Version %s", self.version))
        self.message_post(
            body=Markup("<p>%s</p><ul>%s</ul>") % (title, listed), subtype_xmlid="mail.mt_note"
        )

    # -- showing --------------------------------------------------------------------------

    def _as_html(self):
        """When to use it and its steps, as HTML for pages that show it in place."""
        self.ensure_one()
        step = Markup("<li><strong>%s</strong>%s</li>")
        steps = Markup("").join(
            step % (each.what, self._step_details(each)) for each in self.step_ids
        )
        use = Markup("") if is_html_empty(self.when_to_use) else self.when_to_use
        return Markup("<h4>%s</h4>%s<ol>%s</ol>") % (self.display_name, use, steps)

    def _step_details(self, step):
        details = [
            step.who,
            step.where_noted and self.env._("written down in %s", step.where_noted),
        ]
        return Markup("").join(Markup(" · %s") % each for each in details if each)

    def _column_shares(self):
        """The width of each field on the form, in percent of the page; the rest is for the
        number of the row and the two marks."""
        self.ensure_one()
        total = sum(int(line.width) for line in self.line_ids) or 1
        return [(line, round(FORM_SHARE * int(line.width) / total, 2)) for line in self.line_ids]

    def _form_site(self):
        """The site of whoever prints, when it is only one; else it is written by hand."""
        sites = self.env.user.ops_site_ids
        return sites if len(sites) == 1 else sites.browse()

    def _form_file_name(self):
        return self.env._("Downtime form %s", self.code)

    def action_print_form(self):
        """Print the downtime form: as PDF where the server can make one, else as a page."""
        self.check_access("read")
        return self._print("healthcare_ops_automation.ops_downtime_form_report", self)

    @api.model
    def _print(self, report_xmlid, records):
        # sudo: which program makes the PDF; the records were checked by the caller
        report = self.env.ref(report_xmlid).sudo()
        if report.get_wkhtmltopdf_state() in PDF_STATES:
            return report.report_action(records, config=False)
        ids = ",".join(map(str, records.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/report/html/{report.report_name}/{ids}",
            "target": "new",
        }

    # -- banner ---------------------------------------------------------------------------

    def _fallback_domain(self):
        return [("runbook_id", "in", self.ids)]

    def _sort_fallbacks(self, fallbacks):
        return {runbook.id: found for runbook, found in fallbacks.grouped("runbook_id").items()}
