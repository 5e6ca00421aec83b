"""The few log lines of level WARNING or above that no code of this repository causes.

Everything else fails the run, unless the test that provokes it claims it
(``healthcare_ops_automation/tests/log_claims.py``). Each entry matches the whole message.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowed:
    """A logger's exact name, a level, a regular expression for the message, and the reason."""

    logger: str
    level: str
    pattern: str
    reason: str

    def covers(self, logger: str, level: str, message: str) -> bool:
        return (
            self.logger == logger
            and self.level == level
            and re.fullmatch(self.pattern, message, re.DOTALL) is not None
        )


ALLOWED = [
    Allowed(
        "odoo.sql_db",
        "ERROR",
        r"bad query: b?'CREATE EXTENSION IF NOT EXISTS pg_trgm'(\nERROR: .*)?",
        "the embedded PostgreSQL carries no contrib modules; Odoo goes on without trigram indexes",
    ),
    Allowed(
        "odoo.service.db",
        "WARNING",
        r'Unable to create PostgreSQL extensions : extension "pg_trgm" is not available.*',
        "the same missing extension, told a second time",
    ),
]


def allowed(logger: str, level: str, message: str) -> bool:
    return any(entry.covers(logger, level, message) for entry in ALLOWED)
