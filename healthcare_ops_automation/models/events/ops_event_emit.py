import json
import logging
import uuid
from dataclasses import dataclass

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...core.causation import current_cause
from ...core.contract import ContractError, problems

_logger = logging.getLogger(__name__)

# Columns that an emission fills, in the order of the rows built by ``_event_row``.
COLUMNS = (
    "uuid",
    "type_id",
    "type_code",
    "type_version",
    "res_model",
    "res_id",
    "record_name",
    "record_key",
    "company_id",
    "site_id",
    "severity",
    "lane",
    "occurred_at",
    "state",
    "origin",
    "data",
    "invalid_reason",
    "invalid_kind",
    "dedup_key",
    "correlation_id",
    "causation_id",
    "depth",
    "actor_id",
    "automated",
)
# What the database adds: which transaction wrote the event, and when that began.
STAMP = ("emitted_at", "txid")
# Longest chain of events that follow from each other; a business process has a few steps.
MAX_DEPTH = 10
INTEGRATION = "healthcare_ops_automation.group_ops_integration"
INVALID_CRON = "healthcare_ops_automation.cron_raise_invalid"
# What a repeat in the same transaction takes over from the newer emission.
COALESCED = (
    "site_id",
    "severity",
    "occurred_at",
    "state",
    "data",
    "invalid_reason",
    "invalid_kind",
    "actor_id",
    "automated",
)


