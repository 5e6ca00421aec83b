import logging
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.network import parse_networks
from ...core.wording import InvalidSetting
from ..wording import in_words
from .ops_endpoint import ADMIN

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """A number that bounds how an endpoint is called: its default and what it may be."""

    default: float
    low: float
    high: float

    @property
    def kind(self):
        return type(self.default)


# Standard Webhooks recommends 15 to 30 s for the answer. A run of the dispatcher must end
# soon, so no single request takes longer than 30 s.
LIMITS = {
    "connect_timeout": Limit(5.0, 0.1, 30.0),
    "total_timeout": Limit(15.0, 0.1, 30.0),
    "max_attempts": Limit(8, 1, 20),
    "concurrency_limit": Limit(16, 1, 256),
    "rate_limit": Limit(0, 0, 100_000),
    # Ten a second for a whole minute: a busy n8n stays far below, a workflow gone wild does not.
    "callback_rate_limit": Limit(600, 0, 100_000),
    # A receiver that was down for a day is not to get the day within a minute.
    "replay_rate": Limit(60, 1, 100_000),
    # Of Settings only: how long both secrets are valid while one is rotated.
    "overlap_hours": Limit(24, 1, 720),
}
ENDPOINT_LIMITS = [name for name in LIMITS if name != "overlap_hours"]


def limit_parameter(name):
    """The configuration parameter that holds the default of a limit."""
    return f"healthcare_ops_automation.endpoint_{name}"


def check_bounds(env, label, value, low, high):
    """Refuse a number outside of its bounds.

    :param str label: of the field, as the person knows it
    :raise ValidationError: naming the field
    """
    if not low <= value <= high:
        raise ValidationError(
            env._(
                "%(field)s: give a number from %(low)s to %(high)s.",
                field=label,
                low=f"{low:g}",
                high=f"{high:g}",
            )
        )


def check_limit(env, label, name, value):
    """As :func:`check_bounds`, for one of ``LIMITS``."""
    check_bounds(env, label, value, LIMITS[name].low, LIMITS[name].high)


class OpsEndpoint(models.Model):
    """Limits: what keeps a receiver from being flooded and us from waiting for it."""

    _inherit = "ops.endpoint"

    allowed_networks = fields.Text(
        string="Allowed networks",
        groups=ADMIN,
        help="Private networks that may be called, one a line, such as 10.20.0.0/16. "
        "Public addresses need no entry.",
    )
    connect_timeout = fields.Float(
        string="Connect within (s)",
        required=True,
        default=lambda self: self._default_limit("connect_timeout"),
    )
    total_timeout = fields.Float(
        string="Answer within (s)",
        required=True,
        default=lambda self: self._default_limit("total_timeout"),
        help="From looking up the name to the last byte of the answer.",
    )
    max_attempts = fields.Integer(
        string="Attempts at most",
        required=True,
        default=lambda self: self._default_limit("max_attempts"),
        help="Attempts before a delivery is given up; the times between them are in Settings.",
    )
    concurrency_limit = fields.Integer(
        string="Requests at once",
        required=True,
        aggregator=None,
        default=lambda self: self._default_limit("concurrency_limit"),
        help="Requests on their way to it at the same time, over all lanes and servers.",
    )
    rate_limit = fields.Integer(
        string="Requests a minute",
        required=True,
        aggregator=None,
        default=lambda self: self._default_limit("rate_limit"),
        help="0: as many as it takes.",
    )
    callback_rate_limit = fields.Integer(
        string="Callbacks a minute",
        required=True,
        aggregator=None,
        default=lambda self: self._default_limit("callback_rate_limit"),
        help="Callbacks with a valid signature that are taken in a minute; more are refused with "
        "429 and the time to wait. So many may come at once, and then as many as the minute "
        "allows. 0: as many as come.",
    )

    replay_rate = fields.Integer(
        string="Replays a minute",
        required=True,
        aggregator=None,
        default=lambda self: self._default_limit("replay_rate"),
        help="The pace at which what was given up is sent again, unless the person who does it "
        "says otherwise.",
    )

    @api.model
    def _default_limit(self, name):
        """The default from Settings for one of ``LIMITS``; its own where none is set."""
        limit = LIMITS[name]
        # sudo: a default is no secret, and who may create an endpoint needs it
        text = self.env["ir.config_parameter"].sudo().get_param(limit_parameter(name))
        if not text:
            return limit.default
        try:
            value = limit.kind(text)
        except ValueError:
            _logger.warning("%s: no number; the default is used", limit_parameter(name))
            return limit.default
        return min(max(value, limit.low), limit.high)

    @api.constrains(*ENDPOINT_LIMITS)
    def _check_limits(self):
        for endpoint in self:
            for name in ENDPOINT_LIMITS:
                label = self._fields[name]._description_string(self.env)
                check_limit(self.env, label, name, endpoint[name])
            if endpoint.total_timeout < endpoint.connect_timeout:
                raise ValidationError(
                    self.env._("Answer within (s): not less than “Connect within (s)”.")
                )

    @api.constrains("allowed_networks")
    def _check_networks(self):
        for endpoint in self:
            try:
                parse_networks(endpoint.allowed_networks)
            except InvalidSetting as error:
                problem = in_words(self.env, error)
                raise ValidationError(self.env._("Allowed networks: %s.", problem)) from error
