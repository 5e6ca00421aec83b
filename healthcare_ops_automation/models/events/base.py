from odoo import api, models
from odoo.tools import SQL


class Base(models.AbstractModel):
    """Every form of a model that has had events gets a button which opens the record's events.

    Whether a model has had events is asked with one look-up in an index each time a form view is
    loaded, not when an event is written: emission stays as cheap as it is. The button counts in
    the web client (static/src/record_events).
    """

    _inherit = "base"

    @api.model
    def _ops_has_events(self):
        """Whether any record of this model ever had an event, whoever may see it."""
        if self._abstract or self._transient:
            return False
        found = self.env.execute_query(
            SQL("SELECT EXISTS (SELECT FROM ops_event WHERE res_model = %s)", self._name)
        )
        return found[0][0]

    @api.model
    def _ops_form_widgets(self):
        widgets = super()._ops_form_widgets()
        if self._ops_has_events():
            widgets = (*widgets, ("ops_record_events", "button", "ops.event"))
        return widgets
