from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """Rows of the trail keep their company as a number, without a foreign key; Odoo's own
        words about companies want a record, and end in an error of the server."""
        company = records._fields.get("company_id")
        if company is None or company.type != "integer":
            return super()._make_access_error(operation, records)
        records.invalidate_recordset()  # nothing of them stays readable in the cache
        return AccessError(
            self.env._(
                "“%s”: you may not read this one. It is of a company or a site that is not among "
                "yours.",
                records._description,
            )
        )
