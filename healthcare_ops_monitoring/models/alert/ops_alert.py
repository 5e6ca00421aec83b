from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.healthcare_ops_automation.models.exceptions.ops_exception_category import (
    SEVERITIES,
)

from ...core.alerting import CLEARED, FIRING, PENDING, Standing, following
from .ops_alert_rule_read import Reading

STATES = [(PENDING, "Pending"), (FIRING, "Firing"), (CLEARED, "Cleared")]


class OpsAlert(models.Model):
    """A rule's figure that is, or was, beyond its limit: one row for each rule, company and group.

    Written by the engine alone; what people do, they do with the exception.
    """

    _name = "ops.alert"
    _description = "Alert"
    _order = "state_order, fired_at desc, id desc"

    rule_id = fields.Many2one(
        "ops.alert.rule", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    site_id = fields.Many2one("ops.site", readonly=True, index=True, ondelete="restrict")
    group_key = fields.Char(readonly=True, required=True, default="")
    group_label = fields.Char(string="About", readonly=True)
    of_every_site = fields.Boolean(
        readonly=True,
        default=True,
        help="Its figures tell of every site of the company: not for people of certain sites.",
    )
    state = fields.Selection(STATES, string="Status", required=True, readonly=True, index=True)
    state_order = fields.Integer(compute="_compute_state_order", store=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    since = fields.Datetime(
        readonly=True, help="Since when the figure is beyond the limit, as far as is known."
    )
    fired_at = fields.Datetime(string="Fired", readonly=True)
    back_since = fields.Datetime(readonly=True, help="Since when the figure is back.")
    cleared_at = fields.Datetime(string="Cleared", readonly=True)
    unknown_since = fields.Datetime(
        readonly=True,
        help="Since when the figure is not known: too few records, or it could not be worked "
        "out. Until it is, the alert neither fires nor clears.",
    )
    value = fields.Float(string="Last value", readonly=True, aggregator=None, digits=(16, 4))
    peak_value = fields.Float(string="Worst value", readonly=True, aggregator=None, digits=(16, 4))
    value_words = fields.Char(compute="_compute_words", string="Value")
    peak_words = fields.Char(compute="_compute_words", string="Worst")
    condition = fields.Char(related="rule_id.condition", string="Limit")
    n = fields.Integer(string="Records", readonly=True, aggregator=None)
    band = fields.Integer(readonly=True, aggregator=None)
    told_band = fields.Integer(readonly=True, aggregator=None)
    fire_count = fields.Integer(string="Times fired", readonly=True)
    exception_id = fields.Many2one(
        "ops.exception", readonly=True, ondelete="set null", index="btree_not_null"
    )
    exception_open = fields.Boolean(related="exception_id.is_open", string="Exception open")
    closed_early = fields.Boolean(
        compute="_compute_closed_early",
        help="Somebody closed the exception while the alert still fires. It is raised again only "
        "when the figure gets worse by a band, or after it has cleared.",
    )

    _group_uniq = models.UniqueIndex("(rule_id, company_id, group_key)")

    @api.depends("rule_id.name", "group_label", "site_id")
    def _compute_display_name(self):
        """What it is about only where it has a site: the name stands on the exception, too, which
        without a site is for people of any."""
        for alert in self:
            name, label = alert.rule_id.name, alert.site_id and alert.group_label
            alert.display_name = f"{name}: {label}" if label else name

    @api.depends("state")
    def _compute_state_order(self):
        order = (FIRING, PENDING, CLEARED)
        for alert in self:
            alert.state_order = order.index(alert.state)

    @api.depends("value", "peak_value", "rule_id")
    @api.depends_context("lang")
    def _compute_words(self):
        for alert in self:
            alert.value_words = alert.rule_id._say(alert.value)
            alert.peak_words = alert.rule_id._say(alert.peak_value)

    @api.depends("state", "exception_id.is_open")
    def _compute_closed_early(self):
        for alert in self:
            # sudo: whether it is open, whoever may read exceptions
            exception = alert.exception_id.sudo()
            alert.closed_early = alert.state == FIRING and bool(exception) and not exception.is_open

    def _ops_place(self):
        return [(alert.company_id, alert.site_id) for alert in self]

    # -- going on ---------------------------------------------------------------------------

    def _standing(self):
        return Standing(
            state=self.state or None,
            since=self.since or None,
            back_since=self.back_since or None,
            cleared_at=self.cleared_at or None,
            unknown_since=self.unknown_since or None,
        )

    def _go_on(self, rule, reading, now):
        """Follow a reading: fire, clear, or stay.

        :param self: the alert, or none yet
        :param rule: ``ops.alert.rule``
        :param reading: see ``ops_alert_rule_read.py``
        """
        limits, before = rule._limits(), self._standing()
        after = following(limits, before, reading.value, now)
        if not self and after.state is None:
            return
        if after.state is None:
            self.unlink()
            return
        values = {
            "state": after.state,
            "since": after.since,
            "back_since": after.back_since,
            "cleared_at": after.cleared_at,
            "unknown_since": after.unknown_since,
            "group_label": reading.label,
            "site_id": reading.site.id,
            # What is over keeps its worst value, so it stays as closed as it was.
            "of_every_site": reading.of_every_site
            or (after.state == CLEARED and self.of_every_site),
        }
        if reading.value is not None:
            fresh = before.state in (None, CLEARED)
            peak = reading.value if fresh else limits.worse(self.peak_value, reading.value)
            values |= {
                "value": reading.value,
                "n": reading.n,
                "band": limits.band(reading.value),
                "peak_value": self.peak_value if after.state == CLEARED and self else peak,
            }
        alert = self
        if alert:
            alert.write(self._changes(values))
        else:
            identity = {
                "rule_id": rule.id,
                "company_id": reading.company.id,
                "group_key": reading.key,
                "severity": rule.severity,
            }
            alert = self.create({**identity, **values})
        alert._follow_state(before.state, now)

    def _changes(self, values):
        """Those of the values that differ: most looks change nothing and then write nothing."""
        known = self._convert_to_write({name: self[name] for name in values})
        return {
            name: value
            for name, value in values.items()
            if (known[name] or None) != (value or None)
        }

    def _follow_state(self, before, now):
        """What follows for the exception."""
        if self.state == FIRING and before != FIRING:
            self._fire(now)
        elif self.state == FIRING and not self.unknown_since and self.band > self.told_band:
            self._tell()
        elif self.state == CLEARED and before == FIRING:
            self._clear()

    def _go_on_without_records(self, value, now):
        """The group is not told of any more.

        :param value: what that means for its figure; None: nobody knows
        """
        self._go_on(self.rule_id, self._empty_reading(value), now)

    def _empty_reading(self, value):
        return Reading(
            self.company_id,
            self.site_id,
            key=self.group_key,
            label=self.group_label or "",
            of_every_site=self.of_every_site,
            value=value,
        )

    # -- pages ------------------------------------------------------------------------------

    def action_open_records(self):
        """The records behind the figure, as they are now, with the reader's rights."""
        self.ensure_one()
        rule = self.rule_id
        rule.check_access("read")
        readings = rule._readings(self.company_id)
        reading = next((each for each in readings if each.key == self.group_key), None)
        if reading is None or not reading.model:
            raise UserError(self.env._("There are no records behind this figure at the moment."))
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": reading.model,
            "views": [[False, "list"], [False, "form"]],
            "domain": reading.domain,
            "context": {"active_test": False} if rule.source == "health" else {},
        }

    def action_open_exception(self):
        self.ensure_one()
        return self.exception_id._get_records_action()
