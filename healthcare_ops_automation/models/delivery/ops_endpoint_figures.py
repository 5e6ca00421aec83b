from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_datetime, formatLang

from .ops_delivery import UNSETTLED

FIGURES_HOURS = 24
NO_FIGURES = {"count": 0, "delivered": 0, "median": 0, "p95": 0, "last_delivered": False}


class OpsEndpoint(models.Model):
    """Health at a glance: figures of the last 24 hours and the same in words.

    Computed from what the reader may see, so two people can see different numbers.
    """

    _inherit = "ops.endpoint"

    waiting_count = fields.Integer(compute="_compute_delivery_counts", string="Waiting")
    dead_count = fields.Integer(
        compute="_compute_delivery_counts", search="_search_dead_count", string="Given up"
    )
    oldest_waiting_at = fields.Datetime(
        compute="_compute_delivery_counts",
        string="Oldest waiting",
        help="When the delivery that waits longest was created.",
    )
    attempt_count = fields.Integer(
        compute="_compute_attempt_figures", string="Attempts", help="In the last 24 hours."
    )
    success_rate = fields.Float(
        compute="_compute_attempt_figures",
        string="Success",
        aggregator=None,
        help="Share of the attempts of the last 24 hours that were delivered.",
    )
    median_ms = fields.Integer(
        compute="_compute_attempt_figures",
        string="Median (ms)",
        aggregator=None,
        help="Half of the attempts of the last 24 hours took at most this long.",
    )
    p95_ms = fields.Integer(
        compute="_compute_attempt_figures",
        string="95th percentile (ms)",
        aggregator=None,
        help="95 % of the attempts of the last 24 hours took at most this long.",
    )
    last_delivered_at = fields.Datetime(compute="_compute_attempt_figures", string="Last delivered")
    failing_since = fields.Datetime(
        compute="_compute_attempt_figures",
        string="Failing since",
        help="The first attempt that failed since something was delivered.",
    )
    last_error = fields.Char(
        compute="_compute_attempt_figures", string="Last problem", help="Since it is failing."
    )
    health = fields.Selection(
        [
            ("good", "Delivering"),
            ("failing", "Failing"),
            ("quiet", "Quiet"),
            ("held", "Held"),
            ("off", "Off"),
        ],
        compute="_compute_health",
    )
    health_text = fields.Char(compute="_compute_health", string="Health in words")

    # -- figures --------------------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_delivery_counts(self):
        deliveries = self.env["ops.delivery"]
        here = [("endpoint_id", "in", self.ids)]
        # Two questions, because each has an index of its own.
        waiting = {
            endpoint.id: (count, oldest)
            for endpoint, count, oldest in deliveries._read_group(
                [*here, ("state", "in", UNSETTLED)],
                ["endpoint_id"],
                ["__count", "created_at:min"],
            )
        }
        dead = dict(
            deliveries._read_group([*here, ("state", "=", "dead")], ["endpoint_id"], ["__count"])
        )
        for endpoint in self:
            count, oldest = waiting.get(endpoint._origin.id, (0, False))
            endpoint.waiting_count = count
            endpoint.oldest_waiting_at = oldest
            endpoint.dead_count = dead.get(endpoint._origin, 0)

    def _search_dead_count(self, operator, value):
        if (operator, value) != (">", 0):
            return NotImplemented
        dead = self.env["ops.delivery"]._search([("state", "=", "dead")])
        return [("id", "in", dead.subselect("endpoint_id"))]

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_attempt_figures(self):
        figures = self._attempt_figures()
        for endpoint in self:
            found = figures.get(endpoint._origin.id, NO_FIGURES)
            endpoint.attempt_count = found["count"]
            endpoint.success_rate = found["delivered"] / found["count"] if found["count"] else 0
            endpoint.median_ms = found["median"]
            endpoint.p95_ms = found["p95"]
            delivered = found["last_delivered"] or endpoint._attempt_at("delivered")
            endpoint.last_delivered_at = delivered
            first, last = endpoint._failures_since(delivered)
            endpoint.failing_since = first.started_at
            endpoint.last_error = last.error

    def _attempt_figures(self):
        """Figures of the last 24 hours by endpoint id, over the attempts the reader may see."""
        attempts = self.env["ops.delivery.attempt"]
        attempts.flush_model()
        since = fields.Datetime.now() - timedelta(hours=FIGURES_HOURS)
        query = attempts._search([("endpoint_id", "in", self.ids), ("started_at", ">=", since)])
        if query.is_empty():
            return {}
        columns = {
            name: SQL.identifier(query.table, name)
            for name in ("endpoint_id", "outcome", "duration_ms", "started_at")
        }
        query.groupby = columns["endpoint_id"]
        statement = query.select(
            SQL("%(endpoint_id)s AS id, count(*) AS count", **columns),
            SQL("count(*) FILTER (WHERE %(outcome)s = 'delivered') AS delivered", **columns),
            SQL(
                """max(%(started_at)s) FILTER (WHERE %(outcome)s = 'delivered')
                   AS last_delivered""",
                **columns,
            ),
            SQL(
                "percentile_disc(0.5) WITHIN GROUP (ORDER BY %(duration_ms)s) AS median", **columns
            ),
            SQL("percentile_disc(0.95) WITHIN GROUP (ORDER BY %(duration_ms)s) AS p95", **columns),
        )
        return {row["id"]: row for row in self.env.execute_query_dict(statement)}

    def _attempt_at(self, outcome):
        """When the last attempt with this outcome began, however long ago."""
        last = [("endpoint_id", "=", self._origin.id), ("outcome", "=", outcome)]
        found = self.env["ops.delivery.attempt"].search(last, order="started_at desc", limit=1)
        return found.started_at

    def _failures_since(self, moment):
        """The first and the last attempt that failed after ``moment``, two empty ones when
        none did.

        :param moment: naive UTC, or False for ever
        """
        attempts = self.env["ops.delivery.attempt"]
        failed = [("endpoint_id", "=", self._origin.id), ("outcome", "!=", "delivered")]
        if moment:
            failed.append(("started_at", ">", moment))
        last = attempts.search(failed, order="started_at desc", limit=1)
        first = last and attempts.search(failed, order="started_at", limit=1)
        return first, last

    # -- in words -------------------------------------------------------------------------

    @api.depends("state", "test_mode", "active")
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_health(self):
        for endpoint in self:
            endpoint.health, endpoint.health_text = endpoint._health()

    def _health(self):
        """The health's code and its words."""
        # sudo: whether there is an address is told, not which
        if self.state == "disabled" or not self.active:
            return "off", self.env._("Disabled: it gets no events")
        if not self.sudo().url:
            return "off", self.env._("Without URL: only answers are taken")
        if self.state == "broken":
            return "failing", self._since_text(self.env._("Broken"))
        if self.test_mode:
            return "held", self.env._("Test mode: only samples are sent")
        if self.state == "paused":
            return "held", self.env._("Paused: %s waiting", self._number(self.waiting_count))
        if self.failing_since:
            return "failing", self._since_text(self.env._("Failing"))
        if not self.attempt_count:
            return "quiet", self.env._("No attempts in the last 24 hours")
        return "good", self.env._(
            "Delivering: %(rate)s %% of %(count)s attempts succeeded, median %(median)s ms",
            rate=self._number(100 * self.success_rate, digits=1),
            count=self._number(self.attempt_count),
            median=self._number(self.median_ms),
        )

    def _since_text(self, word):
        if not self.failing_since:
            return word
        return self.env._(
            "%(state)s since %(since)s: %(problem)s",
            state=word,
            since=format_datetime(self.env, self.failing_since, dt_format="short"),
            problem=self.last_error or self.env._("no reason known"),
        )

    def _number(self, value, digits=0):
        return formatLang(self.env, value, digits=digits)
