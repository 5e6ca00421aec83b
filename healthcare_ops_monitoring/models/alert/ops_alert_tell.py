from odoo import fields, models
from odoo.tools.misc import format_datetime

from ...core.alerting import CLEARED, FIRING
from .ops_alert_rule import HEALTH

# Of a group that is to be told.
PEOPLE_AT_MOST = 20


class OpsAlert(models.Model):
    """Telling people: one exception opens and closes with an alert."""

    _inherit = "ops.alert"

    def _fire(self, now):
        self.write({"fired_at": now, "fire_count": self.fire_count + 1})
        self._tell()

    def _tell(self):
        """Open the exception of this alert, or count on the one that is open.

        ``told_band`` remembers how bad it was when people were told: who closes the exception
        early is not bothered again until it is worse than that, or has cleared meanwhile.
        """
        rule = self.rule_id
        severity = rule._severity_of(self.band)
        exception = self.env["ops.exception"]._raise_exception(
            rule.category_id.code,
            self._reason(),
            record=self,
            cause_key=f"alert:{rule.id}:{self.group_key}",
            severity=severity,
            place=(self.company_id, self.site_id),
            owner=rule.owner_id,
            team=rule.team_id.filtered(lambda team: team.company_id == self.company_id),
            facts={"alert_id": self.id},
        )
        is_new = exception != self.exception_id
        if exception.severity != severity and severity == "critical":
            exception.severity = severity
        self.write({"exception_id": exception.id, "told_band": self.band, "severity": severity})
        if is_new:
            self._notify(exception)

    def _reason(self):
        if not self.site_id:
            return self._reason_without_figure()
        return self.env._(
            "“%(rule)s” is %(value)s; limit: %(limit)s. Beyond it since %(since)s.",
            rule=self.display_name,
            value=self.rule_id._say_with_records(self.value, self.n),
            limit=self.rule_id._in_words(),
            since=self._since_in_words(),
        )

    def _reason_without_figure(self):
        """An exception without a site is for people of any: not so a company's figures."""
        return self.env._(
            "“%(rule)s” is beyond its limit (%(limit)s) since %(since)s. The alert shows the "
            "figure.",
            rule=self.display_name,
            limit=self.rule_id._in_words(),
            since=self._since_in_words(),
        )

    def _since_in_words(self):
        """By the clocks of the place, which it names: nobody knows who will read it."""
        zone = self.rule_id._zone(self.company_id)
        since = format_datetime(self.env, self.since, tz=zone, dt_format="yyyy-MM-dd HH:mm")
        return f"{since} ({zone})"

    def _notify(self, exception):
        """An activity for those who are to be told besides, where they see the exception."""
        rule = self.rule_id
        people = (rule.notify_user_ids | rule.notify_group_id.all_user_ids)[: PEOPLE_AT_MOST + 1]
        people = exception._who_see(people, self.company_id, self.site_id) - exception.user_id
        for person in people[:PEOPLE_AT_MOST]:
            exception.activity_schedule(
                "mail.mail_activity_data_todo", user_id=person.id, summary=self.display_name
            )

    def _clear(self):
        """Resolve the exception, unless somebody has closed it."""
        self.told_band = 0
        self._resolve(self._words_of_clearing())

    def _words_of_clearing(self):
        rule = self.rule_id
        if rule.source == HEALTH:
            return self.env._("The health check says: %s.", rule._say(self.value))
        beyond = rule._beyond_in_words()
        if not self.site_id:
            return self.env._("The figure is no longer %s.", beyond)
        return self.env._(
            "The figure is no longer %(beyond)s: it is %(value)s.",
            beyond=beyond,
            value=rule._say(self.value),
        )

    def _resolve(self, words):
        # sudo: the engine closes what it has opened
        for exception in self.exception_id.sudo()._ops_engine().filtered("is_open"):
            exception.write({"state": "resolved", "resolution": words})

    def _end(self, words):
        """End alerts whose rule does not watch them any more.

        :param str words: why, for the exceptions that are still open
        """
        alerts = self.exists()
        firing = alerts.filtered(lambda alert: alert.state == FIRING)
        firing._resolve(words)
        alerts.filtered(lambda alert: alert.state != CLEARED).write(
            {
                "state": CLEARED,
                "cleared_at": fields.Datetime.now(),
                "since": False,
                "back_since": False,
                "unknown_since": False,
                "told_band": 0,
            }
        )
        alerts.filtered(lambda alert: not alert.fired_at).unlink()
