import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...core.contract import SECRET, ContractError, problems
from ...core.masking import masked


class OpsEventType(models.Model):
    """What a composed type would send about a sample record, without writing anything."""

    _inherit = "ops.event.type"

    sample_id = fields.Many2oneReference(
        string="Sample record",
        model_field="model_name",
        store=False,
        help="The preview shows what would be sent about this record. Nothing is written.",
    )
    preview = fields.Text(compute="_compute_preview")
    preview_problems = fields.Text(compute="_compute_preview", string="Problems")

    @api.depends("model_id", "sample_id", "field_ids.path", "field_ids.key", "field_ids.required")
    def _compute_preview(self):
        for event_type in self:
            record = event_type._sample(event_type.sample_id)
            event_type.preview, event_type.preview_problems = event_type._preview(record)

    def _sample(self, record_id):
        """The chosen record, for the user's own eyes; empty when none is chosen."""
        if not record_id or not self.model_name or self.model_name not in self.env:
            return None
        return self.env[self.model_name].browse(record_id)

    def _preview(self, record):
        """What would be sent about a record, and what is wrong with it, without writing.

        Read with the rights of the user who asks.

        :return: JSON text and problems, either False when there is none
        """
        if not record:
            return False, False
        try:
            record.check_access("read")
            if not record.exists():
                return False, self.env._("The sample record does not exist any more.")
            self.field_ids._check_may_be_read()
            data = self._payload(record)
            contract = self._compose()
        except (AccessError, ValidationError) as error:
            return False, str(error)
        found = []
        try:
            data = contract.model_validate(data).model_dump(mode="json", by_alias=True)
        except ContractError as error:
            found += problems(error, contract)
        try:
            record._ops_place()
        except (AccessError, ValidationError) as error:
            found.append(str(error))
        shown = masked(data, contract.model_json_schema(), {SECRET})
        body = self.env["ops.event"]._sample_body(self, record, shown)
        return json.dumps(body, indent=2, ensure_ascii=False), "\n".join(found) or False
