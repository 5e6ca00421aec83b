from lxml import etree

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

WIDGET = "ops_sla_clocks"


class Base(models.AbstractModel):
    """Forms of models under a service level show the remaining time; deleted records have
    their clocks cancelled.

    How it works: as with the button of a record's events (models/events/base.py), the widget
    is put into the view when it is loaded, for those who may read clocks, and asks for the
    record's clocks once the form is shown (static/src/sla_clocks).
    """

    _inherit = "base"

    @api.model
    def _ops_is_measured(self):
        """Whether there is a service level for records of this model."""
        if self._abstract or self._transient:
            return False
        return self._name in self.env["ops.sla.policy"]._measured_models()

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, view_type == "form" and self._ops_is_measured())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and arch.tag == "form" and self._ops_is_measured():
            self._ops_add_clocks(arch)
        return arch, view

    @api.model
    def _ops_add_clocks(self, arch):
        readers = self.env["ir.model.access"]._get_access_groups("ops.sla.clock").key
        widget = etree.Element("widget", name=WIDGET, invisible="not id", __groups_key__=readers)
        place = arch.find("sheet")
        place = arch if place is None else place
        # Below buttons and status, above the record itself.
        heads = ("button_box", "web_ribbon")
        above = [
            index
            for index, node in enumerate(place, 1)
            if node.tag == "header" or node.get("name") in heads
        ]
        place.insert(max(above, default=0), widget)

    def unlink(self):
        # While a module is uninstalled its tables go one by one, ours perhaps among them.
        uninstalling = self.env.context.get(MODULE_UNINSTALL_FLAG)
        if self.ids and not uninstalling and self._ops_is_measured():
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
