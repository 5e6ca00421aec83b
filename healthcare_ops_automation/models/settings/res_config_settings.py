from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.retry import DEFAULT_SCHEDULE, parse_schedule
from ...core.wording import InvalidSetting
from ..delivery.ops_delivery_dispatch import (
    HOLD_PARAMETER,
    THREADS,
    THREADS_MOST,
    THREADS_PARAMETER,
)
from ..delivery.ops_delivery_settle import SCHEDULE_PARAMETER
from ..delivery.ops_delivery_sweep import GIVE_UP_HOURS, GIVE_UP_PARAMETER
from ..delivery.ops_endpoint_limits import LIMITS, check_bounds, check_limit, limit_parameter
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

    ops_hold_deliveries = fields.Boolean(
        string="Hold all deliveries",
        config_parameter=HOLD_PARAMETER,
        help="Events are recorded and wait; nothing is sent. For the time in which modules are "
        "installed or upgraded: Odoo refuses that while a scheduled action runs.",
    )
    ops_sender_threads = fields.Integer(
        string="Requests at once in a lane",
        config_parameter=THREADS_PARAMETER,
        default=THREADS,
        help="To all endpoints together, for each of the lanes critical, standard and bulk.",
    )
    ops_give_up_hours = fields.Integer(
        string="Give up on a broken endpoint after (hours)",
        config_parameter=GIVE_UP_PARAMETER,
        default=GIVE_UP_HOURS,
        help="What has waited longer for an endpoint that is broken becomes a dead letter, of "
        "which an exception tells.",
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
    ops_callback_rate_limit = fields.Integer(
        string="Callbacks a minute",
        config_parameter=limit_parameter("callback_rate_limit"),
        default=LIMITS["callback_rate_limit"].default,
        help="For new endpoints: callbacks with a valid signature that are taken in a minute. "
        "0: as many as come.",
    )
    ops_replay_rate = fields.Integer(
        string="Replays a minute",
        config_parameter=limit_parameter("replay_rate"),
        default=LIMITS["replay_rate"].default,
        help="For new endpoints: the pace at which what was given up is sent again.",
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

    @api.constrains("ops_sender_threads", "ops_give_up_hours")
    def _check_ops_dispatch(self):
        bounds = {"ops_sender_threads": (1, THREADS_MOST), "ops_give_up_hours": (1, 8760)}
        for settings in self:
            for name, (low, high) in bounds.items():
                check_bounds(
                    self.env,
                    self._fields[name]._description_string(self.env),
                    settings[name],
                    low,
                    high,
                )

    @api.constrains("ops_retry_schedule")
    def _check_ops_retry_schedule(self):
        for settings in self:
            try:
                parse_schedule(settings.ops_retry_schedule or "")
            except InvalidSetting as error:
                problem = in_words(self.env, error)
                raise ValidationError(self.env._("Retry schedule: %s.", problem)) from error
