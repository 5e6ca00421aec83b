"""Whole numbers that Settings keep as system parameters.

Odoo drops a parameter whose number is 0, as if it had never been set. Here 0 is an answer
("never", "off"), so the settings write it as text.
"""

import logging
from dataclasses import dataclass

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class IntegerParameter:
    """A system parameter, what it is when nobody set it, and what makes sense."""

    key: str
    default: int
    minimum: int = 0

    def value(self, env):
        """Its value; costs no query, because Odoo caches parameters."""
        # sudo: parameters of the engine; whose work needs them decides nothing
        text = env["ir.config_parameter"].sudo().get_param(self.key)
        if not text:
            return self.default
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or number < self.minimum:
            _logger.warning("%s: “%s” is not usable; %s is used", self.key, text, self.default)
            return self.default
        return number


PREFIX = "healthcare_ops_automation."
RETENTION_DAYS = IntegerParameter(f"{PREFIX}retention_days", 365, minimum=1)
PERSONAL_DAYS = IntegerParameter(f"{PREFIX}personal_days", 90, minimum=1)
ATTEMPT_DAYS = IntegerParameter(f"{PREFIX}attempt_days", 365)
# What was refused a quarter ago is neither mended nor disputed any more.
CALL_DAYS = IntegerParameter(f"{PREFIX}call_days", 90)
# A busy record has a few events a minute; two a second is a machine that answers itself.
STORM_EVENTS = IntegerParameter(f"{PREFIX}storm_events", 120)
# An exception older than a week is no longer being worked off as it comes.
EXCEPTION_OLD_DAYS = IntegerParameter(f"{PREFIX}exception_old_days", 7, minimum=1)
EXCEPTION_REPEATS = IntegerParameter(f"{PREFIX}exception_repeats", 3, minimum=1)
REVIEW_HOURS = IntegerParameter(f"{PREFIX}review_hours", 3)
