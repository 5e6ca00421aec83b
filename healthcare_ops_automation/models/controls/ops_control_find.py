from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime, split_every

from ..time.resource_calendar import WorkingTimes
from .ops_control_check import Finding

CHUNK = 1000


class OpsControl(models.Model):
    """What each kind of control finds.

    A method ``_find_<kind>`` takes the model's records as the engine works with them, the domain of
    the state, the present moment (naive UTC) and the :class:`Look` of the run, and yields
    :class:`Finding`.
    """

    _inherit = "ops.control"

    def _find_too_long(self, records, in_state, now, look):
        # Hours worked are never more than hours gone by, so this finds all candidates. A day
        # begins at another moment elsewhere: two days' margin where the field is a date.
        long_ago = now - timedelta(hours=self.limit_hours)
        if self.date_field_id.ttype == "date":
            long_ago = (long_ago + timedelta(days=2)).date()
        candidates = records.search(
            in_state & Domain(self.date_field_id.name, "<=", long_ago), order="id"
        )
        times, limit = WorkingTimes(), self.limit_hours * 3600
        calendars = self.env["resource.calendar"]
        for record, place, since in self._placed(candidates, look):
            company, site = place
            calendar = calendars
            if self.hours == "site":
                calendar = site.resource_calendar_id or company.resource_calendar_id
            due = times.due(calendar.with_env(self.env), since, limit, company)
            if due and due <= now:
                yield Finding(record, since, place, self._too_long_in_words(since, place))

    def _find_in_state(self, records, in_state, now, look):
        for record, place, since in self._placed(records.search(in_state, order="id"), look):
            since = since or now
            reason = self.env._(
                "%(control)s: in this state since %(since)s.",
                control=self.name,
                since=self._moment_in_words(since, place),
            )
            yield Finding(record, since, place, reason)

    def _find_too_many(self, records, in_state, now, look):
        name = self.group_field_id.name
        counted = records.search(in_state & Domain(name, "!=", False), order="id")
        groups = {}
        for record, place, since in self._placed(counted, look):
            groups.setdefault((record[name], place[0]), []).append((since or now, place[1]))
        for (whose, company), members in groups.items():
            if len(members) <= self.limit_count:
                continue
            moments, sites = [since for since, _site in members], {site for _since, site in members}
            place = company, sites.pop() if len(sites) == 1 else self.env["ops.site"]
            reason = self.env._(
                "%(control)s: %(count)s with %(whose)s, the oldest since %(since)s. More than "
                "%(limit)s are too many.",
                control=self.name,
                count=len(members),
                whose=whose.display_name,
                since=self._moment_in_words(min(moments), place),
                limit=self.limit_count,
            )
            # It is so since there was one too many.
            yield Finding(whose, sorted(moments)[self.limit_count], place, reason)

    # -- where, and since when ------------------------------------------------------------

    def _placed(self, records, look):
        """(record, (company, site), since when) of those the control looks at."""
        since_field = self.date_field_id.name
        for ids in split_every(CHUNK, records.ids):
            for record in records.browse(ids):
                try:
                    [place] = record._ops_place()
                except ValidationError:
                    look.homeless.add(record.id)
                    continue
                company, site = place
                if self._covers(company, site):
                    yield record, place, self._moment(record[since_field], site, company)

    def _covers(self, company, site):
        """Whether the control looks at records of this place."""
        if self.company_id and self.company_id.id != company.id:
            return False
        path = (site.parent_path or "").split("/")
        return not self.site_id or str(self.site_id.id) in path

    @api.model
    def _moment(self, value, site, company):
        """A date begins at midnight where the site is."""
        if not value or isinstance(value, datetime):
            return value
        zone = pytz.timezone(self._tz_of(site, company))
        midnight = zone.localize(fields.Datetime.to_datetime(value))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _tz_of(self, site, company):
        return site.tz or company.resource_calendar_id.tz or "UTC"

    def _moment_in_words(self, moment, place):
        company, site = place
        tz = self._tz_of(site, company)
        return f"{format_datetime(self.env, moment, tz=tz, dt_format='short')} ({tz})"

    def _too_long_in_words(self, since, place):
        says = {
            "site": self.env._("more than %s hours of working time"),
            "clock": self.env._("more than %s hours"),
        }[self.hours]
        return self.env._(
            "%(control)s: in this state since %(since)s, %(limit)s.",
            control=self.name,
            since=self._moment_in_words(since, place),
            limit=says % f"{self.limit_hours:g}",
        )
