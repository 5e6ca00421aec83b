from lxml import etree

from odoo import api, models
from odoo.tools import SQL

from ..events.base import BUTTON_BOX


class Base(models.AbstractModel):
    """Every form of a model that was ever escalated gets a button which tells whether the record
    is, and opens its escalations.

    How it works: as the button of a record's events (``models/events/base.py``): it is put into
    the view when it is loaded, and asks in the web client.
    """

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
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        # Views are cached with the button or without it: the first escalation changes the key.
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, view_type == "form" and self._ops_has_escalations())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and arch.tag == "form" and self._ops_has_escalations():
            self._ops_add_escalations_button(arch)
        return arch, view

    @api.model
    def _ops_add_escalations_button(self, arch):
        # The web client's own way of limiting a node: to the groups that may read escalations.
        readers = self.env["ir.model.access"]._get_access_groups("ops.escalation").key
        found = arch.xpath(BUTTON_BOX)
        if found:
            box = found[0]
        else:
            box = etree.Element("div", name="button_box", __groups_key__=readers)
            box.set("class", "oe_button_box")
            sheet = arch.find("sheet")
            (arch if sheet is None else sheet).insert(0, box)
        button = {
            "name": "ops_record_escalations",
            "invisible": "not id",
            "__groups_key__": readers,
        }
        etree.SubElement(box, "widget", button)
