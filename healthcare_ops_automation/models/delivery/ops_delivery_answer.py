from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from ...core.contract import DECLARED

ANSWER_STATES = [
    ("expected", "Expected"),
    ("answered", "Answered"),
    ("late", "Answered late"),
    ("overdue", "Overdue"),
    ("dropped", "Not awaited any more"),
]


class OpsDelivery(models.Model):
    """Whether what was delivered is answered in time, for event types that ask for an answer.

    The answer is the ``ops.callback`` itself, found by event and endpoint: nothing is
    written on the delivery by a callback, so the two never wait for each other, and an answer
    counts that comes while the delivery is still being sent. When the time is up, a scheduled
    action looks once (``ops_delivery_answer_watch.py``).
    """

    _inherit = "ops.delivery"

    answer_due_at = fields.Datetime(
        string="Answer expected until",
        readonly=True,
        help="The time that the event's type allows, from the moment it was delivered.",
    )
    answer_reported = fields.Boolean(
        readonly=True, help="An exception tells that the answer is overdue."
    )
    answer_checked = fields.Boolean(
        readonly=True, help="Nothing is watched for any more: it was answered, or dealt with."
    )
    answered_at = fields.Datetime(
        compute="_compute_answer", string="Answered", help="When the first answer came in."
    )
    answer_state = fields.Selection(
        ANSWER_STATES, compute="_compute_answer", search="_search_answer_state", string="Answer"
    )
    answer_text = fields.Char(compute="_compute_answer", string="Answer in words")

    _answer_watched_idx = models.Index(
        "(answer_due_at) WHERE answer_due_at IS NOT NULL AND answer_checked IS NOT TRUE"
    )
    _answer_endpoint_idx = models.Index(
        "(endpoint_id, answer_due_at) WHERE answer_due_at IS NOT NULL"
    )

    # -- for people -----------------------------------------------------------------------

    @api.depends("answer_due_at", "answer_checked", "event_id.callback_ids")
    @api.depends_context("lang", "tz")
    def _compute_answer(self):
        answered = self._first_answers()
        now = fields.Datetime.now()
        for delivery in self:
            at, due = answered.get(delivery.id, False), delivery.answer_due_at
            delivery.answered_at = at
            if at:
                delivery.answer_state = "late" if due and at > due else "answered"
            elif due and delivery.answer_checked:
                delivery.answer_state = "dropped"
            else:
                delivery.answer_state = due and ("expected" if due > now else "overdue")
            delivery.answer_text = delivery._answer_in_words(at, due)

    def _first_answers(self):
        """When the first answer to each delivery came in, by delivery id."""
        self.env["ops.callback"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT d.id, date_trunc('second', min(c.received_at))
                         FROM ops_delivery d
                         JOIN ops_callback c ON %s
                        WHERE d.id = ANY(%s) GROUP BY d.id""",
                    self._is_answer(),
                    self.ids,
                )
            )
            if self.ids
            else ()
        )

    def _answer_in_words(self, answered_at, due_at):
        def moment(value):
            return format_datetime(self.env, value, dt_format="short")

        if answered_at and due_at and answered_at > due_at:
            return self.env._(
                "Answered %(at)s, after it was due at %(due)s",
                at=moment(answered_at),
                due=moment(due_at),
            )
        if answered_at:
            return self.env._("Answered %s", moment(answered_at))
        if not due_at:
            return False
        if self.answer_checked:
            return self.env._("Not awaited any more; it was due at %s", moment(due_at))
        if due_at > fields.Datetime.now():
            return self.env._("Expected until %s", moment(due_at))
        return self.env._("Overdue since %s", moment(due_at))

    def _search_answer_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        due = Domain("answer_due_at", "!=", False)
        unanswered = due & ~self._domain_answered()
        # Word for word what the index of watched deliveries covers, however many others there are.
        watched = unanswered & Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "%s.answer_checked IS NOT TRUE", SQL.identifier(alias)
            )
        )
        domains = {
            "expected": watched & Domain("answer_due_at", ">", now),
            "overdue": watched & Domain("answer_due_at", "<=", now),
            "dropped": Domain("answer_checked", "=", True) & unanswered,
            "late": due & ~self._domain_answered(in_time=True) & self._domain_answered(),
            "answered": self._domain_answered(in_time=True),
            False: ~due & ~self._domain_answered(),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model
    def _domain_answered(self, in_time=False):
        """Deliveries that are answered; only those in time, if asked for."""

        def to_sql(_model, alias, _query):
            table = SQL.identifier(alias)
            until = (
                SQL(
                    "AND date_trunc('second', c.received_at)"
                    " <= COALESCE(%s.answer_due_at, 'infinity')",
                    table,
                )
                if in_time
                else SQL()
            )
            return SQL(
                "EXISTS (SELECT FROM ops_callback c WHERE %s %s)", self._is_answer(table), until
            )

        return Domain.custom(to_sql=to_sql)

    # -- for the engine -------------------------------------------------------------------

    @api.model
    def _is_answer(self, delivery=None):
        """SQL: callback ``c`` answers the delivery, ``d`` unless its table is given. What only
        tells something, such as a failure, is no answer."""
        delivery = delivery or SQL.identifier("d")
        telling = [each.code for each in DECLARED.callbacks.values() if not each.is_answer]
        return SQL(
            "c.event_id = %s.event_id AND c.endpoint_id = %s.endpoint_id"
            " AND c.type_code <> ALL(%s)",
            delivery,
            delivery,
            telling,
        )

    @api.model
    def _answer_due(self):
        """SQL for the settlement: until when delivery ``d``, delivered to ``e`` just now, is to be
        answered; null when no answer is expected."""
        return SQL(
            """CASE WHEN e.answers_expected AND e.user_id IS NOT NULL THEN
                   (SELECT clock_timestamp() AT TIME ZONE 'UTC'
                           + type.answer_within * interval '1 minute'
                      FROM ops_event event JOIN ops_event_type type ON type.id = event.type_id
                     WHERE event.id = d.event_id AND type.answer_within > 0) END"""
        )

    def _forget_answer(self):
        """Expect the answer anew, from when it is delivered again; for a replay."""
        if not self:
            return
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery
                      SET answer_due_at = NULL, answer_reported = FALSE, answer_checked = FALSE
                    WHERE id = ANY(%s)""",
                self.ids,
            )
        )
        names = ["answer_due_at", "answer_reported", "answer_checked"]
        self.invalidate_recordset(names, flush=False)