class OpsEvent(models.Model):
    """Emission: from a call on a recordset to one row an event."""

    _inherit = "ops.event"

    @api.model
    @api.private
    def emit(
        self,
        type_code,
        records,
        data=None,
        *,
        dedup_key=None,
        correlation_id=None,
        occurred_at=None,
    ):
        """Write one event for each record, in the present transaction.

        A repeat for the same transaction, type and record updates its row, so that ten
        writes of one business step are one event. A switched-off type writes nothing.

        :param str type_code: code of an event type
        :param records: what it happened to; each record's place is the event's
        :param data: what the type's contract describes: a dict, or a callable that gets
            the record and returns the dict
        :param str dedup_key: makes the event unique per type and record for ever; when it
            is known already, the existing event is returned
        :param str correlation_id: of the chain this belongs to; by default that of the
            event which caused the present work, else the event's own
        :param datetime occurred_at: naive UTC; by default now
        :return: the events, in the order of the records
        :raise ValidationError: for an unknown type, a record without a place, or data that
            breaks the contract, naming each field
        """
        return self._emit(
            type_code, records, data, dedup_key, correlation_id, occurred_at, guarded=False
        )

    @api.model
    def _emit_guarded(
        self,
        type_code,
        records,
        data=None,
        *,
        dedup_key=None,
        correlation_id=None,
        occurred_at=None,
    ):
        """Emit for rules and adapters: telemetry never blocks care.

        As :meth:`emit`, but data that breaks the contract, or cannot even be put together,
        does not stop the document: the event is stored as invalid with the reasons, is
        not delivered, and an exception tells a person soon after the commit.
        """
        return self._emit(
            type_code, records, data, dedup_key, correlation_id, occurred_at, guarded=True
        )

    def _emit(self, type_code, records, data, dedup_key, correlation_id, occurred_at, guarded):
        # The caller's context decides nothing about an event: not what is found (active_test),
        # not in which language its content is.
        self = self._ops_engine()
        records = records.browse(dict.fromkeys(records._ids))._ops_engine()
        try:
            facts = self.env["ops.event.type"]._emission_facts(type_code)
        except ValidationError:
            if not guarded:
                raise
            _logger.warning("Event of unknown type %s not written", type_code)
            return self.browse()
        active = facts[-1]
        if not records or not active:
            return self.browse()
        # sudo: place and name are facts of the event, whether or not the person whose work
        # caused it may read them; the records themselves go to ``data`` in their own rights.
        elevated = records.sudo()
        now = occurred_at or fields.Datetime.now()
        chain = _Chain.of(self.env.cr, correlation_id)
        rows = [
            self._event_row(type_code, facts, record, place, content, now, dedup_key, chain)
            for record, place, content in zip(
                elevated,
                self._places(elevated, guarded),
                self._contents(type_code, records, data, guarded),
                strict=True,
            )
        ]
        events, written = self._insert(rows, dedup_key)
        invalid = [event_id for event_id, state in written if state == "invalid"]
        if invalid:
            self._withdraw_deliveries(invalid)
            self._wake({INVALID_CRON})
        if len(invalid) < len(written):
            self._seal_before_commit()
        return events

    def _places(self, records, guarded):
        """``(company, site, problem)`` of each record; a guarded emission falls back to the
        actor's company and says why."""
        for record in records:
            try:
                [(company, site)] = record._ops_place()
                yield company, site, None
            except ValidationError as error:
                if not guarded:
                    raise
                yield self.env.company, self.env["ops.site"], str(error)

    def _contents(self, type_code, records, data, guarded):
        """For each record the checked data as JSON text, and why it is invalid if it is."""
        for record in records:
            try:
                yield self._checked_data(type_code, data(record) if callable(data) else data), None
            except ValidationError as error:
                if not guarded:
                    raise
                yield None, str(error)
            except psycopg2.Error:
                raise  # conflicts are for Odoo to retry, never for us to swallow
            except Exception as error:
                if not guarded:
                    raise
                _logger.info("Data of %s for %s failed", type_code, record, exc_info=True)
                yield None, f"{type(error).__name__}: {error}"

    def _checked_data(self, type_code, data):
        """The data as the contract lets it through, as JSON text.

        :raise ValidationError: naming each field that breaks the contract
        """
        contract = self.env["ops.event.type"]._contract(type_code)
        try:
            checked = contract.model_validate(data or {})
        except ContractError as error:
            raise ValidationError(
                self.env._(
                    "The data of the event “%(code)s” breaks its contract:\n%(problems)s",
                    code=type_code,
                    problems="\n".join(problems(error, contract)),
                )
            ) from error
        return json.dumps(checked.model_dump(mode="json", by_alias=True), ensure_ascii=False)

    def _event_row(self, type_code, facts, record, place, content, now, dedup_key, chain):
        type_id, version, severity, lane, _active = facts
        company, site, misplaced = place
        data, invalid_reason = content
        looping = self._loop_problem(chain)
        invalid_reason = invalid_reason or misplaced or looping
        invalid_kind = ("loop" if looping else "content") if invalid_reason else None
        event_uuid = f"evt_{uuid.uuid4().hex}"
        return (
            event_uuid,
            type_id,
            type_code,
            version,
            record._name,
            record.id,
            record.display_name,
            f"{record._name},{record.id}",
            company.id,
            site.id or None,
            severity,
            lane,
            now,
            "invalid" if invalid_reason else "open",
            "live",
            data,
            invalid_reason,
            invalid_kind,
            dedup_key,
            chain.correlation_id or event_uuid,
            chain.causation_id,
            chain.depth,
            self.env.uid,
            self._is_automated(self.env.user),
        )

    @api.model
    def _is_automated(self, actor):
        """Whether a machine did it: the superuser of scheduled actions, or a system that calls."""
        return actor.id == SUPERUSER_ID or actor.has_group(INTEGRATION)

    def _loop_problem(self, chain):
        """Why a chain must not go on, or None: systems that answer each other's answers would
        otherwise do so for ever."""
        if chain.depth <= MAX_DEPTH:
            return None
        return self.env._(
            "The event follows from %(depth)s others, each caused by the one before; more than "
            "%(most)s are taken for a loop. See the events with the correlation %(chain)s.",
            depth=chain.depth,
            most=MAX_DEPTH,
            chain=chain.correlation_id,
        )

    def _insert(self, rows, dedup_key):
        """Insert the rows in one statement.

        :return: the events in the rows' order, and ``(id, state)`` of those written: a known
            deduplication key leaves its event as it is
        """
        if dedup_key is None:
            conflict = SQL(
                "ON CONFLICT (txid, emitted_at, type_code, record_key, (COALESCE(dedup_key, '')))"
                " DO UPDATE SET sealed_at = NULL, body = NULL, body_sha256 = NULL, %s",
                SQL(", ").join(
                    SQL("%(name)s = EXCLUDED.%(name)s", name=SQL.identifier(name))
                    for name in COALESCED
                ),
            )
        else:
            conflict = SQL("ON CONFLICT DO NOTHING")
        inserted = self.env.execute_query(
            SQL(
                "INSERT INTO ops_event (%s) VALUES %s %s RETURNING record_key, id, state",
                SQL(", ").join(SQL.identifier(name) for name in (*COLUMNS, *STAMP)),
                SQL(", ").join(
                    SQL(
                        "(%s, now() AT TIME ZONE 'UTC', pg_current_xact_id()::text::int8)",
                        SQL(", ").join(SQL("%s", value) for value in row),
                    )
                    for row in rows
                ),
                conflict,
            )
        )
        ids = {key: event_id for key, event_id, _state in inserted}
        type_code = rows[0][COLUMNS.index("type_code")]
        keys = [row[COLUMNS.index("record_key")] for row in rows]
        known = [key for key in keys if key not in ids]
        if known:
            ids |= dict(
                self.env.execute_query(
                    SQL(
                        """SELECT record_key, id FROM ops_event
                            WHERE type_code = %s AND dedup_key = %s AND record_key = ANY(%s)""",
                        type_code,
                        dedup_key,
                        known,
                    )
                )
            )
        # sudo: the caller caused these events and may read what came of the call; what it
        # does with them later goes through its own rights again.
        events = self.sudo().browse(ids[key] for key in keys)
        events.invalidate_recordset(flush=False)
        return events, [(event_id, state) for _key, event_id, state in inserted]

    @api.model
    def _cron_raise_invalid(self):
        """Open or count an exception for each invalid event.

        Not in the transaction of the document: all its kind would write the one exception
        row of their type, conflict, and so keep documents from going through.
        """
        events = self.search([("state", "=", "invalid"), ("reported", "=", False)], limit=100)
        for event in events:
            category = "event_loop" if event.invalid_kind == "loop" else "event_contract"
            self.env["ops.exception"]._raise_exception(
                category,
                event.invalid_reason,
                event=event,
                cause_key=f"{category}:{event.type_code}",
            )
        events.reported = True
        self.env["ir.cron"]._commit_progress(len(events), remaining=int(len(events) == 100))

    @api.model
    def _import_settled(self, type_code, rows):
        """Write events that happened long ago, as history: sealed, never delivered.

        :param str type_code: code of an event type
        :param rows: dicts with ``record``, ``data``, ``occurred_at`` (naive UTC), and
            optionally ``dedup_key``, ``actor`` (res.users)
        :return: the number of events written (known dedup keys are left out)
        :raise ValidationError: as for :meth:`emit`
        """
        if not rows:
            return 0
        facts = self.env["ops.event.type"]._emission_facts(type_code)
        values = []
        for row in sorted(rows, key=lambda row: row["occurred_at"]):
            record = row["record"]
            [(company, site)] = record._ops_place()
            content = (self._checked_data(type_code, row["data"]), None)
            event_row = dict(
                zip(
                    COLUMNS,
                    self._event_row(
                        type_code,
                        facts,
                        record,
                        (company, site, None),
                        content,
                        row["occurred_at"],
                        row.get("dedup_key"),
                        _Chain(None, None, 0),
                    ),
                    strict=True,
                )
            )
            event_row["origin"] = "imported"
            if row.get("actor"):
                event_row["actor_id"] = row["actor"].id
                event_row["automated"] = self._is_automated(row["actor"])
            values.append(tuple(event_row.values()))
        # Without a transaction id they neither coalesce nor are found by the seal before the
        # commit: they are sealed right here, without deliveries.
        inserted = self.env.execute_query(
            SQL(
                """INSERT INTO ops_event (%s) VALUES %s
                   ON CONFLICT DO NOTHING RETURNING id""",
                SQL(", ").join(SQL.identifier(name) for name in (*COLUMNS, *STAMP)),
                SQL(", ").join(
                    SQL(
                        "(%s, now() AT TIME ZONE 'UTC', NULL)",
                        SQL(", ").join(SQL("%s", value) for value in row),
                    )
                    for row in values
                ),
            )
        )
        ids = [event_id for (event_id,) in inserted]
        self.sudo()._freeze(SQL("event.id = ANY(%s)", ids))
        return len(inserted)


@dataclass(frozen=True)
class _Chain:
    """Where in a chain of automation an emission stands."""

    correlation_id: str | None
    causation_id: str | None
    depth: int

    @classmethod
    def of(cls, cr, correlation_id):
        cause = current_cause(cr)
        if not cause:
            return cls(correlation_id, None, 0)
        return cls(correlation_id or cause.correlation_id, cause.event_uuid, cause.depth)
