import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime, split_every

from ..domains import parse_domain
from ..time.resource_calendar import WorkingTimes
from ..worker import CONFLICTS

_logger = logging.getLogger(__name__)

CHUNK = 1000
# New exceptions of one run: more at once would bury the queue; the rest follows at the next run.
OPENED_MOST = 500
FAILED_CATEGORY = "control_failed"
RUN_CRON = "healthcare_ops_automation.cron_run_controls"
# No control is begun later than this in a run of the scheduled action.
RUN_SECONDS = 20


@dataclass
class _Look:
    """What a run saw so far: since when each finding is in the state, and what it could not
    judge."""

    checked: int = 0
    since: dict = field(default_factory=dict)
    homeless: set = field(default_factory=set)
    opened: int = 0
    closed: int = 0
    left_over: int = 0


class OpsControl(models.Model):
    """Looking: which records are too long in the state, and what follows for exceptions."""

    _name = "ops.control"
    _inherit = ["ops.control", "ops.worker"]

    @api.model
    def _cron_run_due(self):
        """Run the controls that are due, each once and in a transaction of its own; begin none
        after 20 seconds."""
        end, taken = time.monotonic() + RUN_SECONDS, []
        while time.monotonic() < end:
            before = len(taken)
            self._despite_conflicts(lambda: self._run_next(taken), 1)
            if len(taken) == before:
                return
        self.env.ref(RUN_CRON)._trigger()

    @api.model
    def _run_next(self, taken):
        """Run one control that is due, if there is one that others do not have in hand.

        :param list taken: ids that had their turn; the one that is run is added, so that one
            that cannot even be written down as failed holds up no other
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM ops_control
                    WHERE active AND next_run_at <= %s AND id <> ALL(%s::int[])
                    ORDER BY next_run_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                taken,
            )
        )
        for (control_id,) in rows:
            try:
                self._ops_engine().browse(control_id)._run()
            except CONFLICTS:
                raise  # run again, so it had no turn yet
            except Exception:
                taken.append(control_id)
                raise
            taken.append(control_id)

    def _run(self):
        """Look once, and write down what came of it; a control that fails is told of.

        :return: the ``ops.control.run``
        """
        self.ensure_one()
        started = fields.Datetime.now()
        values = {"control_id": self.id, "company_id": self.company_id.id, "started_at": started}
        try:
            with self.env.cr.savepoint():
                look = self._look(started)
            values |= {
                "state": "done",
                "checked": look.checked,
                "findings": len(look.since),
                "opened": look.opened,
                "closed": look.closed,
                "error": self._remarks(look),
            }
        except CONFLICTS:
            raise
        except Exception as error:
            expected = isinstance(error, UserError)
            level = logging.INFO if expected else logging.WARNING
            _logger.log(level, "Control %s failed", self.code, exc_info=not expected)
            problem = str(error) if expected else f"{type(error).__name__}: {error}"
            values |= {"state": "failed", "error": problem}
            self.env["ops.exception"]._raise_exception(FAILED_CATEGORY, problem, self)
        run = self.env["ops.control.run"].create({**values, "finished_at": fields.Datetime.now()})
        self.write({"last_run_id": run.id, "next_run_at": self._following_run(started)})
        return run

    def _remarks(self, look):
        remarks = []
        if look.left_over:
            remarks.append(
                self.env._(
                    "%s more are left to the next run, not to bury the queue.", look.left_over
                )
            )
        if look.homeless:
            remarks.append(
                self.env._("%s belong to no company and could not be judged.", len(look.homeless))
            )
        return " ".join(remarks) or False

    def _look(self, now):
        """Find what is too long in the state, open and close exceptions.

        :param datetime now: naive UTC
        :return: :class:`_Look`
        """
        model = self.env.get(self.model_name)
        if model is None:
            raise UserError(self.env._("What it looks at is not installed any more."))
        # sudo: a control looks at all records of its places, whoever may see them
        records = model.sudo()._ops_engine()
        in_state = parse_domain(self.env, self.domain, self._label("domain"))
        since_field = self.date_field_id.name
        look = _Look(checked=records.search_count(in_state))
        # Hours worked are never more than hours gone by, so this finds all candidates. A day
        # begins at another moment elsewhere: two days' margin where the field is a date.
        long_ago = now - timedelta(hours=self.limit_hours)
        if self.date_field_id.ttype == "date":
            long_ago = (long_ago + timedelta(days=2)).date()
        candidates = records.search(in_state & Domain(since_field, "<=", long_ago), order="id")
        times = WorkingTimes()
        for ids in split_every(CHUNK, candidates.ids):
            self._judge(records.browse(ids), since_field, now, look, times)
        self._close_settled(look)
        self._open_new(records, look)
        return look

    def _judge(self, records, since_field, now, look, times):
        """Note which of the records are in the state for too long."""
        limit = self.limit_hours * 3600
        calendars = self.env["resource.calendar"]
        for record in records:
            try:
                [(company, site)] = record._ops_place()
            except ValidationError:
                look.homeless.add(record.id)
                continue
            if not self._covers(company, site):
                continue
            since = self._moment(record[since_field], site, company)
            calendar = calendars
            if self.hours == "site":
                calendar = site.resource_calendar_id or company.resource_calendar_id
            due = times.due(calendar.with_env(self.env), since, limit, company)
            if due and due <= now:
                look.since[record.id] = since

    def _covers(self, company, site):
        """Whether the control looks at records of this place."""
        if self.company_id and self.company_id.id != company.id:
            return False
        path = (site.parent_path or "").split("/")
        return not self.site_id or str(self.site_id.id) in path

    @api.model
    def _moment(self, value, site, company):
        """A date begins at midnight where the site is."""
        if isinstance(value, datetime):
            return value
        zone = pytz.timezone(site.tz or company.resource_calendar_id.tz or "UTC")
        midnight = zone.localize(fields.Datetime.to_datetime(value))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)

    # -- exceptions -----------------------------------------------------------------------

    def _findings(self, *domain):
        exceptions = self.env["ops.exception"].sudo()._ops_engine()  # sudo: as for _look
        return exceptions.search([("control_id", "=", self.id), *domain])

    def _close_settled(self, look):
        opened = self._findings(("is_open", "=", True))
        # Of records that could not be judged nobody knows.
        found = look.since.keys() | look.homeless
        settled = opened.filtered(
            lambda each: each.res_model != self.model_name or each.res_id not in found
        )
        if settled:
            settled.write(
                {
                    "state": "resolved",
                    "resolution": self.env._(
                        "“%(control)s” does not find it any more: the record left the state, or "
                        "does not exist any more.",
                        control=self.name,
                    ),
                }
            )
        look.closed = len(settled)

    def _open_new(self, records, look):
        """Open an exception for each finding that has none; what stays found is no repeat, and
        what a person accepted stays accepted for as long as the record does not move."""
        known = set(self._findings(("is_open", "=", True)).mapped("res_id"))
        accepted = self._findings(
            ("state", "=", "accepted"),
            ("res_model", "=", self.model_name),
            ("res_id", "in", list(look.since)),
        )
        known |= {each.res_id for each in accepted if each.first_seen >= look.since[each.res_id]}
        new = [record_id for record_id in look.since if record_id not in known]
        look.left_over = len(new[OPENED_MOST:])
        for record in records.browse(new[:OPENED_MOST]):
            self.env["ops.exception"]._raise_exception(
                self.category_id.code,
                self._reason(record, look.since[record.id]),
                record,
                severity=self.severity,
                cause_key=f"control:{self.id}:{record._name},{record.id}",
                facts={"control_id": self.id},
            )
        look.opened = len(new[:OPENED_MOST])

    def _reason(self, record, since):
        company, site = record._ops_place()[0]
        tz = site.tz or company.resource_calendar_id.tz or "UTC"
        says = {
            "site": self.env._("more than %s hours of working time"),
            "clock": self.env._("more than %s hours"),
        }[self.hours]
        return self.env._(
            "%(control)s: in this state since %(since)s (%(tz)s), %(limit)s.",
            control=self.name,
            since=format_datetime(self.env, since, tz=tz, dt_format="short"),
            tz=tz,
            limit=says % f"{self.limit_hours:g}",
        )
