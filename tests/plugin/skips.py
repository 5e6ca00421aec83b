"""No silent skips: a test that did not run has not passed.

The one exception is asked for by the person: with BROWSER=0 the tests tagged ``browser``
(``@tagged("browser")`` on an Odoo test class, ``@pytest.mark.browser`` elsewhere) are deselected
and counted. A test that drives a browser without carrying the tag fails, so the count is true.
"""

import os

import pytest

from .outcome import SessionFaults

TAG = "browser"


def needs_browser(item) -> bool:
    tags = getattr(getattr(item, "cls", None), "test_tags", ())
    return TAG in tags or item.get_closest_marker(TAG) is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    if os.environ.get("BROWSER") != "0":
        return
    left_out = [item for item in items if needs_browser(item)]
    if left_out:
        SessionFaults.of(config).not_run = len(left_out)
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not needs_browser(item)]


def pytest_collectreport(report):
    """A module that skips itself as a whole would leave no test behind to notice."""
    if report.skipped:
        pytest_collectreport.skipped.append(f"skipped: {report.nodeid}: {report.longrepr}")


pytest_collectreport.skipped = []


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    for fault in pytest_collectreport.skipped:
        SessionFaults.of(session.config).add(fault)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"a skipped test is not a passed one: {reason}"
    return report


@pytest.fixture(autouse=True)
def _browser_needs_its_tag(request, monkeypatch):
    """Odoo's own way to a browser is closed to tests that do not carry the tag."""
    item = request.node
    if getattr(item, "cls", None) is None or needs_browser(item):
        return
    from odoo.tests.common import HttpCase

    if not issubclass(item.cls, HttpCase):
        return

    def refuse(*_args, **_kwargs):
        pytest.fail(f'{item.nodeid} drives a browser: tag its class @tagged("{TAG}")')

    monkeypatch.setattr(HttpCase, "browser_js", refuse)
