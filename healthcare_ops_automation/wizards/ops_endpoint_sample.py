import json
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.digest import canonical_json
from ..core.sender import Outgoing, send

SAMPLE_ID = "evt_sample_"
# What is shown of the receiver's answer.
ANSWER_SHOWN = 2000


def new_sample_id():
    return SAMPLE_ID + uuid.uuid4().hex


class OpsEndpointSample(models.TransientModel):
    """A sample event, sent to one endpoint on the very path real events take.

    It is the example of a type in our envelope, marked by the extension attribute
    ``sample``; it is no event of ours: nothing is stored of it but what became of it.
    Nothing is written before the answer is there, so no row is locked meanwhile.
    """

    _name = "ops.endpoint.sample"
    _description = "Sample Event"

    endpoint_id = fields.Many2one("ops.endpoint", required=True, readonly=True)
    type_ids = fields.Many2many("ops.event.type", compute="_compute_type_ids")
    type_id = fields.Many2one(
        "ops.event.type",
        string="Event type",
        compute="_compute_type_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', type_ids)]",
        help="One of those the endpoint subscribes to; its example is sent.",
    )
    message_id = fields.Char(
        string="Message ID", required=True, readonly=True, default=lambda self: new_sample_id()
    )
    moment = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    pretty_body = fields.Text(compute="_compute_pretty_body", string="What is sent")
    verdict = fields.Selection(
        [
            ("delivered", "Delivered"),
            ("retry", "Not delivered: an event would be retried"),
            ("give_up", "Refused: an event would be given up"),
            ("gone", "Refused: the receiver wants no more events"),
        ],
        string="Result",
        readonly=True,
    )
    http_status = fields.Integer(string="HTTP status", readonly=True)
    duration_ms = fields.Integer(string="Duration (ms)", readonly=True)
    problem = fields.Char(readonly=True)
    answer = fields.Text(string="Start of the answer", readonly=True)

    @api.depends("endpoint_id.event_patterns")
    def _compute_type_ids(self):
        types = self.env["ops.event.type"].search([("active", "=", True)])
        for sample in self:
            endpoint = sample.endpoint_id
            pattern = endpoint and endpoint._pattern()
            sample.type_ids = pattern and types.filtered(
                lambda each, pattern=pattern: pattern.fullmatch(each.code)
            )

    @api.depends("endpoint_id")
    def _compute_type_id(self):
        for sample in self:
            sample.type_id = sample.type_ids[:1]

    @api.depends("type_id", "message_id", "moment", "endpoint_id")
    def _compute_pretty_body(self):
        for sample in self:
            body = sample.type_id and json.loads(sample._body(sample.message_id, sample.moment))
            sample.pretty_body = body and json.dumps(body, indent=2, ensure_ascii=False)

    def _body(self, message_id, moment):
        """The envelope of a real event with the type's example in it."""
        events = self.env["ops.event"]
        row = {
            "uuid": message_id,
            "type_code": self.type_id.code,
            "type_version": self.type_id.version,
            "res_model": self.endpoint_id._name,
            "res_id": self.endpoint_id._origin.id,
            "occurred_at": moment,
            "data": self.type_id.example or "{}",
            "sequence": 0,
            "correlation_id": message_id,
            "causation_id": None,
            "severity": self.type_id.severity,
            "site_code": None,
        }
        content = json.loads(events._body(row, events._source()))
        return canonical_json({**content, "sample": "true"})

    def action_send(self):
        """Send it and show what was answered.

        :raise UserError: when nothing may be sent, saying why
        """
        self.ensure_one()
        endpoint = self.endpoint_id
        endpoint._check_may_send_sample()
        if self.type_id not in self.type_ids:
            raise UserError(
                self.env._("Event type: choose one that the endpoint's patterns match.")
            )
        message_id, moment = new_sample_id(), fields.Datetime.now()
        body = self._body(message_id, moment)
        target = endpoint._targets()[endpoint.id]
        # Nothing was written so far: a row would stay locked until the answer is there.
        outcome = send(Outgoing(0, 1, body, message_id, target))
        self.write(
            {
                "message_id": message_id,
                "moment": moment,
                "verdict": outcome.verdict,
                "http_status": outcome.status,
                "duration_ms": outcome.duration_ms,
                "problem": outcome.error,
                "answer": outcome.response[:ANSWER_SHOWN],
            }
        )
        self._tell()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send a sample"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _tell(self):
        """Keep what became of it with the endpoint: in its chatter and the audit trail. The
        answer is shown to the sender only, it may repeat what we sent."""
        facts = {
            "type": self.type_id.code,
            "message_id": self.message_id,
            "verdict": self.verdict,
            "status": self.http_status,
            "duration_ms": self.duration_ms,
            "problem": self.problem,
        }
        labels = dict(self._fields["verdict"]._description_selection(self.env))
        # sudo: who may operate the endpoint was checked; managers may not write on it otherwise
        self.endpoint_id.sudo().message_post(
            body=self.env._(
                "Sample of “%(type)s” sent. %(verdict)s (HTTP status %(status)s, "
                "%(duration)s ms). %(problem)s",
                type=self.type_id.name,
                verdict=labels[self.verdict],
                status=self.http_status or self.env._("none"),
                duration=self.duration_ms,
                problem=self.problem or "",
            )
        )
        self.env["ops.audit.entry"]._record("endpoint.sample_sent", self.endpoint_id, facts)
