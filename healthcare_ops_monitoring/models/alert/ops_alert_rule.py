from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.healthcare_ops_automation.models.authoring import check_companies, default_company
from odoo.addons.healthcare_ops_automation.models.exceptions.ops_exception_category import (
    SEVERITIES,
)

from ...core.alerting import FAR_BEYOND, Limits
from ...core.health import STATUSES

KPI, HEALTH = "kpi", "health"
PERIODS = [
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("today", "Today"),
    ("7d", "Last 7 days"),
    ("30d", "Last 30 days"),
    ("90d", "Last 90 days"),
]
GROUPINGS = [
    ("rule", "One for all"),
    ("site", "One for each site"),
    ("process", "One for each process"),
    ("field", "One for each of a field"),
]
# What a rule watches and where: alerts about anything else are none of it any more.
WATCHED_FIELDS = (
    "active",
    "source",
    "kpi_id",
    "health_check",
    "company_id",
    "site_id",
    "process_id",
    "grouping",
    "group_field",
)
# Where its limits lie.
THRESHOLD_FIELDS = (
    "operator",
    "threshold",
    "clear_threshold",
    "has_clear_threshold",
    "critical_threshold",
    "has_critical_threshold",
)
TUNED_FIELDS = (
    *WATCHED_FIELDS,
    *THRESHOLD_FIELDS,
    "hold_minutes",
    "clear_minutes",
    "quiet_minutes",
    "min_n",
    "empty_is_calm",
)


