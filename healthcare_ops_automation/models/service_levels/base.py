from odoo import api, models
from odoo.tools import SQL

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG


class Base(models.AbstractModel):
    """Forms of models under a service level show the remaining time (static/src/sla_clocks);
    deleted records have their clocks cancelled."""

    _inherit = "base"

    @api.model
    def _ops_is_measured(self):
        """Whether there is a service level for records of this model."""
        # While a module is uninstalled its tables go one by one, ours perhaps among them.
        if self._abstract or self._transient or self.env.context.get(MODULE_UNINSTALL_FLAG):
            return False
        return self._name in self.env["ops.sla.policy"]._measured_models()

    @api.model
    def _ops_form_widgets(self):
        widgets = super()._ops_form_widgets()
        if self._ops_is_measured():
            widgets = (*widgets, ("ops_sla_clocks", "notice", "ops.sla.clock"))
        return widgets

    def unlink(self):
        if self.ids and self._ops_is_measured():
            self._ops_cancel_clocks()
        return super().unlink()

    def _ops_cancel_clocks(self):
        # Before: afterwards there is nothing any more that an event could be about.
        # sudo: the engine's own bookkeeping; whether they may be deleted is checked by unlink,
        # and where they may not, the cancelling is undone with it
        clocks = self.env["ops.sla.clock"].sudo()._ops_engine()
        clocks._cancel_guarded(
            SQL("res_model = %s AND res_id = ANY(%s)", self._name, list(self.ids))
        )
