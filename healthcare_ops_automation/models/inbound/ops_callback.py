import re
import time
from contextlib import nullcontext

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, LockError, UserError
from odoo.tools import SQL

from ...core import signing
from ...core.call import Call
from ...core.causation import Cause, caused_by
from ...core.contract import DECLARED, ContractError, problems
from ...core.envelope import CallbackEnvelope, naive_utc, parse_json_object
from ...core.problem import Problem

TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_BODY_BYTES = 256 * 1024


def check_size(size):
    """Refuse a body of more than 256 KB.

    :raise Problem: 413
    """
    if size > MAX_BODY_BYTES:
        raise Problem(413, "Too large", f"At most {MAX_BODY_BYTES} bytes are accepted.")


class OpsCallback(models.Model):
    """The answer of another system to one of our events, or what it tells by itself: it takes
    effect once.

    The unique id is inserted first; effect and stored answer follow in the same
    transaction. A replay finds the id and gets the stored answer. Of two at once, the
    second waits for the first, conflicts, is run again by Odoo and finds the answer.
    """

    _name = "ops.callback"
    _description = "Callback"
    _order = "id desc"
    _rec_name = "webhook_id"
    _log_access = False

    endpoint_id = fields.Many2one(
        "ops.endpoint", required=True, index=True, ondelete="restrict", readonly=True
    )
    webhook_id = fields.Char(string="Message ID", required=True, readonly=True)
    type_code = fields.Char(string="Type", required=True, readonly=True)
    event_id = fields.Many2one(
        "ops.event", string="In reply to", index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        readonly=True,
        help="Of the event; without one, of the endpoint or its integration user.",
    )
    site_id = fields.Many2one("ops.site", readonly=True)
    received_at = fields.Datetime(string="Received", required=True, readonly=True)
    sent_at = fields.Datetime(
        string="Sent", readonly=True, help="When the other system says it happened."
    )
    # The engine alone reads the raw text; people see it masked, as ``pretty_body``.
    body = fields.Text(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The text as it was received and verified.",
    )
    answer = fields.Json(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="What was answered, and is answered to a replay.",
    )
    summary = fields.Char(readonly=True, help="The effect in words.")

    _message_uniq = models.UniqueIndex("(endpoint_id, webhook_id)")

    @api.depends("event_id", "webhook_id")
    def _compute_display_name(self):
        for callback in self:
            if callback.event_id:
                callback.display_name = self.env._(
                    "Answer about %s", callback.event_id.record_name or callback.webhook_id
                )
            else:
                callback.display_name = self.env._("Message %s", callback.webhook_id)

    def _ops_place(self):
        return [(callback.company_id, callback.site_id) for callback in self]

    @api.model
    def _receive(self, token, headers, raw, call=None):
        """Take a callback in: verify, check, insert once, let it take effect.

        :param str token: the address; finds the endpoint and proves nothing
        :param headers: mapping by lower-case name
        :param bytes raw: the raw body
        :param call: the :class:`~core.call.Call` this is, which is filled in for the log and
            counted against the rate limit; without one neither happens
        :return: the JSON-serialisable answer
        :raise Problem: what is wrong, with the HTTP status for it
        """
        check_size(len(raw))
        is_counted = call is not None
        call = call or Call(token)
        # sudo: an address is looked up; nothing is read for the caller before verification
        endpoint = self.sudo()._endpoint_at(token)
        call.endpoint_id, call.company_id = endpoint.id, endpoint.company_id.id
        if not endpoint or endpoint.state == "disabled":
            raise Problem(404, "Unknown endpoint", "No endpoint has this address.")
        try:
            webhook_id = signing.verify(endpoint._secrets_in(), headers, raw, time.time())
        except signing.SignatureError as error:
            raise Problem(401, "Signature refused", str(error)) from error
        call.is_verified, call.webhook_id = True, webhook_id
        if is_counted:
            self.env["ops.endpoint.inflow"]._admit(endpoint, call)
        envelope = self._envelope(raw)
        call.type_code = envelope.type
        declared, data = self._checked_data(envelope)
        event = self._answered_event(endpoint, envelope, declared)
        if not endpoint.user_id.active:
            raise Problem(
                422, "No integration user", "The endpoint has no user for callbacks to act as."
            )
        company = event.company_id or endpoint.company_id or endpoint.user_id.company_id
        call.event_id, call.company_id, call.site_id = event.id, company.id, event.site_id.id
        return self._take_once(call, endpoint, envelope, event, declared, data, raw)

    @api.model
    def _endpoint_at(self, token):
        """The endpoint with this callback address; none for what is no address."""
        if not TOKEN_PATTERN.fullmatch(token):
            return self.env["ops.endpoint"]
        return self.env["ops.endpoint"].search([("token", "=", token)])

    @api.model
    def _envelope(self, raw):
        try:
            content = parse_json_object(raw)
        except ValueError as error:
            raise Problem(400, "Not JSON", f"The body is not a JSON object: {error}.") from error
        try:
            return CallbackEnvelope.model_validate(content)
        except ContractError as error:
            raise Problem(
                422, "Not a CloudEvent", "The envelope is incomplete.", errors=problems(error)
            ) from error

    @api.model
    def _checked_data(self, envelope):
        declared = DECLARED.callbacks.get(envelope.type)
        if not declared or declared.model not in self.env:
            raise Problem(422, "Unknown type", f"type: “{envelope.type[:100]}” is not accepted.")
        try:
            return declared, declared.contract.model_validate(envelope.data)
        except ContractError as error:
            raise Problem(
                422,
                "Contract broken",
                f"The data does not follow the contract of “{envelope.type}”.",
                errors=[f"data.{text}" for text in problems(error)],
            ) from error

    @api.model
    def _answered_event(self, endpoint, envelope, declared):
        """The event the callback answers: one that was sent to this very endpoint. None for a
        callback that answers none."""
        if envelope.inreplyto is None:
            if not declared.is_answer:
                return self.env["ops.event"].sudo()
            raise Problem(
                422,
                "Not a CloudEvent",
                "The envelope is incomplete.",
                errors=[f"inreplyto: “{declared.code}” answers an event, whose id is required"],
            )
        event = self._sent_event(endpoint, envelope.inreplyto)
        if not event:
            raise Problem(
                422, "Unknown event", "inreplyto: no event with this id was sent to this endpoint."
            )
        return event

    @api.model
    def _sent_event(self, endpoint, uuid):
        """The event with this id if it was sent to the endpoint, else none."""
        # sudo: looked up for the verified endpoint, and only among what it was sent
        sent = [("endpoint_id", "=", endpoint.id), ("event_id.uuid", "=", uuid)]
        deliveries = self.env["ops.delivery"].sudo()
        return (uuid and deliveries.search(sent, limit=1) or deliveries).event_id

    @api.model
    def _take_once(self, call, endpoint, envelope, event, declared, data, raw):
        inserted = self.env.execute_query(
            SQL(
                """INSERT INTO ops_callback (endpoint_id, webhook_id, type_code, event_id,
                                             company_id, site_id, received_at, sent_at, body)
                   VALUES (%s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', %s, %s)
                   ON CONFLICT (endpoint_id, webhook_id) DO NOTHING
                   RETURNING id""",
                endpoint.id,
                call.webhook_id,
                envelope.type,
                event.id or None,
                call.company_id,
                event.site_id.id or None,
                naive_utc(envelope.time) if envelope.time else None,
                raw.decode("utf-8"),
            )
        )
        call.is_repeated = not inserted
        if call.is_repeated:
            return self._stored_answer(endpoint, call.webhook_id)
        callback = self.sudo().browse(inserted[0][0])
        answer = callback._take_effect(endpoint, event, declared, data)
        [[stored]] = self.env.execute_query(
            SQL(
                "UPDATE ops_callback SET answer = %s, summary = %s WHERE id = %s RETURNING answer",
                Json(answer),
                str(answer.get("summary") or "")[:500],
                callback.id,
            )
        )
        callback.invalidate_recordset(flush=False)
        return stored  # to the byte what a replay gets

    def _take_effect(self, endpoint, event, declared, data):
        """Call the declared handler as the endpoint's integration user."""
        self.ensure_one()
        user, company = endpoint.user_id, self.company_id
        env = self.env(user=user.id, su=False, context={"allowed_company_ids": company.ids})
        cause = event and Cause(event.uuid, event.correlation_id, event.depth + 1)
        try:
            if company not in user.company_ids:
                raise AccessError(
                    self.env._("The integration user does not belong to the event's company.")
                    if event
                    else self.env._("The integration user does not belong to the company.")
                )
            with caused_by(self.env.cr, cause) if event else nullcontext():
                # sudo: the sender was sent this event, and this callback is its own; what
                # the handler does with other records goes through the user's rights.
                answer = getattr(env[declared.model], declared.method)(
                    event.with_env(env).sudo(), data, self.with_env(env).sudo()
                )
                env.flush_all()
        except LockError as error:
            raise ConcurrencyError("a record was locked") from error  # passing: run again
        except UserError as error:
            raise Problem(422, "Refused", str(error)) from error
        return {"status": "accepted", "event": event.uuid or None, **answer}

    @api.model
    def _stored_answer(self, endpoint, webhook_id):
        [[answer]] = self.env.execute_query(
            SQL(
                "SELECT answer FROM ops_callback WHERE endpoint_id = %s AND webhook_id = %s",
                endpoint.id,
                webhook_id,
            )
        )
        return answer
