from odoo import api, fields, models
from odoo.exceptions import UserError

from .ops_exception import STATES
from .ops_exception_category import SEVERITIES
from .ops_exception_review import GROUPS

DECISIONS = [
    ("keep", "Kept as it is"),
    ("assigned", "Assigned"),
    ("due", "Due time changed"),
    ("accepted", "Accepted"),
    ("resolved", "Resolved"),
    ("later", "Left for the next review"),
]


class OpsExceptionReviewLine(models.Model):
    """One exception in a review: how it stood, and what was decided about it by whom."""

    _name = "ops.exception.review.line"
    _description = "Exception in a Review"
    _order = "review_id desc, sequence, id"
    _rec_name = "exception_name"

    review_id = fields.Many2one(
        "ops.exception.review", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True, index=True)
    sequence = fields.Integer(readonly=True)
    exception_id = fields.Many2one(
        "ops.exception", required=True, readonly=True, index=True, ondelete="restrict"
    )
    # As they were: the review says what was seen, whatever became of it.
    exception_name = fields.Char(string="Title", required=True, readonly=True)
    group = fields.Selection(GROUPS, string="Why", required=True, readonly=True)
    site_id = fields.Many2one("ops.site", readonly=True, index=True, ondelete="restrict")
    severity = fields.Selection(SEVERITIES, readonly=True)
    state_before = fields.Selection(STATES, string="Status before", readonly=True)
    owner_before = fields.Char(string="Was with", readonly=True)
    due_before = fields.Datetime(string="Was due", readonly=True)
    decision = fields.Selection(DECISIONS, readonly=True)
    result = fields.Char(readonly=True, help="What was changed, in words.")
    note = fields.Text(readonly=True)
    reviewed_by_id = fields.Many2one(
        "res.users", string="Looked at by", readonly=True, ondelete="restrict"
    )
    reviewed_at = fields.Datetime(string="Looked at", readonly=True)

    _exception_uniq = models.UniqueIndex(
        "(review_id, exception_id)", "This exception is in the review already."
    )

    def write(self, vals):
        self.review_id._check_not_held()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_held(self):
        self.review_id._check_not_held()

    def _decide(self, decision, values, note, seen):
        """Act on the exception with the reviewer's own rights, and write down what was decided.

        :param str decision: one of ``DECISIONS``
        :param dict values: of the exception: what the decision needs
        :param str note: words for the record
        :param seen: the moment of the decision that the reviewer's page shows, as text; empty
            when it shows none
        :raise UserError: when it cannot be done, saying why
        """
        self.ensure_one()
        review = self.review_id
        review._check_may_hold()
        if review.state != "open":
            review._check_not_held()
            raise UserError(self.env._("This review has not begun yet."))
        self._check_seen(seen)
        exception = self.exception_id
        exception.check_access("read")
        before = max(exception.step_ids.ids, default=0)
        changes = self._changes(decision, values)
        if changes:
            exception.write(changes)
        steps = exception.step_ids.filtered(lambda step: step.id > before)
        now = fields.Datetime.now()
        # sudo: people only read reviews; the role was checked, and the exception was changed
        # with the reviewer's own rights
        self.sudo().write(
            {
                "decision": decision,
                "result": " · ".join(exception._step_title(step) for step in steps),
                "note": (note or "").strip(),
                "reviewed_by_id": self.env.uid,
                "reviewed_at": now,
            }
        )
        exception.sudo().reviewed_at = now
        labels = dict(self._fields["decision"]._description_selection(self.env))
        told = ": ".join(filter(None, [labels[decision], (note or "").strip()]))
        exception._keep_steps([{"exception_id": exception.id, "kind": "reviewed", "note": told}])

    def _check_seen(self, seen):
        if (fields.Datetime.to_string(self.reviewed_at) or "") != (seen or ""):
            raise UserError(
                self.env._(
                    "%(person)s has decided about “%(exception)s” meanwhile.",
                    person=self.reviewed_by_id.sudo().name,  # sudo: the name
                    exception=self.exception_name,
                )
            )

    def _changes(self, decision, values):
        """Values to write on the exception.

        :raise UserError: when the decision lacks what it needs
        """
        words = self.env._
        if decision in ("keep", "later"):
            return {}
        if decision == "assigned":
            chosen = {name: values.get(name) or False for name in ("user_id", "team_id")}
            if not any(chosen.values()):
                raise UserError(words("Assign: choose an owner or a team."))
            if not chosen["team_id"]:
                del chosen["team_id"]  # an owner within or beside the team it has
            state = {"state": "triaged"} if self.exception_id.state == "new" else {}
            return {**chosen, **state}
        if decision == "due":
            due = fields.Datetime.to_datetime(values.get("due_at"))
            if not due or due < fields.Datetime.now():
                raise UserError(words("Due: choose a time to come."))
            state = {"state": "triaged"} if self.exception_id.state == "new" else {}
            return {"due_at": due, **state}
        resolution = (values.get("resolution") or "").strip()
        if not resolution:
            raise UserError(words("In words: say how it was resolved, or why it is accepted."))
        if decision == "accepted":
            return {"state": "accepted", "resolution": resolution}
        if decision == "resolved":
            return {
                "state": "resolved",
                "resolution": resolution,
                "resolution_id": values.get("resolution_id"),
            }
        raise UserError(words("Choose what to do with “%s”.", self.exception_name))
