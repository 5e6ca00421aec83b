from odoo import fields, models
from odoo.exceptions import UserError

from ..big_integer import BigInteger
from .ops_event_type import EVENT_LANES, EVENT_SEVERITIES


class OpsEvent(models.Model):
    """The single log: one row for each thing that happened, written in its transaction.

    How it works: :meth:`emit` inserts the row, so that it disappears with its savepoint.
    Before the commit a seal freezes the body, takes the sequence and creates the
    deliveries. Nobody edits events; people read them, the engine writes them.
    """

    _name = "ops.event"
    _description = "Operations Event"
    _order = "id desc"
    _rec_name = "uuid"
    _rec_names_search = ["record_name", "uuid"]
    _log_access = False

    uuid = fields.Char(string="Event ID", required=True, readonly=True)
    type_id = fields.Many2one("ops.event.type", index=True, ondelete="set null", readonly=True)
    type_code = fields.Char(string="Type code", required=True, readonly=True)
    type_version = fields.Integer(string="Contract version", required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="Record", readonly=True, help="Its name at the time.")
    record_key = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", readonly=True
    )
    site_id = fields.Many2one("ops.site", index=True, ondelete="restrict", readonly=True)
    severity = fields.Selection(EVENT_SEVERITIES, required=True, readonly=True)
    lane = fields.Selection(EVENT_LANES, required=True, readonly=True)
    occurred_at = fields.Datetime(string="Occurred", required=True, readonly=True, index=True)
    emitted_at = fields.Datetime(string="Recorded", required=True, readonly=True)
    sealed_at = fields.Datetime(string="Sealed", readonly=True)
    sequence = BigInteger(
        readonly=True,
        aggregator=None,
        help="Order in which the events of one record were committed.",
    )
    txid = BigInteger(string="Database transaction", readonly=True, aggregator=None)
    state = fields.Selection(
        [("open", "Not committed yet"), ("sealed", "Sealed"), ("invalid", "Invalid")],
        string="Status",
        required=True,
        readonly=True,
        help="Sealed: content and order are final. Invalid: the data broke the contract of "
        "the type; the event is kept for inspection and is not delivered.",
    )
    origin = fields.Selection(
        [("live", "Live"), ("imported", "Imported history")], required=True, readonly=True
    )
    # The engine alone reads the raw text; people see it masked, as ``pretty_body``.
    data = fields.Text(
        readonly=True, groups=fields.NO_ACCESS, help="What the event says, until it is sealed."
    )
    body = fields.Text(
        readonly=True, groups=fields.NO_ACCESS, help="The exact text that is signed and sent."
    )
    body_sha256 = fields.Char(string="SHA-256 of the body", readonly=True)
    invalid_reason = fields.Text(string="Why it is invalid", readonly=True)
    invalid_kind = fields.Selection(
        [("content", "Broken content"), ("loop", "Loop or storm")],
        string="Kind of problem",
        readonly=True,
    )
    reported = fields.Boolean(readonly=True, help="An exception tells of this invalid event.")
    dedup_key = fields.Char(string="Deduplication key", readonly=True)
    correlation_id = fields.Char(
        readonly=True, index=True, help="The same for all events of one chain."
    )
    causation_id = fields.Char(
        string="Caused by", readonly=True, help="The event this one follows from."
    )
    depth = fields.Integer(readonly=True, help="How many events led to this one.")
    actor_id = fields.Many2one("res.users", string="By", ondelete="set null", readonly=True)
    automated = fields.Boolean(
        readonly=True, help="Done by a scheduled action or another system, not by a person."
    )
    delivery_ids = fields.One2many("ops.delivery", "event_id", string="Deliveries")
    callback_ids = fields.One2many("ops.callback", "event_id", string="Answers")
    exception_ids = fields.One2many("ops.exception", "event_id", string="Exceptions")
    delivery_summary = fields.Char(compute="_compute_delivery_summary", string="Delivery")

    _uuid_uniq = models.UniqueIndex("(uuid)")
    _coalesce_uniq = models.UniqueIndex(
        "(txid, emitted_at, type_code, record_key, (COALESCE(dedup_key, '')))"
    )
    _dedup_uniq = models.UniqueIndex(
        "(type_code, record_key, dedup_key) WHERE dedup_key IS NOT NULL"
    )
    _open_idx = models.Index("(txid) WHERE state = 'open'")
    _unreported_idx = models.Index("(id) WHERE state = 'invalid' AND reported IS NOT TRUE")
    _content_idx = models.Index(
        "(type_id, type_version, (COALESCE(sealed_at, emitted_at)))"
        " WHERE body IS NOT NULL OR data IS NOT NULL"
    )
    # Of one record: all its events, and those of one type within the last minute.
    _record_idx = models.Index("(res_model, res_id, type_code, emitted_at)")

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS ops_event_sequence AS bigint")

    def _compute_display_name(self):
        for event in self:
            name = event.type_id.name or event.type_code
            event.display_name = f"{name}: {event.record_name or event.record_key}"

    def _compute_delivery_summary(self):
        labels = dict(self.env["ops.delivery"]._fields["state"]._description_selection(self.env))
        groups = self.env["ops.delivery"]._read_group(
            [("event_id", "in", self.ids)], ["event_id", "state"], ["__count"]
        )
        summaries = {}
        for event, state, count in groups:
            summaries.setdefault(event.id, []).append(f"{count} {labels[state].lower()}")
        for event in self:
            none = self.env._("No receiver") if event.origin == "live" else self.env._("Imported")
            event.delivery_summary = ", ".join(summaries.get(event.id, [])) or none

    def _ops_place(self):
        return [(event.company_id, event.site_id) for event in self]

    def _source_record(self):
        """The record the event is about, or None when it or its model is gone."""
        self.ensure_one()
        if self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def action_open_record(self):
        """Open the record the event is about, if it still exists and may be read."""
        self.ensure_one()
        record = self._source_record()
        if not record:
            raise UserError(self.env._("“%s” does not exist any more.", self.record_name))
        record.check_access("read")
        return record._get_records_action()
