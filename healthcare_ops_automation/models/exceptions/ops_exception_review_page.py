from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.misc import format_date, format_datetime

from .ops_exception_flow import MANAGER
from .ops_exception_review import GROUPS


class OpsExceptionReview(models.Model):
    """What the page of the daily review asks for and does (static/src/exception_review).

    Its methods are called by the web client; each checks the role and what may be read.
    """

    _inherit = "ops.exception.review"

    @api.model
    def page_open(self, review_id=None):
        """What the page shows at first: the review named, the one of today that goes on, or
        what one begun now would be about."""
        review = self.browse(review_id) if review_id else self._of_today()
        if review and review.state in ("open", "held", "missed"):
            return review.page_walk()
        return self.page_start(review.id or None)

    def _of_today(self):
        """Today's review that is not finished: the one the user holds or was asked to hold,
        before those of others."""
        found = self.search(
            [
                ("company_id", "=", self.env.company.id),
                ("date", "=", fields.Date.context_today(self)),
                ("state", "in", ("open", "planned")),
            ]
        )
        user = self.env.user
        mine = found.filtered(lambda each: user in (each.user_id or each.responsible_id))
        return (mine or found.filtered(lambda each: each.state == "open"))[:1]

    @api.model
    def page_start(self, review_id=None, site_ids=None):
        """What one begun now would be about, before anything is written.

        :param list site_ids: sites chosen on the page; None for those of the planned review
        """
        planned = self.browse(review_id or [])
        if planned:
            planned.check_access("read")
        company = planned.company_id or self.env.company
        sites = self.env["ops.site"].browse(site_ids) if site_ids is not None else planned.site_ids
        sites = self._own_sites(company, sites)
        draft = self.new({"company_id": company.id, "site_ids": [fields.Command.set(sites.ids)]})
        since = draft._last_before()
        found = self._to_look_at(company, sites, since) if self._may_hold() else []
        labels = self._group_labels()
        counts = {code: 0 for code, _label in GROUPS}
        for _exception, group in found:
            counts[group] += 1
        last = self.search([("company_id", "=", company.id), ("state", "=", "held")], limit=1)
        return {
            "mode": "start",
            "may_hold": self._may_hold(),
            "company": {"id": company.id, "name": company.name},
            "site_ids": sites.ids,
            "day": format_date(self.env, fields.Date.context_today(self), date_format="full"),
            "since": format_datetime(self.env, since, dt_format="short"),
            "groups": [
                {"code": code, "label": labels[code], "count": counts[code]} for code in counts
            ],
            "total": len(found),
            "last": last
            and {
                "id": last.id,
                "day": format_date(self.env, last.date),
                "by": last.user_id.sudo().name,  # sudo: the name
                "outcome": last.outcome,
            },
        }

    @api.model
    def page_begin(self, company_id, site_ids, participant_ids):
        """Begin the review and show it.

        :raise AccessError: for who may not hold one
        """
        company = self.env["res.company"].browse(company_id)
        company.check_access("read")
        sites = self.env["ops.site"].browse(site_ids)
        participants = self.env["res.users"].browse(participant_ids)
        participants.check_access("read")  # their names stand in the record
        return self._start(company, sites, participants).page_walk()

    def page_walk(self):
        """The review with its lines: where it stands."""
        self.ensure_one()
        self.check_access("read")
        labels = self._group_labels()
        return {
            "mode": "walk",
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "may_hold": self._may_hold() and self.state == "open",
            "may_finish": self._may_finish(),
            # sudo: the names of who took part
            "by": self.user_id.sudo().name or "",
            "participants": self.sudo().participant_ids.mapped("name"),
            "started": self.started_at
            and format_datetime(self.env, self.started_at, dt_format="short"),
            "finished": self.finished_at
            and format_datetime(self.env, self.finished_at, dt_format="short"),
            "minutes": self.minutes,
            "outcome": self.outcome or "",
            "lines": [line._shown(labels) for line in self._readable_lines()],
        }

    def _readable_lines(self):
        return self.line_ids._filtered_access("read")

    def page_decide(self, line_id, decision, values, note, seen):
        """Decide about one exception; the answer is its line as it is now."""
        self.ensure_one()
        line = self._readable_lines().filtered(lambda each: each.id == line_id)
        if not line:
            raise AccessError(
                self.env._("This exception is not in the review, or not at one of your sites.")
            )
        line._decide(decision, values or {}, note, seen)
        return line._shown(self._group_labels())

    def page_finish(self, outcome):
        """Record that it was held."""
        self.ensure_one()
        self._finish(outcome)
        return self.page_walk()

    def _may_hold(self):
        return self.env.user.has_group(MANAGER)

    def _group_labels(self):
        field = self.env["ops.exception.review.line"]._fields["group"]
        return dict(field._description_selection(self.env))


class OpsExceptionReviewLine(models.Model):
    """A line as the page shows it."""

    _inherit = "ops.exception.review.line"

    def _shown(self, labels):
        """The narrow part, for the list of all lines."""
        self.ensure_one()
        severities = dict(self._fields["severity"]._description_selection(self.env))
        decisions = dict(self._fields["decision"]._description_selection(self.env))
        return {
            "id": self.id,
            "exception_id": self.exception_id.id,
            "name": self.exception_name,
            "group": self.group,
            "group_label": labels[self.group],
            "severity": self.severity,
            "severity_label": severities.get(self.severity, ""),
            "site": self.site_id.sudo().name or "",  # sudo: the name of where it happened
            "decision": self.decision or "",
            "decision_label": decisions.get(self.decision, ""),
            "result": self.result or "",
            "note": self.note or "",
            "by": self.reviewed_by_id.sudo().name or "",  # sudo: the name
            "seen": fields.Datetime.to_string(self.reviewed_at) or "",
        }

    def page_details(self):
        """The exception as it is now: what happened, what to do, who, until when."""
        self.ensure_one()
        self.check_access("read")
        exception = self.exception_id
        exception.check_access("read")
        states = dict(exception._fields["state"]._description_selection(self.env))
        severities = dict(exception._fields["severity"]._description_selection(self.env))
        return {
            "id": exception.id,
            "name": exception.name,
            "reason": exception.reason,
            "manual": exception.manual_procedure or "",
            "state": exception.state,
            "state_label": states[exception.state],
            "is_open": exception.is_open,
            "severity": exception.severity,
            "severity_label": severities[exception.severity],
            "category": exception.category_id.name,
            "site": exception.site_id.display_name or "",
            "company_id": exception.company_id.id,
            "category_id": exception.category_id.id,
            "concerns": exception.res_name or "",
            "owner": exception.user_id.sudo().name or "",  # sudo: names of owner and team
            "user_id": exception.user_id.id,
            "team": exception.team_id.sudo().name or "",
            "team_id": exception.team_id.id,
            "due": exception.due_at and exception._moment(exception.due_at),
            "due_ago": exception.due_at and exception._toward(exception.due_at),
            "is_overdue": exception.is_overdue,
            "age_days": exception.age_days,
            "count": exception.occurrence_count,
            "grouped": exception.grouped_count,
            "waiting": exception.waiting_reason or "",
            "follow_up": exception.follow_up_date
            and format_date(self.env, exception.follow_up_date),
            "timeline": exception.timeline,
        }
