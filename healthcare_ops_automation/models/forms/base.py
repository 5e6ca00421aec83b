from lxml import etree

from odoo import api, models

BUTTON_BOX = "//div[@name='button_box'][not(ancestor::field)]"
# What stands above a notice: buttons and status, not the record itself.
HEADS = ("button_box", "web_ribbon")


class Base(models.AbstractModel):
    """Forms of any model show what the engine knows about the record.

    How it works: a part of the engine, or a pack, overrides :meth:`_ops_form_widgets`. The widgets
    are put into the view when it is loaded, for those who may read what they show, and ask for
    their content once the form is shown. Views are cached with them: what is shown is part of the
    cache's key, so that the first event of a model, say, needs to invalidate nothing.
    """

    _inherit = "base"

    @api.model
    def _ops_form_widgets(self):
        """The widgets that every form of this model gets: the hook of the engine.

        Asked each time a form view is loaded, so it takes one look-up at most.

        :return: tuples of the widget's name, where it stands (``"button"`` in the button box, or
            ``"notice"`` above the record), and the model whose readers get it
        """
        return ()

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, tuple(self._ops_form_widgets()) if view_type == "form" else ())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and arch.tag == "form":
            for name, place, shows in self._ops_form_widgets():
                # The web client's own way of limiting a node: to the groups that may read.
                readers = self.env["ir.model.access"]._get_access_groups(shows).key
                add = self._ops_add_button if place == "button" else self._ops_add_notice
                add(arch, name, readers)
        return arch, view

    @api.model
    def _ops_add_button(self, arch, name, readers):
        found = arch.xpath(BUTTON_BOX)
        if found:
            box = found[0]
        else:
            box = etree.Element("div", name="button_box", __groups_key__=readers)
            box.set("class", "oe_button_box")
            sheet = arch.find("sheet")
            (arch if sheet is None else sheet).insert(0, box)
        etree.SubElement(box, "widget", self._ops_widget(name, readers))

    @api.model
    def _ops_add_notice(self, arch, name, readers):
        sheet = arch.find("sheet")
        place = arch if sheet is None else sheet
        above = [
            index
            for index, node in enumerate(place, 1)
            if node.tag == "header" or node.get("name") in HEADS
        ]
        notice = etree.Element("widget", self._ops_widget(name, readers))
        place.insert(max(above, default=0), notice)

    @api.model
    def _ops_widget(self, name, readers):
        return {"name": name, "invisible": "not id", "__groups_key__": readers}
