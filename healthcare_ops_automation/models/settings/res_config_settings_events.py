from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..parameters import (
    ATTEMPT_DAYS,
    CALL_DAYS,
    EXCEPTION_OLD_DAYS,
    EXCEPTION_REPEATS,
    PERSONAL_DAYS,
    RETENTION_DAYS,
    REVIEW_HOURS,
    STORM_EVENTS,
)

PARAMETERS = {
    "ops_retention_days": RETENTION_DAYS,
    "ops_personal_days": PERSONAL_DAYS,
    "ops_attempt_days": ATTEMPT_DAYS,
    "ops_call_days": CALL_DAYS,
    "ops_storm_events": STORM_EVENTS,
    "ops_exception_old_days": EXCEPTION_OLD_DAYS,
    "ops_exception_repeats": EXCEPTION_REPEATS,
    "ops_review_hours": REVIEW_HOURS,
}


class ResConfigSettings(models.TransientModel):
    """How long content is kept, when events are taken for a storm, when exceptions are looked
    at."""

    _inherit = "res.config.settings"

    ops_retention_days = fields.Integer(
        string="Content kept (days)",
        help="Days for which a newly composed event type keeps the content of its events.",
    )
    ops_personal_days = fields.Integer(
        string="Personal data kept (days)",
        help="Content with personal or secret fields is removed after this many days at the "
        "latest, whatever its type says.",
    )
    ops_attempt_days = fields.Integer(
        string="Attempts kept (days)",
        help="Days after which the record of an attempt to deliver is removed; the delivery "
        "and its event stay. 0: never.",
    )
    ops_call_days = fields.Integer(
        string="Calls kept (days)",
        help="Days after which the record of a call to a callback address is removed; the "
        "answer it brought stays. 0: never.",
    )
    ops_storm_events = fields.Integer(
        string="Events a minute",
        help="More events of one type about one record within a minute are taken for a storm: "
        "they are not delivered, and an exception is opened. 0: no limit.",
    )

    ops_exception_old_days = fields.Integer(
        string="Old after (days)",
        help="The daily review looks again at open exceptions of this age.",
    )
    ops_exception_repeats = fields.Integer(
        string="Repeating from (times)",
        help="The daily review looks at what happened again so often since the one before.",
    )
    ops_review_hours = fields.Integer(
        string="Remind of the review after (hours)",
        help="Working hours of the site since its day began. 0: as soon as the day begins.",
    )

    @api.model
    def _ops_parameters(self):
        """{field: :class:`IntegerParameter`} of the whole numbers that are kept here; packs add
        theirs."""
        return PARAMETERS

    @api.constrains(lambda self: tuple(self._ops_parameters()))
    def _check_ops_numbers(self):
        for settings in self:
            for name, parameter in self._ops_parameters().items():
                if settings[name] < parameter.minimum:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: give a whole number from %(minimum)s.",
                            field=self._fields[name].string,
                            minimum=parameter.minimum,
                        )
                    )

    @api.model
    def get_values(self):
        parameters = self._ops_parameters()
        numbers = {name: parameter.value(self.env) for name, parameter in parameters.items()}
        return {**super().get_values(), **numbers}

    def set_values(self):
        result = super().set_values()
        # sudo: as Odoo writes its own parameters; only who may open Settings gets here
        parameters = self.env["ir.config_parameter"].sudo()
        for name, parameter in self._ops_parameters().items():
            if self[name] != parameter.value(self.env):
                parameters.set_param(parameter.key, str(self[name]))
        return result
