from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_datetime

from ..roles import OPERATORS

STATES = [
    ("active", "Active"),
    ("catching_up", "Catching up"),
    ("closed", "Closed"),
]
# What people may change; the facts come from how it was started and ended.
WORKABLE_FIELDS = {"user_id", "expected_end", "runbook_id"}


class OpsFallback(models.Model):
    """A period in which people do by hand what an automation or an endpoint does otherwise.

    How it works (``ops_fallback_run.py``): starting one pauses the automation, or holds the
    endpoint's deliveries. Ending it gives back what was and leaves the catch-up list: what
    happened meanwhile (``ops_fallback_catch_up.py``) and what was done on paper. It is closed
    when each item of the list is settled.
    """

    _name = "ops.fallback"
    _description = "Manual Fallback"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "since desc, id desc"

    name = fields.Char(required=True, readonly=True)
    automation_id = fields.Many2one(
        "ops.automation", readonly=True, index="btree_not_null", ondelete="set null"
    )
    endpoint_id = fields.Many2one(
        "ops.endpoint", readonly=True, index="btree_not_null", ondelete="set null"
    )
    runbook_id = fields.Many2one(
        "ops.runbook", tracking=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    site_id = fields.Many2one(
        "ops.site",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="Where the work is done by hand. Empty: everywhere.",
    )
    state = fields.Selection(
        STATES, string="Status", required=True, default="active", readonly=True, tracking=True
    )
    reason = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Looked after by",
        required=True,
        index=True,
        tracking=True,
        domain=[("share", "=", False)],
        help="Sees to it that the work is done by hand, that it ends, and that the list is "
        "worked off.",
    )
    since = fields.Datetime(required=True, readonly=True)
    started_by_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, ondelete="set null"
    )
    expected_end = fields.Datetime(
        string="Expected until", tracking=True, help="When it should be over; then it is overdue."
    )
    until = fields.Datetime(readonly=True)
    ended_by_id = fields.Many2one(
        "res.users", string="Ended by", readonly=True, ondelete="set null"
    )
    resumed_with = fields.Selection(
        [
            ("deliver", "Delivering what was held"),
            ("skip", "Skipping what was held"),
            ("resume", "Going on from here"),
        ],
        string="Went on with",
        readonly=True,
    )
    end_reason = fields.Char(string="Reason of the end", readonly=True)
    closed_at = fields.Datetime(string="Closed", readonly=True)
    catch_up_note = fields.Text(
        string="About this list", readonly=True, help="What the list holds, and what it cannot."
    )
    item_ids = fields.One2many("ops.fallback.item", "fallback_id", string="Catch-up list")
    item_count = fields.Integer(compute="_compute_counts", string="On the list")
    open_count = fields.Integer(compute="_compute_counts", string="To do")
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue", search="_search_is_overdue", string="Overdue"
    )
    text = fields.Text(compute="_compute_text", string="In words")
    runs_again = fields.Boolean(
        compute="_compute_text", help="Somebody switched it on before the fallback was ended."
    )
    may_end = fields.Boolean(compute="_compute_may_end")

    _automation_uniq = models.UniqueIndex(
        "(automation_id) WHERE state = 'active' AND automation_id IS NOT NULL",
        "A manual fallback is active for this automation already.",
    )
    _endpoint_uniq = models.UniqueIndex(
        "(endpoint_id) WHERE state = 'active' AND endpoint_id IS NOT NULL",
        "A manual fallback is active for this endpoint already.",
    )

    # -- figures and words ----------------------------------------------------------------

    @api.depends("item_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        items = self.env["ops.fallback.item"]
        counts = {fallback_id: {} for fallback_id in self.ids}
        if items.has_access("read"):
            for fallback, state, count in items._read_group(
                [("fallback_id", "in", self.ids)], ["fallback_id", "state"], ["__count"]
            ):
                counts[fallback.id][state] = count
        for fallback in self:
            found = counts.get(fallback._origin.id, {})
            fallback.item_count = sum(found.values())
            fallback.open_count = found.get("open", 0)

    @api.depends("state", "expected_end")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for fallback in self:
            end = fallback.state == "active" and fallback.expected_end
            fallback.is_overdue = bool(end and end < now)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = ["&", ("state", "=", "active"), ("expected_end", "<", fields.Datetime.now())]
        return late if True in value else ["!", *late]

    @api.depends("state", "reason", "user_id", "expected_end", "runbook_id")
    @api.depends_context("lang", "tz")
    def _compute_text(self):
        for fallback in self:
            fallback.runs_again = fallback.state == "active" and fallback._subject_runs()
            fallback.text = fallback.state == "active" and fallback._in_words()

    def _subject_runs(self):
        """Whether what was paused runs, though nobody ended the fallback."""
        # sudo: whether it runs is told, nothing else of it
        fallback = self.sudo()
        if fallback.endpoint_id:
            return fallback.automation_id._is_on(fallback.endpoint_id)
        automation = fallback.automation_id
        return any(automation._is_on(each) for each in automation and automation._carriers())

    def _in_words(self):
        """The banner's text: since when, why, who, until when."""
        self.ensure_one()
        since = self.env._(
            "%(name)s: fallback active since %(since)s: %(reason)s",
            name=self.name,
            since=self._moment(self.since),
            reason=self.reason,
        )
        # sudo: a colleague's name
        words = [self.env._("Work by hand; %s looks after it.", self.user_id.sudo().name)]
        if self.expected_end:
            words.append(self.env._("Expected until %s.", self._moment(self.expected_end)))
        if self._subject_runs():
            words.append(self.env._("Somebody switched it on again meanwhile: end the fallback."))
        return f"{since}\n{' '.join(words)}"

    def _moment(self, moment):
        return format_datetime(self.env, moment, dt_format="short")

    @api.depends_context("uid")
    def _compute_may_end(self):
        for fallback in self:
            fallback.may_end = fallback.state == "active" and not fallback._why_not_operate()

    # -- who may --------------------------------------------------------------------------

    def _why_not_operate(self):
        """Why the user may not end this one, in words; None when they may."""
        # sudo: which ones they are; whether the user may is asked with their own rights
        endpoint = self.sudo().endpoint_id.with_env(self.env)
        automation = self.sudo().automation_id.with_env(self.env)
        if endpoint:
            return endpoint._why_not_operate()
        if automation:
            return automation._why_not_switch()
        if not any(self.env.user.has_group(group) for group in OPERATORS):
            return self.env._("Ending a fallback is for operations managers and administrators.")
        return None

    def write(self, vals):
        if not self.env.su:
            facts = vals.keys() - WORKABLE_FIELDS - self._mixin_fields()
            if facts:
                labels = [self._fields[name].string for name in facts if name in self._fields]
                raise UserError(
                    self.env._(
                        "%s: these are facts about the fallback and cannot be edited.",
                        ", ".join(sorted(labels)),
                    )
                )
        return super().write(vals)

    @api.constrains("user_id", "company_id", "site_id")
    def _check_user(self):
        """Whoever looks after it must be able to see it."""
        for fallback in self.filtered(lambda each: each.state != "closed"):
            # sudo: whether it is archived
            person = fallback.user_id.sudo()
            # With that person's own companies, not with those the current user has chosen.
            theirs = fallback.with_user(person)._ops_engine()
            if not person.active or not theirs.has_access("read"):
                raise ValidationError(
                    self.env._(
                        "Looked after by: %s does not see this fallback: archived, without a role "
                        "in operations, or not at its company or site.",
                        person.name,
                    )
                )

    @api.constrains("company_id", "site_id", "runbook_id")
    def _check_companies(self):
        for fallback in self:
            for field in ("site_id", "runbook_id"):
                # sudo: of which company it is
                record = fallback.sudo()[field]
                company = record.company_id
                if company and fallback.company_id and company != fallback.company_id:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: “%(name)s” is of another company.",
                            field=self._fields[field].string,
                            name=record.display_name,
                        )
                    )

    def _mixin_fields(self):
        """Fields that messages and activities bring along and write for their own ends."""
        mixins = ("mail.thread", "mail.activity.mixin")
        return {name for mixin in mixins for name in self.env[mixin]._fields}

    # -- buttons --------------------------------------------------------------------------

    def action_end(self):
        """Open the dialog that ends it."""
        return self.env["ops.fallback.end"]._open(self)

    def action_print_form(self):
        """Print the runbook's form for the place where the work is done by hand."""
        self.check_access("read")
        if not all(fallback.runbook_id for fallback in self):
            raise UserError(self.env._("Runbook: choose one first, the form belongs to it."))
        return self.env["ops.runbook"]._print(
            "healthcare_ops_automation.ops_fallback_form_report", self
        )

    def action_open_items(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_fallback_item_action"
        )
        return {
            **action,
            "domain": [("fallback_id", "=", self.id)],
            "context": {"default_fallback_id": self.id, "search_default_open": 1},
        }

    def action_open_runbook(self):
        self.ensure_one()
        return self.runbook_id._get_records_action()

    def action_add_entry(self):
        """Enter what was done on paper."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Done on paper"),
            "res_model": "ops.fallback.item",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_fallback_id": self.id},
        }
