from datetime import timedelta

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.tools import LazyTranslate
from odoo.tools.misc import babel_locale_parse, format_datetime, get_lang

from ..roles import OPERATORS
from .failure_causes import advice

_lt = LazyTranslate(__name__)

ANSWERS_SHOWN = 5
ANSWER_LENGTH = 300
# The colour and icon of each state; words say the same.
LOOKS = {
    "good": ("success", "fa-check-circle"),
    "attention": ("warning", "fa-exclamation-triangle"),
    "failing": ("danger", "fa-exclamation-circle"),
    "broken": ("danger", "fa-times-circle"),
    "quiet": ("secondary", "fa-moon-o"),
    "paused": ("warning", "fa-pause-circle"),
    "test": ("info", "fa-flask"),
    "disabled": ("secondary", "fa-power-off"),
    "no_url": ("secondary", "fa-sign-in"),
}
# A title and a sentence for each state.
WORDS = {
    "good": (_lt("Working"), _lt("Events arrive.")),
    "attention": (
        _lt("Working, with dead letters"),
        _lt("Events arrive, but some earlier ones were given up: decide about them below."),
    ),
    "failing": (
        _lt("Failing"),
        _lt("Nothing was taken since then. The last problem: %(problem)s"),
    ),
    "broken": (
        _lt("Broken"),
        _lt(
            "It failed again and again, so events are held and one is tried now and then; nothing "
            "is lost. The last problem: %(problem)s"
        ),
    ),
    "quiet": (
        _lt("Quiet"),
        _lt("Nothing was sent in the last 24 hours, and nothing failed."),
    ),
    "paused": (
        _lt("Paused"),
        _lt("Somebody paused it: events are held and sent once it is resumed."),
    ),
    "test": (
        _lt("Test mode"),
        _lt("Only samples are sent. What happens meanwhile is not delivered later."),
    ),
    "disabled": (
        _lt("Disabled"),
        _lt("It gets no events, and what happens meanwhile is not delivered later."),
    ),
    "no_url": (
        _lt("Answers only"),
        _lt("Without a URL nothing is sent; only answers are taken."),
    ),
}


