"""Faults of a run that belong to no single test: gathered from all workers, shown at the end."""

import pytest


class SessionFaults:
    """Reasons why the run fails although every test passed; and what was left out on request."""

    KEY = pytest.StashKey["SessionFaults"]()

    def __init__(self):
        self.faults: list[str] = []
        self.not_run = 0

    @classmethod
    def of(cls, config) -> "SessionFaults":
        return config.stash.setdefault(cls.KEY, cls())

    def add(self, fault: str) -> None:
        if fault not in self.faults:
            self.faults.append(fault)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session):
    """A worker hands its faults to the controller; the controller's exit code tells of them."""
    result = yield
    found = SessionFaults.of(session.config)
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["ops_faults"] = found.faults
        output["ops_not_run"] = found.not_run
    elif found.faults and session.exitstatus in (
        pytest.ExitCode.OK,
        pytest.ExitCode.NO_TESTS_COLLECTED,
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Called in the controller when a worker of xdist is done."""
    found = SessionFaults.of(node.config)
    output = getattr(node, "workeroutput", {})
    for fault in output.get("ops_faults", []):
        found.add(fault)
    # Every worker collects everything.
    found.not_run = max(found.not_run, output.get("ops_not_run", 0))


def pytest_terminal_summary(terminalreporter, config):
    found = SessionFaults.of(config)
    if found.faults:
        terminalreporter.section("faults of the run", red=True)
        for fault in found.faults:
            terminalreporter.write_line(fault)
    if found.not_run:
        terminalreporter.section("left out")
        terminalreporter.write_line(f"{found.not_run} browser tests not run (BROWSER=0)")
