from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime

FIGURES_HOURS = 24


class OpsEndpoint(models.Model):
    """The way back: who looks after it, what is expected of it, and how its calls fare.

    Figures are computed from what the reader may see.
    """

    _inherit = "ops.endpoint"

    owner_id = fields.Many2one(
        "res.users",
        tracking=True,
        index="btree_not_null",
        domain=[("share", "=", False)],
        help="Who looks after the connection: gets the exceptions about it, and may read the log "
        "of its calls.",
    )
    answers_expected = fields.Boolean(
        string="Answers are expected",
        default=True,
        tracking=True,
        help="An exception is opened when it does not answer an event within the time set on "
        "the event's type. Untick for a system that only listens. Counts only with an "
        "integration user.",
    )
    accepted_count = fields.Integer(
        compute="_compute_call_figures", string="Accepted", help="In the last 24 hours."
    )
    repeated_count = fields.Integer(
        compute="_compute_call_figures",
        string="Repeated",
        help="In the last 24 hours: they had taken effect before and got the stored answer.",
    )
    refused_count = fields.Integer(
        compute="_compute_call_figures", string="Refused", help="In the last 24 hours."
    )
    call_count = fields.Integer(
        compute="_compute_call_figures", string="Calls", help="In the last 24 hours."
    )
    last_call_at = fields.Datetime(compute="_compute_last_call", string="Last call")
    last_call_text = fields.Char(compute="_compute_last_call", string="Last call in words")
    late_answer_count = fields.Integer(
        compute="_compute_answer_figures",
        string="Answered late",
        help="Answers that were due in the last 24 hours and came after that.",
    )
    overdue_answer_count = fields.Integer(
        compute="_compute_answer_figures",
        string="Answers overdue",
        help="Events it took and has not answered in time.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_call_figures(self):
        since = fields.Datetime.now() - timedelta(hours=FIGURES_HOURS)
        counts = {}
        calls = self.env["ops.callback.call"]
        if calls.has_access("read"):
            groups = calls._read_group(
                [("endpoint_id", "in", self.ids), ("called_at", ">=", since)],
                ["endpoint_id", "outcome"],
                ["call_count:sum"],
            )
            counts = {(endpoint.id, outcome): count for endpoint, outcome, count in groups}
        for endpoint in self:
            found = [
                counts.get((endpoint._origin.id, outcome), 0)
                for outcome in ("accepted", "repeated", "refused")
            ]
            endpoint.accepted_count, endpoint.repeated_count, endpoint.refused_count = found
            endpoint.call_count = sum(found)

    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_last_call(self):
        calls = self.env["ops.callback.call"]
        readable = calls.has_access("read")
        for endpoint in self:
            here = [("endpoint_id", "=", endpoint._origin.id)]
            last = readable and calls.search(here, order="called_at desc, id desc", limit=1)
            endpoint.last_call_at = last.last_at if last else False
            endpoint.last_call_text = last and self.env._(
                "%(time)s: %(outcome)s",
                time=format_datetime(self.env, last.last_at, dt_format="short"),
                outcome=last.display_name,
            )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_answer_figures(self):
        since = fields.Datetime.now() - timedelta(hours=FIGURES_HOURS)
        deliveries = self.env["ops.delivery"]
        overdue = dict(
            deliveries._read_group(
                [("endpoint_id", "in", self.ids), ("answer_state", "=", "overdue")],
                ["endpoint_id"],
                ["__count"],
            )
        )
        late = dict(
            deliveries._read_group(
                [
                    ("endpoint_id", "in", self.ids),
                    ("answer_due_at", ">=", since),
                    ("answer_state", "=", "late"),
                ],
                ["endpoint_id"],
                ["__count"],
            )
        )
        for endpoint in self:
            endpoint.overdue_answer_count = overdue.get(endpoint._origin, 0)
            endpoint.late_answer_count = late.get(endpoint._origin, 0)

    def action_open_calls(self):
        return self._open("ops_callback_call_action", search_default_last_day=1)

    def action_open_overdue_answers(self):
        return self._open("ops_delivery_action", search_default_answer_overdue=1)
