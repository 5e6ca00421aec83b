"""Claiming log lines: how a test says that it provokes a warning or an error on purpose.

The test run fails on every record of level WARNING or above. A refusal, a forced serialization
failure or a broken receiver logs by nature; the test that provokes one claims that very line:

    with claim_log("odoo.http", "WARNING", r"Access Denied"):
        self.url_open("/healthcare_ops/v1/callbacks/unknown")

The claim also is an assertion: it fails when the line does not appear. Unlike ``assertLogs`` it
swallows nothing, so any other line still fails the test.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager


class _Claim(logging.Handler):
    """Marks matching records on their way to the root logger, where the run's gate reads them."""

    def __init__(self, level: str, pattern: str):
        super().__init__(logging.WARNING)
        self.wanted_level = logging.getLevelName(level)
        self.pattern = re.compile(pattern)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == self.wanted_level and self.pattern.search(record.getMessage()):
            record.ops_claimed = True
            self.records.append(record)


@contextmanager
def claim_log(
    logger_name: str, level: str, pattern: str, count: int | None = None
) -> Iterator[list[logging.LogRecord]]:
    """Expect records of exactly this level whose message ``pattern`` finds (``re.search``).

    ``logger_name`` is the logger or one of its parents, never the root. At least one record must
    appear before the block ends, or exactly ``count`` if given. Yields the list of records seen.
    """
    if not logger_name:
        raise ValueError("name the logger whose line is expected")
    claim = _Claim(level, pattern)
    logger = logging.getLogger(logger_name)
    logger.addHandler(claim)
    try:
        yield claim.records
    finally:
        logger.removeHandler(claim)
    seen = len(claim.records)
    if (count is None and not seen) or (count is not None and seen != count):
        expected = "at least one" if count is None else str(count)
        raise AssertionError(
            f"{expected} {level} of {logger_name} matching {pattern!r} expected, {seen} seen"
        )
