from odoo import fields, models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    # Counts the changes of hours and holidays; a clock keeps the number its times were worked
    # out with. A clock that started beside a change, not seeing it, is found by that, too.
    ops_hours_version = fields.Integer(
        string="Changes of hours", readonly=True, copy=False, default=0, aggregator=None
    )
