import json
from collections import defaultdict

from odoo import api, fields, models

from ...core.contract import PERSONAL, SECRET
from ...core.masking import MASK, masked
from ..roles import NEED


class OpsEvent(models.Model):
    """What people see of an event's content: each reader without what is not for them.

    The raw text is closed even to searching, because whoever may search for it can guess it.
    """

    _inherit = "ops.event"

    pretty_body = fields.Text(compute="_compute_pretty_body", string="Content")
    content_hidden = fields.Boolean(
        compute="_compute_pretty_body", string="Parts of the content are hidden"
    )

    @api.depends("body", "data")
    @api.depends_context("uid")
    def _compute_pretty_body(self):
        hidden, schemas = self._hidden_sensitivities(), self._schemas()
        # sudo: nobody reads the raw text; what is hidden from the user is taken out of it here
        for event, raw in zip(self, self.sudo(), strict=True):
            text = raw.body or raw.data
            content = json.loads(text) if text else None
            if content is None:
                event.pretty_body, event.content_hidden = False, False
                continue
            schema = schemas.get((event.type_id.id, event.type_version))
            data = content["data"] if raw.body else content
            shown = self._shown(data, schema, hidden)
            content = {**content, "data": shown} if raw.body else shown
            event.pretty_body = json.dumps(content, indent=2, ensure_ascii=False)
            event.content_hidden = shown != data

    @api.model
    def _hidden_sensitivities(self):
        """What the current user must not see: secrets nobody, personal data whoever has no
        need of it."""
        needs = self.env.su or any(self.env.user.has_group(group) for group in NEED)
        return {SECRET} if needs else {SECRET, PERSONAL}

    @api.model
    def _shown(self, data, schema, hidden):
        """The data without what is hidden; of content whose schema nobody knows, everything
        is hidden from readers without need."""
        if schema is None:
            return MASK if PERSONAL in hidden else data
        return masked(data, schema, hidden)

    def _schemas(self):
        """The JSON Schema of each (type id, version) among the events, as far as known."""
        wanted = defaultdict(set)
        for event in self:
            wanted[event.type_version].add(event.type_id.id)
        schemas = {}
        for version, type_ids in wanted.items():
            # sudo: says which parts of the content the user may see
            versions = self.env["ops.event.type.version"].sudo()
            known = [("type_id", "in", list(type_ids)), ("version", "=", version)]
            for row in versions.search(known):
                if row.json_schema:
                    schemas[row.type_id.id, version] = json.loads(row.json_schema)
        return schemas

    @api.model
    def _sample_body(self, event_type, record, data):
        """What would be sent about a record, for a preview: as the seal would build it.

        :param data: JSON-serialisable data
        :return: the body as a dict
        """
        text = self._body(
            {
                "uuid": "evt_…",
                "type_code": event_type.code or "",
                "type_version": event_type.version,
                "res_model": record._name,
                "res_id": record.id,
                "occurred_at": fields.Datetime.now(),
                "sequence": "…",
                "data": json.dumps(data),
                "correlation_id": "evt_…",
                "causation_id": None,
                "severity": event_type.severity,
                "site_code": None,
            },
            self._source(),
        )
        return json.loads(text)
