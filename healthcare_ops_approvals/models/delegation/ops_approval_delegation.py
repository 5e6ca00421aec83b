from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

PLANNED, ACTIVE, ENDED, REVOKED = "planned", "active", "ended", "revoked"
STATES = [
    (PLANNED, "Planned"),
    (ACTIVE, "In force"),
    (ENDED, "Over"),
    (REVOKED, "Ended early"),
]
# What a delegation says. It changes only before it begins.
FACTS = (
    "user_id",
    "delegate_id",
    "date_from",
    "date_to",
    "company_ids",
    "site_ids",
    "policy_ids",
    "amount_limit",
    "currency_id",
    "away",
    "reason",
)
# What the engine alone writes.
KEPT = (
    "author_id",
    "revoked_at",
    "revoked_by_id",
    "begun_at",
    "over_at",
    "company_id",
    "state",
)
MANAGER = "healthcare_ops_automation.group_ops_manager"


class OpsApprovalDelegation(models.Model):
    """Somebody stands in for an approver, in a bounded time and scope, up to an amount.

    How it works: nothing is moved. Whoever stands in decides in the seats of the person stood in
    for, while the delegation is in force by the clock of the decision and not by a flag that a
    scheduled action sets. It does not cascade: of what came to somebody by delegation nothing goes
    on. Role, place and duties are looked at for both when it is decided.
    """

    _name = "ops.approval.delegation"
    _description = "Delegation of Approvals"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        string="In place of",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Whose decisions these are. They keep the right to decide themselves.",
    )
    delegate_id = fields.Many2one(
        "res.users",
        string="Stands in",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Decides instead. Must be Approver or Operations manager, and may act at the places "
        "concerned.",
    )
    author_id = fields.Many2one(
        "res.users",
        string="Chosen by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Who said last what it is about. When that is somebody else than the person stood in "
        "for, nothing is decided by it about what is that somebody's own.",
    )
    company_id = fields.Many2one(
        related="user_id.company_id",
        string="Company of the person",
        store=True,
        related_sudo=True,
    )
    date_from = fields.Datetime(
        string="From", required=True, default=lambda self: fields.Datetime.now()
    )
    date_to = fields.Datetime(
        string="Until", required=True, help="From this moment on it is not in force any more."
    )
    company_ids = fields.Many2many(
        "res.company", string="Companies", help="Only requests of these; empty: of all."
    )
    site_ids = fields.Many2many(
        "ops.site",
        string="Sites",
        help="Only requests of these and of the sites within them; empty: of all.",
    )
    policy_ids = fields.Many2many(
        "ops.approval.policy",
        string="Approval policies",
        help="Only requests by these policies; empty: by all.",
    )
    amount_limit = fields.Monetary(
        string="Amount up to",
        help="Only requests of at most (≤) this amount, converted at today's rate; 0: no limit.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
    )
    away = fields.Boolean(
        string="Away in this time",
        default=True,
        help="What the person is asked meanwhile and nobody stands in for is given to somebody "
        "else, if it cannot wait.",
    )
    reason = fields.Char(help="Read by those concerned, managers, administrators and auditors.")
    state = fields.Selection(
        STATES, string="Status", compute="_compute_state", search="_search_state"
    )
    revoked_at = fields.Datetime(string="Ended early", readonly=True, copy=False)
    revoked_by_id = fields.Many2one(
        "res.users", string="Ended by", readonly=True, copy=False, ondelete="restrict"
    )
    begun_at = fields.Datetime(
        readonly=True, copy=False, help="When whoever stands in was told what waits."
    )
    over_at = fields.Datetime(readonly=True, copy=False, help="When the activities were taken back")
    may_end = fields.Boolean(compute="_compute_may_end")

    _amount = models.Constraint(
        "CHECK (amount_limit >= 0)", "Amount up to: give an amount, or 0 for no limit."
    )
    _delegate_idx = models.Index("(delegate_id, date_to) WHERE revoked_at IS NULL")
    _user_idx = models.Index("(user_id, date_to) WHERE revoked_at IS NULL")

    @api.depends("user_id", "delegate_id")
    def _compute_display_name(self):
        for delegation in self.sudo():  # sudo: the names of both, which every reader sees
            delegate, person = delegation.delegate_id.name, delegation.user_id.name
            words = self.env._("%(delegate)s for %(person)s", delegate=delegate, person=person)
            delegation.display_name = words if delegate and person else self.env._("New")

    @api.depends("date_from", "date_to", "revoked_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for delegation in self:
            if delegation.revoked_at:
                delegation.state = REVOKED
            elif not delegation.date_from or delegation.date_from > now:
                delegation.state = PLANNED
            else:
                over = delegation.date_to and delegation.date_to <= now
                delegation.state = ENDED if over else ACTIVE

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now, stands = fields.Datetime.now(), Domain("revoked_at", "=", False)
        begun, over = Domain("date_from", "<=", now), Domain("date_to", "<=", now)
        found = {
            PLANNED: stands & ~begun,
            ACTIVE: stands & begun & ~over,
            ENDED: stands & over,
            REVOKED: ~stands,
        }
        return Domain.OR(found[state] for state in value if state in found)

    @api.depends("state", "user_id", "delegate_id")
    @api.depends_context("uid")
    def _compute_may_end(self):
        for delegation in self:
            delegation.may_end = (
                bool(delegation._origin)
                and delegation.state in (PLANNED, ACTIVE)
                and delegation._is_concerned()
            )

    def _is_concerned(self):
        """Whether the current user may end it: either of the two, and managers."""
        user = self.env.user
        return user in (self.user_id, self.delegate_id) or user.has_group(MANAGER)

    # -- making, changing, ending -----------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_kept(vals)
            whose = vals if "user_id" in vals else self.default_get(["user_id"])
            self._check_whose(whose.get("user_id"))
        self._take_turn()
        delegations = super().create(
            [{**vals, "date_from": self._not_before_now(vals)} for vals in vals_list]
        )
        delegations._check_author()
        delegations._mark({"author_id": self.env.uid})
        for delegation in delegations:
            delegation._audit("delegation.created", delegation._facts())
        delegations._tell_made()
        return delegations

    def write(self, vals):
        self._refuse_kept(vals)
        changed = [name for name in vals if name in FACTS]
        if not changed:
            return super().write(vals)
        self._check_changeable()
        if "user_id" in vals:
            self._check_whose(vals["user_id"])
        self._take_turn()
        if "date_from" in vals:
            vals = {**vals, "date_from": self._not_before_now(vals)}
        result = super().write(vals)
        self._check_author()
        self._mark({"author_id": self.env.uid})
        for delegation in self:
            delegation._audit("delegation.changed", delegation._facts())
        self._tell_made()
        return result

    def _refuse_kept(self, vals):
        forged = [name for name in vals if name in KEPT]
        if forged:
            raise AccessError(
                self.env._(
                    "%s: kept by the system, and not to be given.",
                    ", ".join(self._fields[name]._description_string(self.env) for name in forged),
                )
            )

    def _check_changeable(self):
        for delegation in self:
            if delegation.state != PLANNED:
                raise UserError(
                    self.env._(
                        "“%s” has begun and is not changed any more: what was decided by it has to "
                        "stay explainable. End it, and make another one.",
                        delegation.display_name,
                    )
                )
            if not (self.env.su or self.env.user == delegation.user_id):
                delegation._check_manager()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Delegations are kept. End it instead."))

    def action_end(self):
        """End now what is planned or in force: either of the two, or a manager."""
        self.check_access("read")
        now = fields.Datetime.now()
        for delegation in self:
            if not delegation._is_concerned():
                raise AccessError(
                    self.env._(
                        "“%s” is ended by one of the two, or by an operations manager.",
                        delegation.display_name,
                    )
                )
            if delegation.state not in (PLANNED, ACTIVE):
                raise UserError(self.env._("“%s” is over.", delegation.display_name))
        self._end(now)
        return True

    def _end(self, now):
        """End these; the caller has checked who does it."""
        self._mark({"revoked_at": now, "revoked_by_id": self.env.uid})
        for delegation in self:
            delegation._audit("delegation.revoked", delegation._facts())
        self._tell_ended()

    def _mark(self, vals):
        """Write as the engine; the caller has checked who does what."""
        # sudo: what the engine keeps nobody writes
        engine = self.sudo()._ops_engine()
        # pylint: disable-next=super-method-mismatch
        return super(OpsApprovalDelegation, engine).write(vals) if engine else True

    def _audit(self, action, facts):
        self.env["ops.audit.entry"]._record(action, self, facts)

    def _facts(self):
        """What it says, for the audit trail and for the history."""
        self.ensure_one()
        facts = self.sudo()  # sudo: what is written down, whoever does it
        return {
            "user_id": facts.user_id.id,
            "delegate_id": facts.delegate_id.id,
            "from": fields.Datetime.to_string(facts.date_from),
            "until": fields.Datetime.to_string(facts.date_to),
            "companies": facts.company_ids.ids,
            "sites": facts.site_ids.ids,
            "policies": facts.policy_ids.ids,
            "amount_limit": facts.amount_limit,
            "currency": facts.currency_id.name,
            "away": facts.away,
            "reason": facts.reason or "",
        }

    def _moment(self, value):
        return format_datetime(self.env, value, tz=str(self.env.tz), dt_format="short")
