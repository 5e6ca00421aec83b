from datetime import timedelta

from markupsafe import Markup
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools import SQL, is_html_empty

from ...core.link import check_link
from .ops_exception_category import SEVERITIES

OPEN_STATES = ("new", "triaged", "in_work", "waiting")
STATES = [
    ("new", "New"),
    ("triaged", "Triaged"),
    ("in_work", "In work"),
    ("waiting", "Waiting"),
    ("resolved", "Resolved"),
    ("accepted", "Accepted"),
]
# Fields by which people work on an exception; the facts about it come from the engine.
WORKABLE_FIELDS = {"state", "user_id", "resolution", "due_at", "severity"}


class OpsException(models.Model):
    """What a machine could not finish: an owner, a due time, a reason, a resolution.

    How it works: :meth:`_raise_exception` opens one exception per open cause and counts
    repeats on it. People change who owns it, its state and its resolution; the facts
    (source, reason, count) stay as they were raised.
    """

    _name = "ops.exception"
    _description = "Operations Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "is_open desc, due_at, id desc"

    name = fields.Char(string="Title", required=True, readonly=True)
    category_id = fields.Many2one(
        "ops.exception.category", required=True, index=True, ondelete="restrict", readonly=True
    )
    severity = fields.Selection(SEVERITIES, required=True, default="medium", tracking=True)
    state = fields.Selection(
        STATES,
        string="Status",
        required=True,
        default="new",
        tracking=True,
        group_expand=True,
        index=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True, string="Open")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", tracking=True, index=True)
    res_model = fields.Char(string="Source model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source record", model_field="res_model", readonly=True
    )
    res_name = fields.Char(string="Concerns", readonly=True)
    event_id = fields.Many2one(
        "ops.event", ondelete="set null", readonly=True, index="btree_not_null"
    )
    reason = fields.Text(required=True, readonly=True, help="What happened, in words.")
    external_url = fields.Char(
        string="Where it happened",
        readonly=True,
        help="The place in another system, such as the run of a workflow that failed.",
    )
    cause_key = fields.Char(
        string="Cause key",
        readonly=True,
        help="The same cause counts on one open exception instead of opening more.",
    )
    occurrence_count = fields.Integer(string="Occurrences", default=1, readonly=True)
    first_seen = fields.Datetime(
        string="First seen", required=True, readonly=True, default=fields.Datetime.now
    )
    last_seen = fields.Datetime(
        string="Last seen", required=True, readonly=True, default=fields.Datetime.now
    )
    due_at = fields.Datetime(string="Due", tracking=True, index=True)
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue", search="_search_is_overdue", string="Overdue"
    )
    resolution = fields.Text(
        tracking=True, help="How it was resolved, or why it is accepted as it is."
    )
    closed_at = fields.Datetime(string="Closed", readonly=True)
    manual_procedure = fields.Html(
        compute="_compute_manual_procedure",
        string="By hand meanwhile",
        help="What people do while the automation cannot.",
    )

    _open_cause_uniq = models.UniqueIndex(
        "(company_id, category_id, cause_key) WHERE cause_key IS NOT NULL"
        " AND state IN ('new', 'triaged', 'in_work', 'waiting')",
        "An exception with this cause is open already.",
    )

    @api.depends("state")
    def _compute_is_open(self):
        for exception in self:
            exception.is_open = exception.state in OPEN_STATES

    @api.depends("due_at", "is_open")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for exception in self:
            exception.is_overdue = bool(
                exception.is_open and exception.due_at and exception.due_at < now
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = [("is_open", "=", True), ("due_at", "<", fields.Datetime.now())]
        return overdue if True in value else ["!", "&", *overdue]

    # -- raising ------------------------------------------------------------------------

    @api.model
    def _raise_exception(
        self,
        category_code,
        reason,
        record=None,
        *,
        cause_key=None,
        event=None,
        severity=None,
        count=1,
        owner=None,
        external_url=None,
        place=None,
        facts=None,
    ):
        """Open an exception, or count the repeat on the one open for the same cause.

        :param str category_code: code of an ``ops.exception.category``
        :param str reason: what happened, in words a colleague understands
        :param record: the record concerned, of any model; its place is the exception's.
            Without it, the event's record and place are taken
        :param str cause_key: what makes two occurrences the same; by default category
            and record
        :param event: the ``ops.event`` it follows from
        :param str severity: instead of the category's
        :param int count: how many occurrences this tells of
        :param owner: the ``res.users`` who gets it before the category's and the site's
        :param str external_url: http(s) address of the place in another system
        :param place: (company, site) instead of those of the record or event
        :param dict facts: values of further fields of a new exception
        :return: the exception
        :raise ValidationError: for an unknown category, a record without a place or an
            address that is none
        """
        category = self._category(category_code)
        if record is None and not event:
            raise ValidationError(self.env._("An exception needs a record or an event."))
        # sudo: exceptions are raised by the engine on behalf of whoever works; the caller is
        # private to RPC and has decided that the record is concerned. Its name and place
        # are facts of the exception, whoever caused it.
        # The caller's context decides nothing about it, and makes nobody a follower.
        exceptions = self.sudo()._ops_engine(mail_create_nosubscribe=True)
        if record is not None:
            record = record.sudo()._ops_engine()
            record.ensure_one()
            company, site = place or record._ops_place()[0]
            res_model, res_id, res_name = record._name, record.id, record.display_name
        else:
            event = event.sudo()
            company, site = place or (event.company_id, event.site_id)
            res_model, res_id, res_name = event.res_model, event.res_id, event.record_name
        cause_key = cause_key or f"{res_model},{res_id}"
        exceptions._check_external_url(external_url)
        known = exceptions._count_repeat(
            category, company, cause_key, reason, count, external_url or None
        )
        if known:
            return known.with_env(self.env)
        now = fields.Datetime.now()
        values = {
            "name": f"{category.name}: {res_name}",
            "category_id": category.id,
            "severity": severity or category.severity,
            "company_id": company.id,
            "site_id": site.id,
            "res_model": res_model,
            "res_id": res_id,
            "res_name": res_name,
            "event_id": event.id if event else False,
            "reason": reason,
            "occurrence_count": count,
            "external_url": external_url,
            "cause_key": cause_key,
            "first_seen": now,
            "last_seen": now,
            "due_at": now + timedelta(hours=category.due_hours),
            "user_id": exceptions._default_owner(category, site, owner).id,
            **exceptions._facts_about(record),
            **(facts or {}),
        }
        try:
            return exceptions.create(values).with_env(self.env)
        except UniqueViolation as error:
            # Two transactions opened the same cause at once. Told as a conflict, Odoo runs
            # the second one again, and then it counts.
            raise ConcurrencyError("exception opened concurrently") from error

    @api.model
    def _category(self, code):
        # sudo: see _raise_exception. An archived category still takes what is raised.
        categories = self.env["ops.exception.category"].sudo().with_context(active_test=False)
        category = categories.search([("code", "=", code)], limit=1)
        if not category:
            raise ValidationError(
                self.env._(
                    "There is no exception category with the code “%s”. Create it under "
                    "Configuration, Exception categories.",
                    code,
                )
            )
        return category

    def _count_repeat(self, category, company, cause_key, reason, count, external_url):
        """Count occurrences on the open exception of this cause, if there is one."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """UPDATE ops_exception
                      SET occurrence_count = occurrence_count + %s,
                          last_seen = now() AT TIME ZONE 'UTC',
                          reason = %s, external_url = COALESCE(%s, external_url)
                    WHERE company_id = %s AND category_id = %s AND cause_key = %s
                      AND state IN %s
                RETURNING id""",
                count,
                reason,
                external_url,
                company.id,
                category.id,
                cause_key,
                OPEN_STATES,
            )
        )
        exception = self.browse(row[0] for row in rows)
        counted = ["occurrence_count", "last_seen", "reason", "external_url"]
        exception.invalidate_recordset(counted, flush=False)
        return exception

    def _default_owner(self, category, site, owner=None):
        """Who gets it: who was named, else the category's owner, else the site's manager;
        nobody archived."""
        candidates = (owner and owner.sudo(), category.user_id, site.manager_id)
        return next((user for user in candidates if user and user.active), self.env["res.users"])

    @api.model
    def _check_external_url(self, url):
        try:
            check_link(url or None)
        except ValueError as error:
            raise ValidationError(self.env._("Where it happened: %s.", str(error))) from error

    @api.model
    def _facts_about(self, record):
        """Hook: values of further fields that follow from the record concerned (or None)."""
        return {}

    # -- by hand --------------------------------------------------------------------------

    @api.depends("category_id.manual_procedure")
    def _compute_manual_procedure(self):
        for exception in self:
            parts = [part for part in exception._manual_procedures() if not is_html_empty(part)]
            exception.manual_procedure = Markup("").join(parts) or False

    def _manual_procedures(self):
        """Hook: instructions for doing it by hand, the most specific first, as HTML."""
        self.ensure_one()
        # sudo: who may read an exception may know what to do about it
        return [self.category_id.sudo().manual_procedure]

    # -- work -----------------------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            self._check_workable(vals)
        if vals.get("state") in OPEN_STATES:
            vals = {**vals, "closed_at": False}
        elif vals.get("state"):
            vals = {**vals, "closed_at": fields.Datetime.now()}
        return super().write(vals)

    def _check_workable(self, vals):
        mixin_fields = self._mixin_fields()
        facts = [name for name in vals if name not in WORKABLE_FIELDS | mixin_fields]
        if facts:
            labels = ", ".join(self._fields[name].string for name in facts if name in self._fields)
            raise UserError(
                self.env._(
                    "%s: these are facts about the exception and cannot be edited. Write what "
                    "you know into the resolution or a message.",
                    labels or ", ".join(facts),
                )
            )

    def _mixin_fields(self):
        """Fields that messages and activities bring along and write for their own ends."""
        mixins = ("mail.thread", "mail.activity.mixin")
        return {name for mixin in mixins for name in self.env[mixin]._fields}

    @api.constrains("state", "resolution")
    def _check_resolution(self):
        for exception in self:
            if not exception.is_open and not (exception.resolution or "").strip():
                raise ValidationError(
                    self.env._(
                        "Resolution: say how “%s” was resolved, or why it is accepted.",
                        exception.name,
                    )
                )

    def action_take(self):
        """The current user takes the exceptions into work."""
        opened = self.filtered("is_open")
        closed = self - opened
        if closed and not opened:
            raise UserError(self.env._("“%s” is closed: reopen it first.", closed[0].display_name))
        opened.write({"user_id": self.env.uid, "state": "in_work"})
        if not closed:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "%(taken)s taken. Closed, and left as they are: %(closed)s.",
                    taken=len(opened),
                    closed=", ".join(closed.mapped("display_name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_resolve(self):
        self.write({"state": "resolved"})

    def action_accept(self):
        self.write({"state": "accepted"})

    def action_reopen(self):
        for exception in self:
            known = self.search(
                [
                    ("company_id", "=", exception.company_id.id),
                    ("category_id", "=", exception.category_id.id),
                    ("cause_key", "=", exception.cause_key),
                    ("is_open", "=", True),
                ],
                limit=1,
            )
            if known:
                raise UserError(
                    self.env._("The same cause is open again: go on with “%s”.", known.display_name)
                )
        self.write({"state": "triaged"})

    def action_open_source(self):
        """Open the record the exception is about, if it still exists and may be read."""
        self.ensure_one()
        if self.res_model not in self.env:
            raise UserError(self.env._("The source of this exception is not installed any more."))
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.res_name))
        record.check_access("read")
        return record._get_records_action()
