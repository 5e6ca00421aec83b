from datetime import timedelta

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.tools import html2plaintext
from odoo.tools.misc import babel_locale_parse, format_date, format_datetime, get_lang

SHOWN = 100
TREND_DAYS = 14
MESSAGE_LENGTH = 400
# Icon and colour of a step; the words say the same.
LOOKS = {
    "raised": ("fa-bolt", "danger"),
    "repeated": ("fa-repeat", "warning"),
    "status": ("fa-flag", "info"),
    "owner": ("fa-user", "info"),
    "team": ("fa-users", "info"),
    "severity": ("fa-thermometer-half", "secondary"),
    "due": ("fa-clock-o", "secondary"),
    "cause": ("fa-search", "secondary"),
    "grouped": ("fa-object-group", "secondary"),
    "reviewed": ("fa-eye", "secondary"),
    "message": ("fa-comment-o", "secondary"),
}
CLOSED_LOOK = ("fa-check", "success")


class OpsException(models.Model):
    """What happened to an exception, as one list in the reader's language."""

    _inherit = "ops.exception"

    timeline = fields.Json(compute="_compute_timeline", string="What happened")

    @api.depends("step_ids", "message_ids")
    @api.depends_context("uid", "lang", "tz")
    def _compute_timeline(self):
        for exception in self:
            if not exception._origin.id:
                exception.timeline = False
                continue
            moments = [
                *((step.last_at or step.at, exception._tell(step)) for step in exception.step_ids),
                *exception._told_messages(),
            ]
            moments.sort(key=lambda each: each[0], reverse=True)
            exception.timeline = {
                "items": [
                    {"at": exception._moment(at), "ago": exception._ago(at), **told}
                    for at, told in moments[:SHOWN]
                ],
                "more": max(len(moments) - SHOWN, 0),
                "trend": exception._told_trend(),
            }

    def _tell(self, step):
        """A step in words: title, detail, who, icon and colour."""
        icon, colour = LOOKS[step.kind]
        if step.kind == "status" and step.new in ("resolved", "accepted"):
            icon, colour = CLOSED_LOOK
        return {
            "key": f"step-{step.id}",
            "icon": icon,
            "colour": colour,
            "title": self._step_title(step),
            "detail": self._step_detail(step),
            # sudo: the name of who did it
            "who": step.user_id.sudo().name if step.user_id and step.kind != "raised" else "",
        }

    def _step_title(self, step):
        words = self.env._
        if step.kind == "raised":
            if step.count > 1:
                return words("Raised: %s times at once", step.count)
            return words("Raised")
        if step.kind == "repeated":
            if step.count == 1:
                return words("Happened again")
            return words("Happened again %s times that day", step.count)
        if step.kind == "due":
            due = fields.Datetime.to_datetime(step.new)
            return words("Due: %s", self._moment(due) if due else words("no time"))
        if step.kind in ("status", "severity"):
            name = {"status": "state", "severity": "severity"}[step.kind]
            labels = dict(self._fields[name]._description_selection(self.env))
            label = labels.get(step.new, step.new)
            if step.kind == "status" and step.old in ("resolved", "accepted"):
                return words("Reopened: %s", label)
            return label if step.kind == "status" else words("Severity: %s", label)
        if step.kind == "grouped":
            if not step.new:
                return words("Looked at by itself again")
            return words("Same cause as “%s”", step.new)
        if step.kind == "reviewed":
            return words("Looked at in the daily review")
        nobody = words("nobody")
        titles = {
            "owner": words("Owner: %s", step.new or nobody),
            "team": words("Team: %s", step.new or nobody),
            "cause": words("Cause: %s", step.new or "–"),
        }
        return titles[step.kind]

    def _step_detail(self, step):
        parts = [step.note]
        if step.kind == "raised" and step.new:
            parts.append(self.env._("Given to %s", step.new))
        if step.kind == "status" and step.seconds:
            labels = dict(self._fields["state"]._description_selection(self.env))
            parts.append(
                self.env._(
                    "“%(status)s” for %(duration)s",
                    status=labels.get(step.old, step.old),
                    duration=self._duration(step.seconds),
                )
            )
        return " · ".join(filter(None, parts))

    def _told_messages(self):
        """What people wrote, and notes with words; what only tracks values the steps tell."""
        icon, colour = LOOKS["message"]
        for message in self.message_ids:
            text = html2plaintext(message.body or "").strip()
            if text and message.message_type != "user_notification":
                yield (
                    message.date,
                    {
                        "key": f"message-{message.id}",
                        "icon": icon,
                        "colour": colour,
                        "title": text[:MESSAGE_LENGTH],
                        "detail": "",
                        "who": message.author_id.sudo().name or "",  # sudo: the name
                    },
                )

    def _told_trend(self):
        """The last days with how often it happened; empty when it never happened again."""
        if self.occurrence_count < 2:
            return []
        trend = self._trend(TREND_DAYS)
        most = max(count for _day, count in trend) or 1
        return [
            {
                "day": format_date(self.env, day.date()),
                "count": count,
                "percent": round(100 * count / most),
            }
            for day, count in trend
        ]

    # -- words ------------------------------------------------------------------------------

    def _moment(self, moment):
        return format_datetime(self.env, moment, dt_format="short")

    def _ago(self, moment):
        """How long ago, such as “3 hours ago”."""
        return self._duration(
            min((moment - fields.Datetime.now()).total_seconds(), -1), add_direction=True
        )

    def _toward(self, moment):
        """How far a moment is: “in 3 hours”, “2 days ago”."""
        seconds = (moment - fields.Datetime.now()).total_seconds()
        return self._duration(seconds, add_direction=True)

    def _duration(self, seconds, **options):
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_timedelta(timedelta(seconds=seconds), locale=locale, **options)

    def _who_did(self, kind):
        """“ (Anna Berg, 3 minutes ago)” for the last step of a kind; empty when unknown."""
        step = self.step_ids.filtered(lambda each: each.kind == kind)[-1:]
        if not step.user_id:
            return ""
        # sudo: the name of who did it
        return f" ({step.user_id.sudo().name}, {self._ago(step.at)})"
