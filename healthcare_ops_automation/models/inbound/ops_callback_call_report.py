from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...core import signing
from ..exceptions.ops_exception import OPEN_STATES

CATEGORY = "callback_refused"
# So long nothing may have been refused before the exception closes itself.
QUIET_MINUTES = 60


class OpsCallbackCall(models.Model):
    """Refused signatures told to a person: a secret changed on one side only, a clock that is
    wrong, or somebody who has no business here."""

    _inherit = "ops.callback.call"

    @api.model
    def _report_refused(self):
        """Open an exception for each endpoint that refused signatures, or count on it.

        Found by what was not told of yet: what fails in one run is told in the next.
        """
        refused = self.env.execute_query(
            SQL(
                """WITH told AS (
                       UPDATE ops_callback_call new
                          SET told_count = old.call_count
                         FROM (SELECT id, call_count, call_count - told_count AS more
                                 FROM ops_callback_call
                                WHERE status = 401 AND told_count < call_count
                                  FOR UPDATE SKIP LOCKED) AS old
                        WHERE new.id = old.id
                    RETURNING new.endpoint_id, new.last_at, new.detail, new.source, old.more)
                   SELECT endpoint_id, sum(more), (array_agg(detail ORDER BY last_at DESC))[1],
                          (array_agg(source ORDER BY last_at DESC))[1]
                     FROM told GROUP BY endpoint_id ORDER BY endpoint_id"""
            )
        )
        self.invalidate_model(flush=False)
        for endpoint_id, count, detail, source in refused:
            endpoint = self.env["ops.endpoint"].browse(endpoint_id)
            known = endpoint._refusals_told()
            self.env["ops.exception"]._raise_exception(
                CATEGORY,
                endpoint._refusal_reason(known.occurrence_count + count, detail, source),
                record=endpoint,
                cause_key=endpoint._refusal_cause(),
                count=count,
                owner=endpoint.owner_id,
            )

    @api.model
    def _close_refused(self):
        """Close what told of refusals once calls are verified again and none was refused for
        an hour."""
        told = self.env["ops.exception"].search(
            [("category_id.code", "=", CATEGORY), ("state", "in", OPEN_STATES)]
        )
        for exception in told.filtered(lambda each: each.res_model == "ops.endpoint"):
            endpoint = self.env["ops.endpoint"].browse(exception.res_id).exists()
            if endpoint and endpoint._is_answering_again():
                exception.write(
                    {
                        "state": "resolved",
                        "resolution": self.env._("Its calls are verified again."),
                    }
                )


class OpsEndpoint(models.Model):
    _inherit = "ops.endpoint"

    def _refusal_cause(self):
        return f"{CATEGORY}:{self.id}"

    def _refusals_told(self):
        """The open exception that tells of refused signatures, if there is one."""
        cause = [("cause_key", "=", self._refusal_cause()), ("state", "in", OPEN_STATES)]
        return self.env["ops.exception"].search(cause, limit=1)

    def _refusal_reason(self, count, detail, source):
        """How many calls were refused, what was wrong with the last one, and where to look."""
        advice = {
            signing.MISMATCH: self.env._(
                "The signature does not match. The secret may have been changed on one side "
                "only: compare the callback secret here with the one the other system signs with."
            ),
            signing.STALE: self.env._(
                "It was signed more than five minutes ago, or ahead of time. One of the clocks "
                "may be wrong, or somebody sends an old call again."
            ),
            signing.UNSIGNED: self.env._(
                "It was not signed at all. The other system may not sign yet, or somebody "
                "tries the address."
            ),
        }.get(detail, detail)
        return self.env._(
            "%(count)s calls to “%(endpoint)s” were refused, the last one from %(address)s: "
            "%(advice)s",
            count=count,
            endpoint=self.name,
            address=source or self.env._("an unknown address"),
            advice=advice,
        )

    def _is_answering_again(self):
        """Whether a verified call came after the last refused one, which is an hour ago."""
        calls = self.env["ops.callback.call"]
        refused = [("endpoint_id", "=", self.id), ("status", "=", 401)]
        last = calls.search(refused, order="last_at desc", limit=1)
        if last.last_at and last.last_at > fields.Datetime.now() - timedelta(minutes=QUIET_MINUTES):
            return False
        verified = [("endpoint_id", "=", self.id), ("is_verified", "=", True)]
        later = [("last_at", ">", last.last_at)] if last else []
        return bool(calls.search_count([*verified, *later], limit=1))
