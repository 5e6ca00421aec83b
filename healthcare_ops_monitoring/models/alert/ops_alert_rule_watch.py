import logging
import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.models.worker import CONFLICTS

from ...core.alerting import CLEARED
from .ops_alert_rule_read import GROUPS_AT_MOST

_logger = logging.getLogger(__name__)

WATCH_CRON = "healthcare_ops_monitoring.cron_watch_alerts"
# No rule is begun later than this in a run of the scheduled action.
RUN_SECONDS = 20
# No further company is begun later than this in a look at a rule.
LOOK_SECONDS = 30
# One look at one company; a figure that takes longer belongs on a page, not into an alert.
STATEMENT_SECONDS = 10
# A rule is looked at once in so many seconds, however many servers run the scheduled action.
PAUSE = timedelta(seconds=45)


class OpsAlertRule(models.Model):
    """Watching: when a rule is looked at, and what follows from it for its alerts."""

    _name = "ops.alert.rule"
    _inherit = ["ops.alert.rule", "ops.worker"]

    @api.model
    def _cron_watch(self):
        """Look at each rule that is due, each in a transaction of its own; begin none after 20
        seconds."""
        end, taken = time.monotonic() + RUN_SECONDS, []
        while time.monotonic() < end:
            before = len(taken)
            self._despite_conflicts(lambda: self._watch_next(taken), 1)
            if len(taken) == before:
                return
        self.env.ref(WATCH_CRON)._trigger()

    @api.model
    def _watch_next(self, taken):
        """Look at one rule that is due, if there is one that others do not have in hand.

        :param list taken: ids that had their turn; the one looked at is added
        """
        self.flush_model()
        now = fields.Datetime.now()
        # That another server was faster is no error worth a line in the log.
        self.env.cr.execute(
            SQL(
                """SELECT id FROM ops_alert_rule
                    WHERE active AND (evaluated_at IS NULL OR evaluated_at < %s)
                      AND id <> ALL(%s::int[])
                    ORDER BY evaluated_at NULLS FIRST, id LIMIT 1
                      FOR NO KEY UPDATE SKIP LOCKED""",
                now - PAUSE,
                taken,
            ),
            log_exceptions=False,
        )
        for (rule_id,) in self.env.cr.fetchall():
            try:
                self._ops_engine().browse(rule_id)._watch(now)
            except CONFLICTS:
                raise  # run again, so it had no turn yet
            except Exception:
                taken.append(rule_id)
                raise
            taken.append(rule_id)

    def _watch(self, now=None):
        """Look once, at each company by itself. What cannot be worked out the rule says of itself;
        the alerts of that company stay as they are, and say since when nothing is known."""
        self.ensure_one()
        now = now or fields.Datetime.now()
        companies, errors, is_known = self._companies(), {}, []
        end = time.monotonic() + LOOK_SECONDS
        for company in self._in_turn(companies, now):
            with self._by_itself(company, errors):
                is_known.append(self._watch_company(company, now))
            if time.monotonic() > end:
                break
        # sudo: alerts are the engine's
        left = self.sudo().alert_ids.filtered(
            lambda alert: alert.state != CLEARED and alert.company_id not in companies
        )
        for company, alerts in left.grouped("company_id").items():
            with self._by_itself(company, errors):
                alerts._end(self.env._("The company is not watched any more."))
        unknown = False if any(is_known) else self.unknown_since or now
        self._keep(evaluated_at=now, unknown_since=unknown, **self._told_errors(errors, now))

    def _in_turn(self, companies, now):
        """The companies, each minute another one first: where the figures of some take all the
        time, the others have their turn all the same."""
        first = int(now.timestamp() // 60) % (len(companies) or 1)
        return companies[first:] + companies[:first]

    @contextmanager
    def _by_itself(self, company, errors):
        """What goes wrong for one company is undone and kept, and stops no other.

        :param dict errors: exceptions by company; added to
        """
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL("SET LOCAL statement_timeout = %s", STATEMENT_SECONDS * 1000)
                )
                yield
                self.env.flush_all()
                self.env.cr.execute("SET LOCAL statement_timeout = DEFAULT")
        except CONFLICTS:
            raise
        except Exception as error:
            errors[company] = error

    def _watch_company(self, company, now):
        """Have the alerts of one company go on from where they stand.

        :return: whether anything is known
        """
        rule = self._as_service(company)
        # sudo: alerts are the engine's
        alerts = self.env["ops.alert"].sudo()._ops_engine()
        standing = {
            alert.group_key: alert
            for alert in alerts.search([("rule_id", "=", self.id), ("company_id", "=", company.id)])
        }
        readings = rule._readings(rule.env["res.company"].browse(company.id))
        for reading in readings:
            alert = standing.pop(reading.key, alerts)
            alert._go_on(self, reading, now)
        # A group that is not among the worst may have records all the same.
        all_told = len(readings) < GROUPS_AT_MOST
        for alert in standing.values():
            alert._go_on_without_records(rule._missing_value() if all_told else None, now)
        known = [reading for reading in readings if reading.value is not None]
        # Groups that are not there are calm where the figure is a count.
        return bool(known) or (not readings and rule._missing_value() is not None)

    def _told_errors(self, errors, now):
        """Tell what went wrong, in the log and on the alerts it is about.

        :param dict errors: exceptions by company
        :return: what the rule shows of it
        """
        if not errors:
            return {"last_error": False, "last_error_since": False}
        text = self._in_one_text(errors)
        if text != self.last_error:
            expected = all(isinstance(error, UserError) for error in errors.values())
            level = logging.INFO if expected else logging.WARNING
            _logger.log(level, "Alert rule “%s” could not be worked out: %s", self.name, text)
        # sudo: alerts are the engine's
        self.sudo().alert_ids.filtered(
            lambda alert: alert.company_id in errors and not alert.unknown_since
        ).write({"unknown_since": now})
        return {"last_error": text, "last_error_since": self.last_error_since or now}

    def _in_one_text(self, errors):
        """What went wrong and, of a rule of several companies, for which; the same once."""
        names = {}
        for company in sorted(errors, key=lambda each: each.id):
            error = errors[company]
            expected = isinstance(error, UserError)
            text = str(error) if expected else f"{type(error).__name__}: {error}"
            names.setdefault(" ".join(text.split())[:300], []).append(company.name)
        if self.company_id:
            return " ".join(names)
        return " ".join(f"{', '.join(each)}: {text}" for text, each in names.items())[:1000]

    def _keep(self, **values):
        """Write what the engine knows of the rule: no change of the rule, so nobody's name and no
        date of a change come with it."""
        self.flush_recordset()
        columns = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value or None) for name, value in values.items()
        )
        self.env.cr.execute(SQL("UPDATE ops_alert_rule SET %s WHERE id = %s", columns, self.id))
        self.invalidate_recordset(list(values), flush=False)