class OpsEndpoint(models.Model):
    """The board on the endpoint's page: is it healthy, since when, what is stuck, and what did
    they say.

    Everything is read with the reader's own rights, so it tells of their companies and sites,
    and answers only to who may read them.
    """

    _inherit = "ops.endpoint"

    state_since = fields.Datetime(
        string="Status since", compute="_compute_state_since", store=True, readonly=True
    )
    board = fields.Json(compute="_compute_board", string="How it is doing")

    @api.depends("state", "test_mode")
    def _compute_state_since(self):
        self.state_since = fields.Datetime.now()

    @api.depends("state", "test_mode", "active")
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_board(self):
        for endpoint in self:
            endpoint.board = endpoint._origin and endpoint._origin._board()

    def _board(self):
        """What the board shows, in words: plain values for the web client."""
        health = self.env["ops.endpoint.health"].search([("endpoint_id", "=", self.id)])
        code = self._board_code()
        colour, icon = LOOKS[code]
        title, sentence, since = self._board_words(code, health)
        deciders = any(self.env.user.has_group(group) for group in OPERATORS)
        return {
            "colour": colour,
            "icon": icon,
            "title": title,
            "sentence": sentence,
            "since": since and self._moment(since),
            "since_ago": since and self._ago(since),
            "notes": self._board_notes(code, health),
            "waiting": self.waiting_count,
            "oldest": self.oldest_waiting_at and self._ago(self.oldest_waiting_at),
            "records": self._records_waiting(),
            "dead": self.dead_count,
            "rate": self.attempt_count and self._number(100 * self.success_rate, digits=1),
            "attempts": self._number(self.attempt_count),
            "median": self._number(self.median_ms),
            "delivered": self.last_delivered_at and self._ago(self.last_delivered_at),
            "causes": self._board_causes(),
            "answers": self._board_answers(),
            "may_decide": deciders,
        }

    def _board_code(self):
        # sudo: whether there is an address is told, not which
        if self.state == "disabled" or not self.active:
            return "disabled"
        if not self.sudo().url:
            return "no_url"
        if self.state in ("broken", "paused"):
            return self.state
        if self.test_mode:
            return "test"
        if self.failing_since:
            return "failing"
        if self.dead_count:
            return "attention"
        return "good" if self.attempt_count else "quiet"

    def _board_words(self, code, health):
        """The state as a title and a sentence, and since when (naive UTC, or False)."""
        title, sentence = (self.env._(text) for text in WORDS[code])
        since = {
            "good": self._healthy_since,
            "attention": self._healthy_since,
            "failing": lambda: self.failing_since,
            "broken": lambda: health.opened_at or self.state_since,
            "quiet": lambda: self.last_delivered_at,
            "no_url": lambda: False,
        }.get(code, lambda: self.state_since)
        problem = self.last_error or health.last_error or self.env._("no reason known")
        return title, sentence % {"problem": problem}, since()

    def _healthy_since(self):
        """When it began to deliver without a failure, as far as attempts are kept."""
        attempts = self.env["ops.delivery.attempt"]
        here = [("endpoint_id", "=", self.id)]
        failed = attempts.search(
            [*here, ("outcome", "!=", "delivered")], order="started_at desc", limit=1
        )
        if failed:
            here.append(("started_at", ">=", failed.started_at))
        delivered = [*here, ("outcome", "=", "delivered")]
        return attempts.search(delivered, order="started_at", limit=1).started_at

    def _board_notes(self, code, health):
        """What comes next, when the dispatcher knows."""
        notes, now = [], fields.Datetime.now()
        if code == "broken" and health.probe_at:
            soon = health.probe_at <= now
            when = self.env._("any moment now") if soon else self._moment(health.probe_at)
            notes.append(self.env._("Next try: %s", when))
        if health.hold_until and health.hold_until > now:
            until = self._moment(health.hold_until)
            notes.append(self.env._("It asked for a break: held until %s", until))
        if code in ("failing", "broken") and health.failure_count:
            notes.append(self.env._("Failures in a row: %s", self._number(health.failure_count)))
        return notes

    def _records_waiting(self):
        """How many records have something that waits behind an earlier event of theirs."""
        parked = [("endpoint_id", "=", self.id), ("state", "=", "parked")]
        [(count,)] = self.env["ops.delivery"]._read_group(parked, [], ["record_key:count_distinct"])
        return count

    def _board_causes(self):
        """Dead letters by cause, the most frequent first."""
        deliveries = self.env["ops.delivery"]
        labels = dict(deliveries._fields["failure_cause"]._description_selection(self.env))
        groups = deliveries._read_group(
            [("endpoint_id", "=", self.id), ("state", "=", "dead")],
            ["failure_cause"],
            ["__count", "created_at:min", "created_at:max"],
        )
        found = {}
        for cause, *figures in groups:
            # What was given up before causes were kept counts as other.
            found.setdefault(cause or "other", []).append(figures)
        causes = [
            {
                "code": cause,
                "label": labels[cause],
                "count": sum(count for count, _first, _last in figures),
                "first": self._moment(min(first for _count, first, _last in figures)),
                "last": self._moment(max(last for _count, _first, last in figures)),
                "advice": advice(self.env, cause),
            }
            for cause, figures in found.items()
        ]
        return sorted(causes, key=lambda each: -each["count"])

    def _board_answers(self):
        """The last attempts, with the start of what was answered for who may read it."""
        attempts = self.env["ops.delivery.attempt"]
        outcomes = dict(attempts._fields["outcome"]._description_selection(self.env))
        may_read = attempts._has_field_access(attempts._fields["response"], "read")
        found = attempts.search(
            [("endpoint_id", "=", self.id)], order="started_at desc, id desc", limit=ANSWERS_SHOWN
        )
        return [
            {
                "id": attempt.id,
                "at": self._moment(attempt.started_at),
                "ago": self._ago(attempt.started_at),
                "ok": attempt.outcome == "delivered",
                "outcome": outcomes[attempt.outcome],
                "status": attempt.http_status or "",
                "ms": self._number(attempt.duration_ms),
                "problem": attempt.error or "",
                "text": may_read and (attempt.response or "")[:ANSWER_LENGTH].strip(),
            }
            for attempt in found
        ]

    def _moment(self, moment):
        return format_datetime(self.env, moment, dt_format="short")

    def _ago(self, moment):
        """How long ago, such as “3 hours ago”."""
        return format_timedelta(
            min(moment - fields.Datetime.now(), -timedelta(seconds=1)),
            add_direction=True,
            locale=babel_locale_parse(get_lang(self.env).code),
        )
