from odoo import api, fields, models

from ..exceptions.ops_exception import OPEN_STATES
from .failure_causes import story

# Deliveries given up that one run tells of; the next run goes on.
REPORTS = 1000
GIVEN_UP = "delivery_given_up"


class OpsDelivery(models.Model):
    """Telling people of dead letters: one exception an endpoint, company and cause, because one
    person can mend one cause at one endpoint."""

    _inherit = "ops.delivery"

    exception_id = fields.Many2one(
        "ops.exception",
        readonly=True,
        ondelete="set null",
        help="It tells that this delivery was given up, and stays open until it is settled.",
    )

    # Those that keep their exception open.
    _exception_idx = models.Index(
        "(exception_id) WHERE exception_id IS NOT NULL AND state NOT IN ('delivered', 'skipped')"
    )

    @api.model
    def _report_given_up(self):
        """Open or count exceptions for what was given up.

        Found by its state and not by the batch: what could not be told in one run is told in
        the next.
        """
        unreported = [("state", "=", "dead"), ("reported", "=", False)]
        deliveries = self.search(unreported, order="id", limit=REPORTS)
        places = deliveries.grouped(lambda d: (d.endpoint_id, d.company_id, d.failure_cause))
        for _place, group in places.items():
            group.write({"reported": True, "exception_id": group._tell_given_up().id})

    def _tell_given_up(self):
        """The exception that tells of these, all of one endpoint, company and cause.

        Of several sites it belongs to none, so that each of them sees it, and then it does not
        name the record of one of them to the others.
        """
        last = self[-1]
        endpoint, company, cause = last.endpoint_id, last.company_id, last.failure_cause
        key = f"given_up:{endpoint.id}:{cause or 'other'}"
        known = self.env["ops.exception"].search(
            [
                ("category_id.code", "=", GIVEN_UP),
                ("company_id", "=", company.id),
                ("cause_key", "=", key),
                ("state", "in", OPEN_STATES),
            ]
        )
        sites = [delivery.site_id for delivery in self] + [each.site_id for each in known]
        is_one = all(site == last.site_id for site in sites)
        site = last.site_id if is_one else last.site_id.browse()
        about = {
            "endpoint_id": endpoint.id,
            "failure_cause": cause or "other",
        }
        exception = self.env["ops.exception"]._raise_exception(
            GIVEN_UP,
            self._given_up_reason(endpoint, company, cause, is_one),
            record=endpoint,
            event=last.event_id if is_one else None,
            cause_key=key,
            count=len(self),
            place=(company, site),
            facts=about,
            owner=endpoint.owner_id,
        )
        if known and known.site_id != site:
            known.write({"site_id": False, "event_id": False})
        return exception

    def _given_up_reason(self, endpoint, company, cause, names_record):
        """What happened in words: how many are dead by now, and the last of them."""
        last = self[-1]
        count = self.search_count(
            [
                ("endpoint_id", "=", endpoint.id),
                ("company_id", "=", company.id),
                ("failure_cause", "=", cause),
                ("state", "=", "dead"),
            ]
        )
        told = story(
            self.env,
            cause,
            endpoint=endpoint.name,
            events=self._events_in_words(count),
            status=last.last_status or "–",
        )
        event = last.event_id
        return self.env._(
            "%(story)s The last: %(event)s, after %(attempts)s: %(problem)s",
            story=told,
            event=event.display_name if names_record else event.type_id.name or event.type_code,
            attempts=self._attempts_in_words(last.attempt_count - last.uncounted),
            problem=last.last_error or self.env._("no reason known."),
        )

    @api.model
    def _events_in_words(self, count):
        return self.env._("1 event") if count == 1 else self.env._("%s events", count)

    @api.model
    def _attempts_in_words(self, count):
        return self.env._("1 attempt") if count == 1 else self.env._("%s attempts", count)
