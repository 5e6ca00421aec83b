from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .ops_exception import OPEN_STATES

# Fields by which people work on an exception; the facts about it come from the engine.
WORKABLE_FIELDS = {
    "state",
    "user_id",
    "team_id",
    "severity",
    "due_at",
    "cause_id",
    "resolution_id",
    "resolution",
    "waiting_reason",
    "follow_up_date",
    "parent_id",
    "related_ids",
}
# From a status to those a person may choose next.
NEXT_STATES = {
    "new": {"triaged", "in_work", "waiting", "resolved", "accepted"},
    "triaged": {"in_work", "waiting", "resolved", "accepted"},
    "in_work": {"triaged", "waiting", "resolved", "accepted"},
    "waiting": {"triaged", "in_work", "resolved", "accepted"},
    "resolved": {"triaged"},
    "accepted": {"triaged"},
}
MANAGER = "healthcare_ops_automation.group_ops_manager"


class OpsException(models.Model):
    """The way of an exception from new to closed: which steps there are, and who may take them."""

    _inherit = "ops.exception"

    cause_id = fields.Many2one(
        "ops.exception.cause",
        index="btree_not_null",
        ondelete="restrict",
        domain="['|', ('category_ids', '=', False), ('category_ids', 'in', category_id)]",
        tracking=True,
        help="Why it came about, as far as is known.",
    )
    resolution_id = fields.Many2one(
        "ops.exception.resolution",
        string="Resolution code",
        index="btree_not_null",
        ondelete="restrict",
        domain="['|', ('category_ids', '=', False), ('category_ids', 'in', category_id)]",
        tracking=True,
        help="What resolving it came down to. It is counted by this.",
    )
    waiting_reason = fields.Char(
        string="Waiting for", tracking=True, help="Whom or what it waits for."
    )
    follow_up_date = fields.Date(
        string="Follow up on", tracking=True, help="The day somebody asks again."
    )
    triaged_at = fields.Datetime(string="Triaged", readonly=True)
    taken_at = fields.Datetime(string="Taken", readonly=True, help="Last time work on it began.")
    reopened_count = fields.Integer(string="Reopened", readonly=True, aggregator="sum")
    may_work = fields.Boolean(compute="_compute_may_work", string="Mine to work on")

    # -- who may ----------------------------------------------------------------------------

    @api.depends("user_id", "team_id.member_ids")
    @api.depends_context("uid")
    def _compute_may_work(self):
        writable = self._filtered_access("write")
        for exception in self:
            exception.may_work = exception in writable and exception._is_mine()

    def _is_mine(self):
        """Whether the current user's role and team allow working on it: managers on all they
        see, others on their own, on their team's, and on what is nobody's yet."""
        self.ensure_one()
        user = self.env.user
        if self.env.su or user.has_group(MANAGER) or self.user_id == user:
            return True
        # sudo: membership decides, whoever may read teams
        team = self.team_id.sudo()
        return user in team.member_ids or not (self.user_id or team)

    def _check_may_work(self):
        """:raise AccessError: saying whose it is and who may do it"""
        self.check_access("write")
        for exception in self:
            if not exception._is_mine():
                # sudo: the names of owner and team, which every reader of the exception sees
                owner, team = exception.user_id.sudo(), exception.team_id.sudo()
                raise AccessError(
                    self.env._(
                        "“%(exception)s” is with %(whose)s. Only its owner, the members of its "
                        "team and managers work on it.",
                        exception=exception.display_name,
                        whose=", ".join(filter(None, [owner.name, team.name])),
                    )
                )

    # -- writing ----------------------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            self._check_workable(vals)
        if not {"state", "user_id"} & vals.keys():
            return super().write(vals)
        for exception in self:
            follows = exception._follows_from(vals)
            super(OpsException, exception).write({**follows, **vals})
        return True

    def _follows_from(self, vals):
        """Values that follow from another status, or from another owner of what is in work."""
        state = vals.get("state", self.state)
        if state == self.state:
            return self._follows_from_owner(vals)
        now = fields.Datetime.now()
        values = {}
        if state in OPEN_STATES and not self.is_open:
            values = {
                "closed_at": False,
                "reopened_count": self.reopened_count + 1,
                "resolution": False,
                "resolution_id": False,
            }
        elif state not in OPEN_STATES:
            values = {"closed_at": now}
        if state == "resolved" and self.env.su and not self.resolution_id:
            # The engine closes what is settled; people choose a code themselves.
            values["resolution_id"] = self.env["ops.exception.resolution"]._settled_itself().id
        if self.state == "new" and state in OPEN_STATES:
            values["triaged_at"] = now
        if state == "in_work":
            values["taken_at"] = now
            if not self.env.su and not self.user_id:
                values["user_id"] = self.env.uid  # what is in work is in somebody's hands
        if self.state == "waiting":
            values |= {"waiting_reason": False, "follow_up_date": False}
        return values

    def _follows_from_owner(self, vals):
        if self.state != "in_work" or vals.get("user_id", self.user_id.id) == self.user_id.id:
            return {}
        if not vals["user_id"]:
            return {"state": "triaged"}  # what is in work is in somebody's hands
        return {"taken_at": fields.Datetime.now()}

    def _check_workable(self, vals):
        """Whether the current user may write this: who, what, and from where to where."""
        worked = WORKABLE_FIELDS & vals.keys()
        facts = [name for name in vals if name not in WORKABLE_FIELDS | self._mixin_fields()]
        if facts:
            labels = ", ".join(self._fields[name].string for name in facts if name in self._fields)
            raise UserError(
                self.env._(
                    "%s: these are facts about the exception and cannot be edited. Write what "
                    "you know into the resolution or a message.",
                    labels or ", ".join(facts),
                )
            )
        if not worked:
            return
        self._check_may_work()
        for exception in self:
            if "state" in vals:
                exception._check_next_state(vals["state"])
            if not exception.is_open and vals.get("state") not in OPEN_STATES:
                raise exception._closed_error()
        if vals.get("follow_up_date"):
            self._check_follow_up(fields.Date.to_date(vals["follow_up_date"]))

    def _closed_error(self):
        return UserError(self.env._("“%s” is closed: reopen it first.", self.display_name))

    def _check_next_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        if state == self.state or state in NEXT_STATES[self.state]:
            return
        raise UserError(
            self.env._(
                "“%(exception)s” is in the status “%(old)s”. From there it cannot go to “%(new)s”.",
                exception=self.display_name,
                old=labels[self.state],
                new=labels.get(state, state),
            )
        )

    def _check_follow_up(self, day):
        if day < fields.Date.context_today(self):
            raise ValidationError(self.env._("Follow up on: choose today or a later day."))

    def _mixin_fields(self):
        """Fields that messages and activities bring along and write for their own ends."""
        mixins = ("mail.thread", "mail.activity.mixin")
        return {name for mixin in mixins for name in self.env[mixin]._fields}

    @api.constrains("state", "resolution", "resolution_id", "waiting_reason", "follow_up_date")
    def _check_resolution(self):
        for exception in self:
            name = exception.name
            if exception.state == "resolved" and not exception.resolution_id:
                raise ValidationError(
                    self.env._("Resolution code: choose what resolving “%s” came down to.", name)
                )
            if not exception.is_open and not (exception.resolution or "").strip():
                raise ValidationError(
                    self.env._(
                        "Resolution: say how “%s” was resolved, or why it is accepted.", name
                    )
                )
            if exception.state == "waiting":
                if not (exception.waiting_reason or "").strip():
                    raise ValidationError(
                        self.env._("Waiting for: say whom or what “%s” waits for.", name)
                    )
                if not exception.follow_up_date:
                    raise ValidationError(
                        self.env._("Follow up on: say when somebody asks again about “%s”.", name)
                    )

    # -- buttons ----------------------------------------------------------------------------

    def action_triage(self):
        """Looked at and sorted: it has its severity, its owner or team and its due time."""
        for exception in self:
            exception._check_may_work()
            if exception.state != "new":
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "“%(exception)s” is not new any more but in the status "
                        "“%(status)s”%(who)s.",
                        exception=exception.display_name,
                        status=labels[exception.state],
                        who=exception._who_did("status"),
                    )
                )
        self.write({"state": "triaged"})

    def action_resolve(self):
        self.write({"state": "resolved"})

    def action_accept(self):
        self.write({"state": "accepted"})

    def action_continue(self):
        """What it waited for is there."""
        self.write({"state": "in_work"})

    def action_put_back(self):
        """Whoever took it gives it back: to the team, where there is one."""
        self._check_may_work()
        for exception in self:
            owner = False if exception.team_id else exception.user_id.id
            exception.write({"state": "triaged", "user_id": owner})

    def action_reopen(self):
        self._check_may_work()
        for exception in self.filtered("cause_key"):
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
