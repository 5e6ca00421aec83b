from werkzeug.routing import BaseConverter

from odoo import models


class AnythingConverter(BaseConverter):
    """``<ops_anything:name>`` in a route: the rest of the path, whatever it holds.

    Werkzeug's own ``path`` leaves out line breaks and a slash in front, and what it leaves out
    is answered with Odoo's page for people.
    """

    regex = r"[\s\S]*"
    part_isolating = False
    weight = 200


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_converters(cls):
        return {**super()._get_converters(), "ops_anything": AnythingConverter}
