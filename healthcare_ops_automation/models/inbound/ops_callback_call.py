import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

TRIES = 10
TITLE_LIMIT = 100
DETAIL_LIMIT = 500
ERRORS_SHOWN = 20
ERROR_LIMIT = 200


class OpsCallbackCall(models.Model):
    """The log of an endpoint's callback address: every call, what became of it, and why.

    A call with a valid signature has a row of its own. Of what anybody can send who
    knows the address, and of calls over the rate limit, there is one row a minute and
    kind, which counts: nobody fills the database. Headers, secrets, bodies and values of fields
    are never written here.
    """

    _name = "ops.callback.call"
    _description = "Callback Call"
    _order = "called_at desc, id desc"
    _rec_name = "title"
    _log_access = False

    endpoint_id = fields.Many2one("ops.endpoint", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        readonly=True,
        help="Of the event that was answered, else of the endpoint.",
    )
    site_id = fields.Many2one("ops.site", index="btree_not_null", readonly=True)
    called_at = fields.Datetime(string="Called", required=True, readonly=True, index=True)
    last_at = fields.Datetime(
        string="Last called", required=True, readonly=True, help="Of the calls counted here."
    )
    status = fields.Integer(string="HTTP status", required=True, readonly=True, aggregator=None)
    outcome = fields.Selection(
        [("accepted", "Accepted"), ("repeated", "Repeated"), ("refused", "Refused")],
        required=True,
        readonly=True,
        help="Accepted: it took effect. Repeated: it had taken effect before, and got the stored "
        "answer. Refused: it had no effect; the problem says why.",
    )
    is_verified = fields.Boolean(
        string="Signature valid",
        readonly=True,
        help="The other system sent it. Else anybody may have who knows the address.",
    )
    call_count = fields.Integer(
        string="Calls",
        required=True,
        readonly=True,
        help="Calls without a valid signature and over the rate limit are counted by the minute.",
    )
    type_code = fields.Char(string="Type", readonly=True)
    webhook_id = fields.Char(string="Message ID", readonly=True)
    event_id = fields.Many2one(
        "ops.event",
        string="In reply to",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    size = fields.Integer(string="Bytes", readonly=True, aggregator="avg")
    duration_ms = fields.Integer(string="Time (ms)", readonly=True, aggregator="avg")
    source = fields.Char(string="Last source address", readonly=True)
    title = fields.Char(string="Problem", readonly=True)
    detail = fields.Char(string="What is wrong", readonly=True)
    errors = fields.Text(string="Fields", readonly=True, help="What is wrong with which field.")
    told_count = fields.Integer(
        string="Told of", readonly=True, help="So many of these calls an exception tells of."
    )

    _endpoint_idx = models.Index("(endpoint_id, called_at)")
    # Those that are counted together have no message of their own.
    _counted_uniq = models.UniqueIndex(
        "(endpoint_id, called_at, status, title, detail) WHERE webhook_id IS NULL"
    )
    _untold_idx = models.Index("(endpoint_id) WHERE status = 401 AND told_count < call_count")

    @api.depends("title", "outcome", "type_code")
    def _compute_display_name(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for call in self:
            about = call.title or call.type_code
            call.display_name = (
                f"{labels[call.outcome]}: {about}" if about else labels[call.outcome]
            )

    # -- writing --------------------------------------------------------------------------

    @api.model
    def _log_answered(self, call):
        """Write down a call that was answered, in the transaction of its effect: if that is run
        again, so is this.

        :param call: :class:`~core.call.Call`
        """
        values = {"status": 200, "outcome": "repeated" if call.is_repeated else "accepted"}
        try:
            with self.env.cr.savepoint(flush=False):
                self._insert(call, values)
        except psycopg2.Error:
            # What happened to the log must not change what happened.
            _logger.warning("A call of endpoint %s is not logged", call.endpoint_id, exc_info=True)

    @api.model
    def _log_refused(self, call, problem):
        """Write down a call that was refused, in a transaction begun after the rollback.

        :param call: :class:`~core.call.Call`; at an unknown address nothing is written
        :param problem: the :class:`~core.problem.Problem` it is answered with
        """
        for _try in range(TRIES):
            try:
                if not self._know_endpoint(call):
                    return
                if call.is_verified and call.webhook_id and problem.status != 429:
                    self._insert(call, self._problem_values(problem))
                else:
                    self._count(call, self._problem_values(problem))
                return
            except psycopg2.errors.SerializationFailure:
                # Another one counts on the same row: with a fresh snapshot it works.
                self.env.cr.rollback()
            except psycopg2.Error:
                self.env.cr.rollback()
                _logger.warning(
                    "A refusal of endpoint %s is not logged", call.endpoint_id, exc_info=True
                )
                return
        _logger.info("A refusal of endpoint %s is not counted: too many", call.endpoint_id)

    @api.model
    def _log_broken(self, call):
        """Write down a call that met an error of ours, in a transaction of its own: the
        request's is lost with the error."""
        values = {
            "status": 500,
            "outcome": "refused",
            "title": "Internal error",
            "detail": "An error in this system, which its log shows. The call had no effect.",
        }
        try:
            with self.env.registry.cursor() as cr:
                calls = self.with_env(self.env(cr=cr))
                if call.endpoint_id and call.webhook_id:
                    calls._insert(call, values)
        except psycopg2.Error:
            _logger.warning("A call of endpoint %s is not logged", call.endpoint_id, exc_info=True)

    @api.model
    def _problem_values(self, problem):
        errors = [text[:ERROR_LIMIT] for text in problem.errors[:ERRORS_SHOWN]]
        if len(problem.errors) > ERRORS_SHOWN:
            errors.append("…")
        return {
            "status": int(problem.status),
            "outcome": "refused",
            "title": problem.title[:TITLE_LIMIT],
            "detail": problem.detail[:DETAIL_LIMIT],
            "errors": "\n".join(errors) or None,
        }

    @api.model
    def _know_endpoint(self, call):
        """Find the endpoint of the address, for what was refused before it was looked up."""
        if not call.endpoint_id:
            # sudo: an address is looked up for the log, which the caller does not read
            endpoint = self.env["ops.callback"].sudo()._endpoint_at(call.token)
            call.endpoint_id = endpoint.id
            call.company_id = endpoint.company_id.id
        return call.endpoint_id

    @api.model
    def _insert(self, call, values):
        """A row for this very call."""
        now = SQL("now() AT TIME ZONE 'UTC'")
        values = {
            "endpoint_id": call.endpoint_id,
            "company_id": call.company_id or None,
            "site_id": call.site_id or None,
            "called_at": now,
            "last_at": now,
            "is_verified": call.is_verified,
            "call_count": 1,
            "told_count": 0,
            "type_code": call.type_code,
            "webhook_id": call.webhook_id,
            "event_id": call.event_id or None,
            "size": call.size,
            "duration_ms": call.duration_ms,
            "source": call.source,
            **values,
        }
        self._insert_values(values)

    @api.model
    def _count(self, call, values):
        """One more on the row of its minute and kind.

        :raise SerializationFailure: when another one counts at the same time
        """
        now = SQL("now() AT TIME ZONE 'UTC'")
        values = {
            "endpoint_id": call.endpoint_id,
            "company_id": call.company_id or None,
            "called_at": SQL("date_trunc('minute', now() AT TIME ZONE 'UTC')"),
            "last_at": now,
            "is_verified": call.is_verified,
            "call_count": 1,
            "told_count": 0,
            "source": call.source,
            **values,
        }
        self._insert_values(
            values,
            SQL(
                """ON CONFLICT (endpoint_id, called_at, status, title, detail)
                      WHERE webhook_id IS NULL
                   DO UPDATE SET call_count = logged.call_count + 1,
                          last_at = EXCLUDED.last_at, source = EXCLUDED.source"""
            ),
        )

    @api.model
    def _insert_values(self, values, on_conflict=None):
        self.env.cr.execute(
            SQL(
                "INSERT INTO ops_callback_call AS logged (%s) VALUES (%s) %s",
                SQL(", ").join(SQL.identifier(name) for name in values),
                SQL(", ").join(SQL("%s", value) for value in values.values()),
                on_conflict or SQL(),
            ),
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)
