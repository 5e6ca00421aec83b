from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.retry import DEFAULT_SCHEDULE, parse_schedule
from ...core.wording import InvalidSetting
from ..delivery.ops_delivery_settle import SCHEDULE_PARAMETER
from ..wording import in_words


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ops_retry_schedule = fields.Char(
        string="Retry schedule",
        config_parameter=SCHEDULE_PARAMETER,
        default=lambda self: ", ".join(map(str, DEFAULT_SCHEDULE)),
        help="Seconds between the attempts to deliver an event, separated by commas. Each "
        "delay is varied by a fifth, so that receivers are not called all at once.",
    )

    @api.constrains("ops_retry_schedule")
    def _check_ops_retry_schedule(self):
        for settings in self:
            try:
                parse_schedule(settings.ops_retry_schedule or "")
            except InvalidSetting as error:
                problem = in_words(self.env, error)
                raise ValidationError(self.env._("Retry schedule: %s.", problem)) from error
