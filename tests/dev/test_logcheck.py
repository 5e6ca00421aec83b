"""Logs of other processes are read to the last line, and only exact lines are allowed."""

import pytest

from dev import logcheck, ui

LOG = """\
2026-03-01 10:00:00,000 1 INFO db odoo.modules.loading: Loading module base (1/2)
2026-03-01 10:00:00,000 1 ERROR ? odoo.sql_db: bad query: b'CREATE EXTENSION IF NOT EXISTS pg_trgm'
ERROR: extension "pg_trgm" is not available
2026-03-01 10:00:01,000 1 WARNING db odoo.models: Model ops.x has no access rules - - -
2026-03-01 10:00:02,000 1 ERROR db odoo.http: Exception during request 3 0.001 0.002
Traceback (most recent call last):
2026-03-01 10:00:03,000 1 CRITICAL db odoo.service: gone
"""


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "odoo.log"
    file.write_text(LOG)
    return file


def test_everything_from_warning_on_is_found_but_for_the_allow_list(log):
    assert logcheck.check_log(log) == [
        "WARNING odoo.models: Model ops.x has no access rules",
        "ERROR odoo.http: Exception during request",
        "CRITICAL odoo.service: gone",
    ]


def test_the_caller_allows_what_it_provoked(log):
    found = logcheck.check_log(log, lambda logger, level, message: logger == "odoo.http")
    assert [line.split()[0] for line in found] == ["WARNING", "CRITICAL"]


def test_a_similar_line_is_not_allowed(log):
    log.write_text(LOG.replace("pg_trgm'", "unaccent'"))
    assert any("unaccent" in line for line in logcheck.check_log(log))


def test_an_unclean_log_is_a_failure_with_a_remedy(log):
    with pytest.raises(ui.Failure, match="installing x: 3 unexpected lines"):
        logcheck.require_clean(log, "installing x")
