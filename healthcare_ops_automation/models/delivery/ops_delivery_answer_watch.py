from odoo import api, models
from odoo.tools import SQL

from ..exceptions.ops_exception import OPEN_STATES

CATEGORY = "answer_overdue"
BATCH = 5000
BATCHES = 100
# Unanswered deliveries that one run tells of; the next run goes on.
REPORTS = 1000


class OpsDelivery(models.Model):
    """Missing answers are noticed: one exception an endpoint, company and event type.

    Each step finds its work by state, through an index that holds only what is watched for.
    """

    _inherit = "ops.delivery"

    @api.model
    def _cron_watch_answers(self):
        """Tell of answers that did not come and of calls that were refused; close what has
        mended itself."""
        for _batch in range(BATCHES):
            if (self._despite_conflicts(self._check_off_answers) or 0) < BATCH:
                break
        self._despite_conflicts(self._report_unanswered)
        self._despite_conflicts(self._close_answered)
        calls = self.env["ops.callback.call"]
        self._despite_conflicts(calls._report_refused)
        self._despite_conflicts(calls._close_refused)

    @api.model
    def _check_off_answers(self):
        """Stop watching for what was due and is answered, or is not expected any more; how
        many."""
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery SET answer_checked = TRUE
                    WHERE id IN (
                          SELECT d.id FROM ops_delivery d
                            JOIN ops_endpoint e ON e.id = d.endpoint_id
                           WHERE %(watched)s
                             AND (e.answers_expected IS NOT TRUE OR e.user_id IS NULL
                                  OR EXISTS (SELECT FROM ops_callback c WHERE %(answer)s))
                           LIMIT %(batch)s
                             FOR NO KEY UPDATE OF d SKIP LOCKED)""",
                watched=self._is_watched(),
                answer=self._is_answer(),
                batch=BATCH,
            )
        )
        self.invalidate_model(flush=False)
        return self.env.cr.rowcount

    @api.model
    def _report_unanswered(self):
        """Open an exception for what was due and is not answered, or count on it."""
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ops_delivery d
                    WHERE %(watched)s AND d.answer_reported IS NOT TRUE
                      AND NOT EXISTS (SELECT FROM ops_callback c WHERE %(answer)s)
                    ORDER BY d.answer_due_at, d.id LIMIT %(limit)s
                      FOR NO KEY UPDATE SKIP LOCKED""",
                watched=self._is_watched(),
                answer=self._is_answer(),
                limit=REPORTS,
            )
        )
        overdue = self.browse(row[0] for row in rows)
        overdue.answer_reported = True
        overdue.flush_recordset(["answer_reported"])
        places = overdue.grouped(lambda d: (d.endpoint_id, d.company_id, d.event_id.type_code))
        for (endpoint, company, type_code), group in places.items():
            told = self._unanswered(endpoint.id, company.id, type_code)
            self.env["ops.exception"]._raise_exception(
                CATEGORY,
                told._unanswered_reason(),
                event=told[0].event_id,
                cause_key=self._answer_cause(endpoint.id, type_code),
                count=len(group),
                owner=endpoint.owner_id,
                facts={"endpoint_id": endpoint.id},
            )

    @api.model
    def _close_answered(self):
        """Close what told of missing answers that have come; stop watching for those that a
        person has dealt with."""
        told = self.env["ops.exception"].search(
            [
                ("category_id.code", "=", CATEGORY),
                ("cause_key", "=like", f"{CATEGORY}:%"),
                ("state", "in", OPEN_STATES),
            ]
        )
        for exception in told:
            _word, endpoint_id, type_code = exception.cause_key.split(":", 2)
            if not self._unanswered(int(endpoint_id), exception.company_id.id, type_code, limit=1):
                exception.write(
                    {
                        "state": "resolved",
                        "resolution": self.env._("All of its answers have come in."),
                    }
                )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery SET answer_checked = TRUE
                    WHERE id IN (
                          SELECT d.id FROM ops_delivery d
                            JOIN ops_event event ON event.id = d.event_id
                           WHERE %(watched)s AND d.answer_reported
                             AND NOT EXISTS (
                                 SELECT FROM ops_exception x
                                   JOIN ops_exception_category category
                                        ON category.id = x.category_id
                                  WHERE category.code = %(code)s AND x.company_id = d.company_id
                                    AND x.cause_key = concat_ws(
                                        ':', %(code)s::text, d.endpoint_id, event.type_code)
                                    AND x.state IN %(open)s)
                           LIMIT %(batch)s
                             FOR NO KEY UPDATE OF d SKIP LOCKED)""",
                watched=self._is_watched(),
                code=CATEGORY,
                open=OPEN_STATES,
                batch=BATCH,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _is_watched(self):
        """SQL: the answer to delivery ``d`` is due, and watched for."""
        return SQL("d.answer_checked IS NOT TRUE AND d.answer_due_at <= now() AT TIME ZONE 'UTC'")

    @api.model
    def _answer_cause(self, endpoint_id, type_code):
        return f"{CATEGORY}:{endpoint_id}:{type_code}"

    @api.model
    def _unanswered(self, endpoint_id, company_id, type_code, limit=None):
        """What an exception tells of and is still not answered, the longest due first."""
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ops_delivery d
                     JOIN ops_event event ON event.id = d.event_id
                    WHERE %(watched)s AND d.answer_reported
                      AND d.endpoint_id = %(endpoint)s AND d.company_id = %(company)s
                      AND event.type_code = %(type_code)s
                      AND NOT EXISTS (SELECT FROM ops_callback c WHERE %(answer)s)
                    ORDER BY d.answer_due_at, d.id LIMIT %(limit)s""",
                watched=self._is_watched(),
                endpoint=endpoint_id,
                company=company_id,
                type_code=type_code,
                answer=self._is_answer(),
                limit=limit,
            )
        )
        return self.browse(row[0] for row in rows)

    def _unanswered_reason(self):
        """What was taken and not answered, in words; the first is the one due longest."""
        first = self[0]
        event_type = first.event_id.type_id
        facts = {
            "endpoint": first.endpoint_id.name,
            "count": len(self),
            "type": event_type.name or first.event_id.type_code,
            "minutes": f"{event_type.answer_within:g}",
            "record": first.event_id.record_name,
        }
        if len(self) == 1:
            return self.env._(
                "“%(endpoint)s” took the event “%(type)s” about %(record)s and has not answered "
                "within %(minutes)s minutes.",
                **facts,
            )
        return self.env._(
            "“%(endpoint)s” took %(count)s events “%(type)s” and has not answered within "
            "%(minutes)s minutes; the first: %(record)s.",
            **facts,
        )
