"""Fail every test during which Odoo logs a WARNING or ERROR that nobody claimed.

Whoever provokes a line claims it with ``claim_log`` (healthcare_ops_automation/tests/
log_claims.py). What this repository does not cause stands in dev/log_allow.py. Records that
belong to no test (collection, the end of the session) fail the run as a whole. Python's warnings
reach the logger ``py.warnings`` and count as well.
"""

import logging

import pytest

from dev import log_allow

from .outcome import SessionFaults


class _Gate(logging.Handler):
    """Keeps what was logged since it was last asked."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.pending: list[str] = []
        self.formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if getattr(record, "ops_claimed", False):
            return
        if log_allow.allowed(record.name, record.levelname, message):
            return
        text = _shortened(self.format(record))
        self.pending.append(f"{record.levelname} {record.name}: {text}")

    def take(self) -> list[str]:
        taken, self.pending = self.pending, []
        return taken


def _shortened(text: str) -> str:
    """The beginning and the end of a long record: warnings carry the whole stack."""
    lines = text.splitlines()
    if len(lines) <= 30:
        return text
    return "\n".join([*lines[:5], f"  ... {len(lines) - 20} lines ...", *lines[-15:]])


GATE = _Gate()


def pytest_configure(config):
    # Odoo's loggers are set up by now: pytest-odoo parses Odoo's configuration before this.
    logging.getLogger().addHandler(GATE)


def pytest_unconfigure(config):
    logging.getLogger().removeHandler(GATE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Charge the phase that just ended (setup, call or teardown) with what was logged in it."""
    report = yield
    if lines := GATE.take():
        text = "unexpected in the log (claim_log claims a line on purpose):\n" + "\n".join(lines)
        if report.outcome == "failed":
            report.sections.append(("log gate", text))
        else:
            report.outcome = "failed"
            report.longrepr = text
            # A failure that was expected otherwise (xfail) must not hide this one.
            report.__dict__.pop("wasxfail", None)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    """What came outside of every test is a fault of the session."""
    for line in GATE.take():
        SessionFaults.of(session.config).add(f"logged outside of any test: {line}")
    return (yield)