class OpsAlertRule(models.Model):
    """A limit to a figure: beyond it for a while, an alert fires and one exception opens; back for
    a while, it clears and the exception closes.

    How it works: a scheduled action looks at each rule every minute
    (``ops_alert_rule_watch.py``), reads its figures (``_read``) and has each ``ops.alert`` go on
    from where it stood (:mod:`core.alerting`). What a rule may say is checked in
    ``ops_alert_rule_check.py``.
    """

    _name = "ops.alert.rule"
    _description = "Alert Rule"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True, help="Switched off, it watches nothing.")
    source = fields.Selection(
        [(KPI, "A KPI"), (HEALTH, "A health check")], string="Watches", required=True, default=KPI
    )
    kpi_id = fields.Many2one(
        "ops.kpi",
        string="KPI",
        ondelete="cascade",
        tracking=True,
        index=True,
        help="Exceptions that alerts have raised do not count here, as they do on dashboards: "
        "an alert about exceptions would keep itself alive.",
    )
    health_check = fields.Selection(
        "_health_checks", string="Health check", tracking=True, help="Of the page Health."
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        tracking=True,
        default=lambda self: default_company(self.env),
        help="Empty: each company is watched by itself.",
    )
    site_id = fields.Many2one(
        "ops.site",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', '=', company_id)]",
        help="Only this site and those within it. Empty: the company as a whole.",
    )
    process_id = fields.Many2one("ops.process", ondelete="cascade", tracking=True)
    period_code = fields.Selection(
        PERIODS,
        string="Period",
        required=True,
        default="24h",
        tracking=True,
        help="Of a KPI about a period. One about the state of things now has none.",
    )
    grouping = fields.Selection(
        GROUPINGS, string="Alerts", required=True, default="rule", tracking=True
    )
    group_field = fields.Char(
        tracking=True,
        help="Technical name of a field of the KPI's records, such as endpoint_id. With another "
        "name, saving says which would do.",
    )

    operator = fields.Selection(
        [
            ("direction", "The KPI's bad direction"),
            ("above", "Above the threshold"),
            ("below", "Below the threshold"),
        ],
        string="Fires when it is",
        required=True,
        default="direction",
        tracking=True,
    )
    threshold = fields.Float(tracking=True, digits=(16, 2))
    has_clear_threshold = fields.Boolean(
        string="Clears elsewhere",
        tracking=True,
        help="It clears beyond another threshold than it fires at, so that a figure about the "
        "limit does not come and go.",
    )
    clear_threshold = fields.Float(string="Clears at", tracking=True, digits=(16, 2))
    has_critical_threshold = fields.Boolean(
        string="Has a critical limit",
        tracking=True,
        help="Beyond it the exception is critical, and it is raised again when somebody has "
        "closed it already.",
    )
    critical_threshold = fields.Float(string="Critical beyond", tracking=True, digits=(16, 2))
    written_in = fields.Char(compute="_compute_written_in", string="Written in")
    has_period = fields.Boolean(
        compute="_compute_has_period", help="Not of a KPI about the state of things now."
    )
    health_level = fields.Selection(
        [("degraded", "It needs attention"), ("failing", "It fails")],
        string="Fires when",
        default="degraded",
        tracking=True,
    )
    hold_minutes = fields.Integer(
        string="Fires after",
        default=5,
        tracking=True,
        help="Minutes for which it must hold before the alert fires.",
    )
    clear_minutes = fields.Integer(
        string="Clears after",
        default=5,
        tracking=True,
        help="Minutes for which the figure must be back before the alert clears.",
    )
    quiet_minutes = fields.Integer(
        string="Then quiet for",
        default=15,
        tracking=True,
        help="Minutes for which an alert that has cleared does not fire again.",
    )
    min_n = fields.Integer(
        string="Fewest records",
        tracking=True,
        help="With fewer records a share or a percentile is not judged. The KPI's own limit "
        "holds, too.",
    )
    empty_is_calm = fields.Boolean(
        string="Without records all is well",
        tracking=True,
        help="Of an age or a duration above its limit: when there is nothing, nothing is late, and "
        "the alert clears. Otherwise a figure without records is not known.",
    )

    severity = fields.Selection(SEVERITIES, required=True, default="high", tracking=True)
    category_id = fields.Many2one(
        "ops.exception.category",
        string="Exception category",
        required=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self._default_category(),
    )
    team_id = fields.Many2one(
        "ops.exception.team",
        tracking=True,
        ondelete="restrict",
        help="Gets the exceptions. Empty: whom the assignment rules say.",
    )
    owner_id = fields.Many2one(
        "res.users",
        tracking=True,
        domain="[('share', '=', False)]",
        help="Gets the exceptions. Empty: whom the assignment rules say.",
    )
    notify_user_ids = fields.Many2many(
        "res.users",
        string="Also tell",
        domain="[('share', '=', False)]",
        help="They get an activity on the exception when they may see it.",
    )
    notify_group_id = fields.Many2one(
        "res.groups", string="Also tell the group", help="At most 20 people of it."
    )
    description = fields.Text(translate=True, help="Why it matters, and what to do.")

    evaluated_at = fields.Datetime(string="Last looked at", readonly=True, copy=False)
    unknown_since = fields.Datetime(
        readonly=True,
        copy=False,
        help="Since when there is no figure: too few records, or what it counts is not there.",
    )
    last_error = fields.Char(
        readonly=True, copy=False, help="Why it could not be worked out the last time."
    )
    last_error_since = fields.Datetime(readonly=True, copy=False)
    alert_ids = fields.One2many("ops.alert", "rule_id", readonly=True)
    firing_count = fields.Integer(compute="_compute_firing_count", string="Firing")
    status = fields.Selection(
        [
            ("off", "Switched off"),
            ("error", "Broken"),
            ("firing", "Firing"),
            ("unknown", "Not known"),
            ("calm", "Calm"),
        ],
        compute="_compute_status",
    )
    condition = fields.Char(compute="_compute_condition")

    _due_idx = models.Index("(evaluated_at NULLS FIRST, id) WHERE active")
    _hold_minutes_range = models.Constraint(
        "CHECK (hold_minutes BETWEEN 0 AND 10080)",
        "Fires after: from 0 to 10080 minutes, which is a week.",
    )
    _clear_minutes_range = models.Constraint(
        "CHECK (clear_minutes BETWEEN 0 AND 10080)",
        "Clears after: from 0 to 10080 minutes, which is a week.",
    )
    _quiet_minutes_range = models.Constraint(
        "CHECK (quiet_minutes BETWEEN 0 AND 10080)",
        "Then quiet for: from 0 to 10080 minutes, which is a week.",
    )

    @api.model
    def _health_checks(self):
        return [
            (name, name.replace("_", " ").capitalize()) for name in self.env["ops.health"]._checks()
        ]

    @api.model
    def _default_category(self):
        return self.env.ref(
            "healthcare_ops_monitoring.exception_category_alert", raise_if_not_found=False
        )

    @api.depends("source", "kpi_id.unit")
    def _compute_written_in(self):
        for rule in self:
            rule.written_in = rule.source == KPI and rule.kpi_id._written_in()

    @api.depends("source", "kpi_id.period_field")
    def _compute_has_period(self):
        for rule in self:
            rule.has_period = rule.source == KPI and bool(rule.kpi_id.period_field)

    @api.depends("alert_ids.state")
    def _compute_firing_count(self):
        alerts = self.env["ops.alert"]
        domain = [("rule_id", "in", self.ids), ("state", "=", "firing")]
        counts = dict(alerts._read_group(domain, ["rule_id"], ["__count"]))
        for rule in self:
            rule.firing_count = counts.get(rule, 0)

    @api.depends("active", "last_error", "firing_count", "unknown_since")
    def _compute_status(self):
        for rule in self:
            known = "unknown" if rule.unknown_since else "calm"
            rule.status = (
                (not rule.active and "off")
                or (rule.last_error and "error")
                or (rule.firing_count and "firing")
                or known
            )

    @api.depends("source", "kpi_id", "operator", "threshold", "hold_minutes", "health_level")
    @api.depends_context("lang")
    def _compute_condition(self):
        for rule in self:
            rule.condition = rule._in_words()

    def _in_words(self):
        if self.source == HEALTH:
            level = dict(self._fields["health_level"]._description_selection(self.env))
            return level.get(self.health_level)
        if not self.kpi_id:
            return False
        beyond = self._beyond_in_words()
        if not self.hold_minutes:
            return beyond
        return self.env._(
            "%(beyond)s for %(minutes)s min", beyond=beyond, minutes=self.hold_minutes
        )

    def _beyond_in_words(self):
        """Where a KPI is beyond its limit, such as "above 50"."""
        limit = self._say(self.kpi_id._stored(self.threshold))
        if self._is_above():
            return self.env._("above %s", limit)
        return self.env._("below %s", limit)

    # -- what it says -----------------------------------------------------------------------

    def _group_by(self):
        """The field of the KPI's records by which alerts are told apart."""
        return {
            "site": self.kpi_id.site_field,
            "process": self.kpi_id.process_field,
            "field": self.group_field,
        }.get(self.grouping)

    def _is_above(self):
        if self.operator == "direction":
            return self.kpi_id.direction == "lower"
        return self.operator == "above"

    def _limits(self):
        self.ensure_one()
        times = {
            "hold": timedelta(minutes=self.hold_minutes),
            "clear_hold": timedelta(minutes=self.clear_minutes),
            "quiet": timedelta(minutes=self.quiet_minutes),
        }
        if self.source == HEALTH:
            # A status counts as its place from best to worst.
            below = STATUSES.index(self.health_level or STATUSES[1]) - 1
            return Limits(above=True, threshold=below, clear=below, **times)
        threshold = self.kpi_id._stored(self.threshold)
        return Limits(
            above=self._is_above(),
            threshold=threshold,
            clear=self.kpi_id._stored(self.clear_threshold)
            if self.has_clear_threshold
            else threshold,
            critical=self.kpi_id._stored(self.critical_threshold)
            if self.has_critical_threshold
            else None,
            **times,
        )

    def _say_with_records(self, value, n):
        """A figure in words, and of how many records it is, unless it is their number."""
        words = self._say(value)
        if self.source == HEALTH or value == n:
            return words
        return self.env._("%(value)s (%(n)s records)", value=words, n=n)

    def _severity_of(self, band):
        """How severe the exception of an alert is."""
        return "critical" if band == FAR_BEYOND else self.severity

    def _say(self, value):
        """A figure of this rule, in words."""
        if self.source == HEALTH:
            words = (
                self.env._("all right"),
                self.env._("needs attention"),
                self.env._("fails"),
            )
            return words[int(value)]
        return self.kpi_id._words(value)

    # -- changes ----------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        check_companies(rules)
        rules._check_grouping_readable()
        return rules

    def write(self, vals):
        # Before as well: who makes a rule of every company one of his own ends it for the others.
        self.check_access("write")
        check_companies(self)
        # sudo: alerts are the engine's; who writes the rule is checked by writing it
        alerts = self.sudo().alert_ids if vals.keys() & set(WATCHED_FIELDS) else None
        before = {rule.id: [rule[name] for name in WATCHED_FIELDS] for rule in self}
        result = super().write(vals)
        check_companies(self)
        if vals.keys() & {"source", "kpi_id", "grouping", "group_field"}:
            self._check_grouping_readable()
        if alerts:
            changed = self.filtered(
                lambda rule: before[rule.id] != [rule[name] for name in WATCHED_FIELDS]
            )
            alerts.filtered(lambda alert: alert.rule_id in changed)._end(
                self.env._("The rule was changed or switched off.")
            )
        tuned = {name: vals[name] for name in TUNED_FIELDS if name in vals}
        if tuned:
            self.env["ops.audit.entry"]._record("alert_rule.changed", self, tuned)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_ends_alerts(self):
        check_companies(self)
        # sudo: see write
        self.sudo().alert_ids._end(self.env._("The rule was deleted."))

    def action_open_alerts(self):
        """The alerts of the rule."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_monitoring.action_alert"
        )
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}
