from lxml import etree

from odoo import api, models
from odoo.tools import SQL

BUTTON_BOX = "//div[@name='button_box'][not(ancestor::field)]"


class Base(models.AbstractModel):
    """Every form of a model that has had events gets a button which opens the record's events.

    How it works: the button is put into the view when it is loaded, for those who may read
    events, and counts in the web client (static/src/record_events). Whether a model has had
    events is asked with one look-up in an index each time a form view is loaded, not when an
    event is written: emission stays as cheap as it is, and nothing has to be invalidated.
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
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        # Views are cached with the button or without it: the first event changes the key.
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, view_type == "form" and self._ops_has_events())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and arch.tag == "form" and self._ops_has_events():
            self._ops_add_events_button(arch)
        return arch, view

    @api.model
    def _ops_add_events_button(self, arch):
        # The web client's own way of limiting a node: to the groups that may read events.
        readers = self.env["ir.model.access"]._get_access_groups("ops.event").key
        found = arch.xpath(BUTTON_BOX)
        if found:
            box = found[0]
        else:
            box = etree.Element("div", name="button_box", __groups_key__=readers)
            box.set("class", "oe_button_box")
            sheet = arch.find("sheet")
            (arch if sheet is None else sheet).insert(0, box)
        button = {"name": "ops_record_events", "invisible": "not id", "__groups_key__": readers}
        etree.SubElement(box, "widget", button)
