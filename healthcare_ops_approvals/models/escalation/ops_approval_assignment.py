from markupsafe import Markup

from odoo import models
from odoo.tools import format_datetime, plaintext2html


class OpsApprovalAssignment(models.Model):
    _inherit = "ops.approval.assignment"

    def _remind(self, words):
        """Remind who is asked, and who stands in for them: one message a person, in the person's
        language.

        :param words: says of a request what the message tells; where it says nothing, since when
            and until when the request waits
        :return: who was reminded
        """
        told = self._to_be_told()
        for user, seats in told.items():
            requests = seats.with_context(lang=user.lang).request_id
            body = Markup().join(
                plaintext2html(text) if (text := words(request)) else request._waits_in_words(user)
                for request in requests
            )
            if len(requests) == 1:
                subject = requests.env._("Reminder: please approve %s", requests.res_name)
            else:
                subject = requests.env._("Reminder: please approve %s requests", len(requests))
            requests._notify(user, subject, body)
        return self.user_id.browse(user.id for user in told)


class OpsApprovalRequest(models.Model):
    _inherit = "ops.approval.request"

    def _waits_in_words(self, user):
        """That it waits, since when and until when, in the person's own time."""
        tz = user.tz or self.site_id.tz or self.company_id.resource_calendar_id.tz or "UTC"

        def moment(value):
            return f"{format_datetime(self.env, value, tz=tz, dt_format='short')} ({tz})"

        says = self.env._(
            "“%(request)s” waits for your decision since %(since)s.",
            request=self.display_name,
            since=moment(self._open_since()),
        )
        if self.due_at:
            due = moment(self.due_at)
            says += " " + (
                self.env._("It was due on %s.", due)
                if self.is_overdue
                else self.env._("It is due on %s.", due)
            )
        return Markup("<p>%s</p>") % says

    def _open_since(self):
        """Since when the first of the open stages waits."""
        stages = self._present_stages().filtered(lambda each: each.state == "open")
        return min(stages.mapped("opened_at"), default=self.submitted_at)
