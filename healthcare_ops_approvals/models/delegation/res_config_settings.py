from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .parameters import ABSENCE_HOURS, MOST_DAYS

PARAMETERS = {"ops_delegation_days": MOST_DAYS, "ops_absence_hours": ABSENCE_HOURS}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ops_delegation_days = fields.Integer(
        string="Delegations last at most (days)",
        config_parameter=MOST_DAYS.key,
        default=MOST_DAYS.default,
        help="Whoever is away for longer has somebody else put in their place.",
    )
    ops_absence_hours = fields.Integer(
        string="Wait for who is away (hours)",
        config_parameter=ABSENCE_HOURS.key,
        default=ABSENCE_HOURS.default,
        help="Where a stage has no due time: who is away for longer is replaced, if the stage "
        "cannot do without.",
    )

    @api.constrains(*PARAMETERS)
    def _check_ops_delegation(self):
        for settings in self:
            for name, parameter in PARAMETERS.items():
                if settings[name] < parameter.minimum:
                    raise ValidationError(
                        self.env._(
                            "%(label)s: give a number from %(minimum)s on.",
                            label=self._fields[name]._description_string(self.env),
                            minimum=parameter.minimum,
                        )
                    )
