from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.retry import DEFAULT_SCHEDULE, parse_schedule
from ...core.wording import InvalidSetting
from ..delivery.ops_delivery_settle import SCHEDULE_PARAMETER
from ..delivery.ops_endpoint_limits import LIMITS, check_limit, limit_parameter
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

    ops_connect_timeout = fields.Float(
        string="Connect within (s)",
        config_parameter=limit_parameter("connect_timeout"),
        default=LIMITS["connect_timeout"].default,
        help="For new endpoints.",
    )
    ops_total_timeout = fields.Float(
        string="Answer within (s)",
        config_parameter=limit_parameter("total_timeout"),
        default=LIMITS["total_timeout"].default,
        help="For new endpoints: from looking up the name to the last byte of the answer.",
    )
    ops_max_attempts = fields.Integer(
        string="Attempts at most",
        config_parameter=limit_parameter("max_attempts"),
        default=LIMITS["max_attempts"].default,
        help="For new endpoints: attempts before a delivery is given up.",
    )
    ops_concurrency_limit = fields.Integer(
        string="Requests at once",
        config_parameter=limit_parameter("concurrency_limit"),
        default=LIMITS["concurrency_limit"].default,
        help="For new endpoints, over all lanes and servers.",
    )
    ops_rate_limit = fields.Integer(
        string="Requests a minute",
        config_parameter=limit_parameter("rate_limit"),
        default=LIMITS["rate_limit"].default,
        help="For new endpoints. 0: as many as they take.",
    )
    ops_overlap_hours = fields.Integer(
        string="Old secret valid for (hours)",
        config_parameter=limit_parameter("overlap_hours"),
        default=LIMITS["overlap_hours"].default,
        help="While a secret is rotated both are valid for so long.",
    )

    @api.constrains(*(f"ops_{name}" for name in LIMITS))
    def _check_ops_limits(self):
        for settings in self:
            for name in LIMITS:
                field = self._fields[f"ops_{name}"]
                label = field._description_string(self.env)
                check_limit(self.env, label, name, settings[field.name])
            if settings.ops_total_timeout < settings.ops_connect_timeout:
                raise ValidationError(
                    self.env._("Answer within (s): not less than “Connect within (s)”.")
                )

    @api.constrains("ops_retry_schedule")
    def _check_ops_retry_schedule(self):
        for settings in self:
            try:
                parse_schedule(settings.ops_retry_schedule or "")
            except InvalidSetting as error:
                problem = in_words(self.env, error)
                raise ValidationError(self.env._("Retry schedule: %s.", problem)) from error
