import logging
from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models

from ..parameters import REVIEW_HOURS
from ..service_levels.guard import NOT_OURS, undoable
from ..time.resource_calendar import WorkingTimes
from .ops_exception_flow import MANAGER

_logger = logging.getLogger(__name__)


class OpsSite(models.Model):
    _inherit = "ops.site"

    daily_review = fields.Boolean(
        string="Daily exception review",
        default=True,
        tracking=True,
        help="On each working day somebody looks at the open exceptions. When nobody has, some "
        "hours after opening (Settings), the site manager is reminded.",
    )

    def _today(self, now):
        """The date on the site's walls."""
        return utc.localize(now).astimezone(timezone(self.tz or "UTC")).date()

    def _midnight(self, now):
        """When the site's day began, in naive UTC."""
        zone = timezone(self.tz or "UTC")
        begin = zone.localize(datetime.combine(self._today(now), time()))
        return begin.astimezone(utc).replace(tzinfo=None)

    def _review_responsible(self):
        """Who holds the review of the site: its manager, or that of the site it is part of; who
        may hold it before who may not."""
        people = self.manager_id.filtered("active")
        people |= self._ops_line_manager(self.manager_id, self)
        return (people.filtered(lambda person: person.has_group(MANAGER)) or people)[:1]


class OpsExceptionReview(models.Model):
    """Reminding of the daily review, in the working hours of each site."""

    _inherit = "ops.exception.review"

    @api.model
    def _cron_remind(self, now=None):
        """Ask for today's review where none was held, and note which were not held before.

        :param datetime now: instead of the present, naive UTC
        """
        now = now or fields.Datetime.now()
        self._note_missed(now)
        wanting = self._sites_wanting(now)
        places = wanting.grouped(
            lambda site: (site.company_id, site._review_responsible(), site._today(now))
        )
        for (company, responsible, day), sites in places.items():
            try:
                with undoable(self.env):
                    self._plan(company, responsible, day, sites)
            except NOT_OURS:
                raise
            except Exception:
                # The others are asked all the same; this one is tried again in an hour.
                _logger.exception("Nobody could be asked for the review of %s", sites)

    @api.model
    def _sites_wanting(self, now):
        """Sites with open exceptions that have been at work for long enough today without that
        anybody has begun the review."""
        opened = self.env["ops.exception"]._read_group([("is_open", "=", True)], ["site_id"])
        sites = self.env["ops.site"].browse([site.id for (site,) in opened if site])
        hours, times = REVIEW_HOURS.value(self.env), WorkingTimes()
        found = self.env["ops.site"]
        for site in sites.filtered(lambda each: each.active and each.daily_review):
            begin = site._midnight(now)
            worked = times.elapsed(site.resource_calendar_id, begin, now, site.company_id)
            if worked >= hours * 3600 and site._review_responsible():
                if not self._covering(site, site._today(now)):
                    found += site
        return found

    def _covering(self, site, day):
        """Reviews of that day that are about a site: held, being held or asked for."""
        reviews = self.search(
            [
                ("company_id", "=", site.company_id.id),
                ("date", "=", day),
                ("state", "in", ("planned", "open", "held")),
            ]
        )
        return reviews.filtered(lambda each: not each.site_ids or site._is_within(each.site_ids))

    def _plan(self, company, responsible, day, sites):
        """A review to be held, and an activity that tells who should."""
        review = self.create(
            {
                "date": day,
                "company_id": company.id,
                "site_ids": [fields.Command.set(sites.ids)],
                "scope_key": self._scope_key(sites),
                "state": "planned",
                "responsible_id": responsible.id,
            }
        )
        review.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=day,
            user_id=responsible.id,
            summary=self.env._("Hold the daily exception review"),
            note=self.env._(
                "Open exceptions were not looked at together yet today. Open the review and "
                "choose “Hold it”."
            ),
        )

    def _days(self, now):
        """The dates on the walls of the places it is about."""
        sites = self.site_ids or self.env["ops.site"].search(
            [("company_id", "=", self.company_id.id)]
        )
        if sites:
            return {site._today(now) for site in sites}
        zone = timezone(self.company_id.resource_calendar_id.tz or "UTC")
        return {utc.localize(now).astimezone(zone).date()}

    @api.model
    def _note_missed(self, now):
        """What was asked for or begun on an earlier day and not finished, was not held."""
        unfinished = self.search(
            [("state", "in", ("planned", "open")), ("date", "<", now.date() + timedelta(days=1))]
        )
        for review in unfinished:
            if all(review.date < today for today in review._days(now)):
                review.activity_unlink(["mail.mail_activity_data_todo"])
                review.state = "missed"
