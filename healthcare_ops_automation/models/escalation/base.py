from odoo import api, models
from odoo.tools import SQL


class Base(models.AbstractModel):
    """Every form of a model that was ever escalated gets a button which tells whether the record
    is, and opens its escalations."""

    _inherit = "base"

    @api.model
    def _ops_has_escalations(self):
        """Whether any record of this model was ever escalated, whoever may see it."""
        if self._abstract or self._transient:
            return False
        found = self.env.execute_query(
            SQL("SELECT EXISTS (SELECT FROM ops_escalation WHERE res_model = %s)", self._name)
        )
        return found[0][0]

    @api.model
    def _ops_form_widgets(self):
        widgets = super()._ops_form_widgets()
        if self._ops_has_escalations():
            widgets = (*widgets, ("ops_record_escalations", "button", "ops.escalation"))
        return widgets
