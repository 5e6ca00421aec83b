import json

from odoo import api, fields, models

from ...core.contract import DECLARED, PERSONAL
from ...core.masking import MASK

# CloudEvents attributes say how a message travels; others are the sender's own.
ENVELOPE = {
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "subject",
    "datacontenttype",
    "dataschema",
    "inreplyto",
}
# What every answer has; a pack's handler may add what it likes.
ANSWER = {"status", "event", "summary"}


class OpsCallback(models.Model):
    """What people see of what was received and answered: without what is not for them."""

    _inherit = "ops.callback"

    pretty_body = fields.Text(compute="_compute_pretty_content", string="What was received")
    pretty_answer = fields.Text(compute="_compute_pretty_content", string="What was answered")
    content_hidden = fields.Boolean(
        compute="_compute_pretty_content", string="Parts of the content are hidden"
    )

    @api.depends("body", "answer")
    @api.depends_context("uid")
    def _compute_pretty_content(self):
        events = self.env["ops.event"]
        hidden = events._hidden_sensitivities()
        # sudo: nobody reads the raw text; what is hidden from the user is taken out of it here
        for callback, raw in zip(self, self.sudo(), strict=True):
            body = json.loads(raw.body) if raw.body else None
            shown = dict(body or {})
            if PERSONAL in hidden:
                shown = {name: shown[name] if name in ENVELOPE else MASK for name in shown}
            if body is not None and "data" in body:
                schema = callback._data_schema()
                shown["data"] = events._shown(body["data"], schema, hidden)
            answer = answered = raw.answer
            if isinstance(answer, dict) and PERSONAL in hidden:
                answered = {name: answer[name] if name in ANSWER else MASK for name in answer}
            callback.pretty_body = body is not None and self._pretty(shown)
            callback.pretty_answer = self._pretty(answered)
            callback.content_hidden = (body or {}) != shown or answer != answered

    def _data_schema(self):
        """The JSON Schema of what was received; None when its pack is gone."""
        declared = DECLARED.callbacks.get(self.type_code)
        return declared.contract.model_json_schema() if declared else None

    @api.model
    def _pretty(self, content):
        return json.dumps(content, indent=2, ensure_ascii=False)
