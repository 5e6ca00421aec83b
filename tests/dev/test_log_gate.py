"""A run fails on what it may not pass over: log lines, skips, untold browser tests."""

import pytest

from dev import paths

PLUGINS = ("outcome", "log_gate", "skips")
CLAIMS = "healthcare_ops_automation/tests/log_claims.py"
CLAIMING = """
    import importlib.util, logging, os
    spec = importlib.util.spec_from_file_location("log_claims", os.environ["CLAIMS"])
    log_claims = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(log_claims)
    claim_log = log_claims.claim_log
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run a test file in a pytest of its own, without Odoo, with this repository's plugins."""
    monkeypatch.setenv("PYTHONPATH", str(paths.ROOT))
    monkeypatch.setenv("CLAIMS", str(paths.ROOT / CLAIMS))
    monkeypatch.delenv("BROWSER", raising=False)
    pytester.makeini("[pytest]\nmarkers = browser: needs one\n")

    def run(source, *options):
        pytester.makepyfile(source)
        plugins = [part for name in PLUGINS for part in ("-p", f"tests.plugin.{name}")]
        return pytester.runpytest_subprocess("-p", "no:odoo", *plugins, *options)

    return run


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_warning_fails_the_test_it_appears_in(run, workers):
    result = run(
        """
        import logging
        def test_warns():
            logging.getLogger("odoo.something").warning("not %s", "expected")
        def test_informs():
            logging.getLogger("odoo.something").info("fine")
        """,
        "-n",
        workers,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*WARNING odoo.something: not expected*"])


def test_a_line_of_a_fixture_fails_the_test_that_needs_it(run):
    result = run(
        """
        import logging, pytest
        @pytest.fixture(scope="module")
        def noisy():
            logging.getLogger("odoo").error("in set-up")
        def test_quiet(noisy):
            pass
        """
    )
    result.assert_outcomes(errors=1)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_line_outside_of_every_test_fails_the_run(run, workers):
    result = run(
        """
        import logging
        logging.getLogger("odoo").error("while collecting")
        def test_quiet():
            pass
        """,
        "-n",
        workers,
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*while collecting*"])


def test_a_claimed_line_passes_and_its_neighbour_does_not(run):
    result = run(
        CLAIMING
        + """
    def test_claimed():
        with claim_log("odoo.http", "WARNING", "^refused"):
            logging.getLogger("odoo.http.route").warning("refused: %s", "x")

    def test_another_line():
        with claim_log("odoo.http", "WARNING", "^refused"):
            logging.getLogger("odoo.http").warning("refused")
            logging.getLogger("odoo.http").warning("broken")

    def test_another_level():
        with claim_log("odoo.http", "WARNING", "^refused"):
            logging.getLogger("odoo.http").warning("refused")
            logging.getLogger("odoo.http").error("refused")
    """
    )
    result.assert_outcomes(passed=1, failed=2)


def test_a_claim_fails_when_its_line_does_not_appear(run):
    result = run(
        CLAIMING
        + """
    def test_silent():
        with claim_log("odoo", "ERROR", "never"):
            pass

    def test_once_too_often():
        with claim_log("odoo", "ERROR", "again", count=1):
            logging.getLogger("odoo").error("again")
            logging.getLogger("odoo").error("again")
    """
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*at least one ERROR of odoo*", "*1 ERROR of odoo*2 seen*"])


def test_a_skipped_test_fails(run):
    result = run(
        """
        import pytest, unittest
        @pytest.mark.skip(reason="no time")
        def test_marked(): pass
        class TestCase(unittest.TestCase):
            def test_inside(self):
                self.skipTest("no browser")
        """
    )
    result.assert_outcomes(failed=1, errors=1)


def test_a_module_that_skips_itself_fails_the_run(run):
    result = run('import pytest\npytest.skip("all of it", allow_module_level=True)\n')
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*all of it*"])


@pytest.mark.parametrize("workers", ["0", "2"])
def test_browser_tests_are_left_out_on_request_and_counted(run, monkeypatch, workers):
    monkeypatch.setenv("BROWSER", "0")
    result = run(
        """
        import pytest
        class TestTour:
            test_tags = {"post_install", "browser"}
            def test_one(self): assert False
            def test_two(self): assert False
        @pytest.mark.browser
        def test_three(): assert False
        def test_four(): pass
        """,
        "-n",
        workers,
    )
    assert result.ret == 0
    result.stdout.fnmatch_lines(["3 browser tests not run (BROWSER=0)", "*1 passed*"])
