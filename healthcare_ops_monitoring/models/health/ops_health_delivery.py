from datetime import timedelta

from odoo import fields, models

from odoo.addons.healthcare_ops_automation.models.delivery.ops_delivery import UNSETTLED

from ...core.health import DEGRADED, FAILING, OK, Check, threshold
from .ops_health import MIN_CRON_THREADS

CRON_OVERDUE_SECONDS = 300
"""A scheduled action that should have started so long ago is not coming by itself. Odoo
looks for ready jobs at least every 60 seconds, and ours end within 25."""

WATCHERS = (
    "healthcare_ops_automation.cron_sweep",
    "healthcare_ops_automation.cron_watch_answers",
)

LANE_THRESHOLD_PARAMETER = "healthcare_ops_monitoring.waiting_{lane}_seconds"
LANE_THRESHOLDS = {"critical": 60, "standard": 300, "bulk": 3600}
"""Seconds that a delivery may be on its way, retries included, by lane. Critical: one full
pass of the scheduler, the longest that an undisturbed one waits. The others: what a person
would notice. Each can be set in Settings."""


class OpsHealth(models.AbstractModel):
    """The checks of the engine's deliveries."""

    _inherit = "ops.health"

    def _checks(self):
        return super()._checks() + [
            "scheduled_actions",
            "lane_critical",
            "lane_standard",
            "lane_bulk",
            "endpoints",
            "dead_deliveries",
        ]

    def _check_scheduled_actions(self):
        crons = self._watched_crons()
        now = fields.Datetime.now()
        overdue_since = now - timedelta(seconds=CRON_OVERDUE_SECONDS)
        inactive = crons.filtered(lambda cron: not cron.active)
        overdue = (crons - inactive).filtered(lambda cron: cron.nextcall < overdue_since)
        label = self.env._("Scheduled actions of the deliveries")
        action = self._open_records(self.env._("Scheduled actions"), crons)
        if inactive:
            # Neutralizing switches every scheduled action off: expected, and said below.
            return Check(
                "scheduled_actions",
                DEGRADED if self._is_neutralized() else FAILING,
                label=label,
                detail=self.env._("Switched off: %s.", "; ".join(inactive.mapped("cron_name"))),
                advice=self.env._("Nothing leaves in these lanes. Switch them on again."),
                action=action,
            )
        if overdue:
            return Check(
                "scheduled_actions",
                FAILING,
                label=label,
                detail=self.env._(
                    "Overdue for %(age)s: %(names)s.",
                    age=self._age(now - min(overdue.mapped("nextcall"))),
                    names="; ".join(overdue.mapped("cron_name")),
                ),
                advice=self.env._(
                    "No server runs them. Start one with max_cron_threads = %s or more, or "
                    "look for a job that does not end.",
                    MIN_CRON_THREADS,
                ),
                action=action,
            )
        last = [call for call in crons.mapped("lastcall") if call]
        return Check(
            "scheduled_actions",
            OK,
            label=label,
            detail=self.env._("On, and on time. Last run %s ago.", self._age(now - max(last)))
            if last
            else self.env._("On, and not due yet."),
            action=action,
        )

    def _check_lane_critical(self):
        return self._lane("critical", self.env._("Critical deliveries"), FAILING)

    def _check_lane_standard(self):
        return self._lane("standard", self.env._("Standard deliveries"), DEGRADED)

    def _check_lane_bulk(self):
        return self._lane("bulk", self.env._("Bulk deliveries"), DEGRADED)

    def _check_endpoints(self):
        label = self.env._("Endpoints")
        broken = self.env["ops.endpoint"].search([("state", "=", "broken")])
        action = {
            **self._open_deliveries(label, [("id", "in", broken.ids)]),
            "res_model": "ops.endpoint",
        }
        if self.env["ops.delivery"]._is_held():
            return Check(
                "endpoints",
                DEGRADED,
                label=label,
                detail=self.env._("All deliveries are held, by a setting."),
                advice=self.env._("When modules are installed, let them go again in Settings."),
            )
        if broken:
            return Check(
                "endpoints",
                DEGRADED,
                label=label,
                detail=self.env._("Broken endpoints: %s.", len(broken)),
                advice=self.env._(
                    "They took nothing several times in a row. Events for them are held; ask "
                    "the people who run them."
                ),
                action=action,
            )
        return Check("endpoints", OK, label=label, detail=self.env._("None is broken."))

    def _check_dead_deliveries(self):
        domain = [("state", "=", "dead")]
        count = self.env["ops.delivery"].search_count(domain)
        return Check(
            "dead_deliveries",
            DEGRADED if count else OK,
            label=self.env._("Dead letters"),
            detail=self.env._("Deliveries given up: %s.", count)
            if count
            else self.env._("No delivery was given up."),
            advice=self.env._(
                "Open them, see why and mend the cause. An exception names who is on it."
            )
            if count
            else "",
            action=self._open_deliveries(self.env._("Dead letters"), domain) if count else None,
        )

    def _lane(self, lane, label, late_status):
        """Compare the age of the lane's oldest delivery on its way with the lane's threshold."""
        now = fields.Datetime.now()
        # sudo: a threshold is no secret, and system parameters are for administrators only
        parameter = LANE_THRESHOLD_PARAMETER.format(lane=lane)
        limit = threshold(
            self.env["ir.config_parameter"].sudo().get_param(parameter), LANE_THRESHOLDS[lane]
        )
        domain = [
            ("lane", "=", lane),
            ("state", "in", UNSETTLED),
            # What a person holds waits by intention; what a broken receiver holds does not.
            ("endpoint_id.active", "=", True),
            ("endpoint_id.state", "in", ("active", "broken")),
            ("endpoint_id.test_mode", "=", False),
        ]
        deliveries = self.env["ops.delivery"]
        [(count, replayed)] = deliveries._read_group(
            domain, aggregates=["__count", "replayed_at:count"]
        )
        if not count:
            return Check(f"lane_{lane}", OK, label, self.env._("None is on its way."))
        [(oldest,)] = deliveries._read_group(
            [*domain, ("replayed_at", "=", False)], aggregates=["created_at:min"]
        )
        if replayed:
            # What a person replays is old by nature, and spread over time by intention.
            [(due,)] = deliveries._read_group(
                [*domain, ("replayed_at", "!=", False)], aggregates=["next_attempt_at:min"]
            )
            oldest = min(filter(None, (oldest, due, now)))
        late = (now - oldest).total_seconds() > limit
        return Check(
            f"lane_{lane}",
            late_status if late else OK,
            label,
            self.env._(
                "Not delivered yet: %(count)s. The oldest for %(age)s; allowed: %(limit)s.",
                count=count,
                age=self._age(now - oldest),
                limit=self._age(timedelta(seconds=limit)),
            ),
            advice=self.env._(
                "See whether the scheduled action runs and whether the receiving systems answer."
            )
            if late
            else "",
            action=self._open_deliveries(label, domain),
        )

    def _watched_crons(self):
        """The scheduled actions whose standstill is a failure; packs add theirs."""
        xmlids = [*self.env["ops.event"]._lane_crons().values(), *WATCHERS]
        crons = [self.env.ref(xmlid) for xmlid in xmlids]
        # sudo: only system administrators read scheduled actions. Name, switch and times
        # of our own are shown, and the caller was admitted in `page` or is the route.
        return self.env["ir.cron"].sudo().browse([cron.id for cron in crons])

    def _open_deliveries(self, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "ops.delivery",
            "views": [[False, "list"], [False, "form"]],
            "domain": domain,
        }
