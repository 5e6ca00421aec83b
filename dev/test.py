"""``make test``: all tests through pytest-odoo, on copies of an up-to-date template database.

Variables: T=path (a file, folder or test id), K=expression (pytest's -k), N=workers (0 runs in
one process, for a debugger), BROWSER=0 (without browser tests); ARGS='...' is handed to pytest.
"""

import os
import shlex
import subprocess
from pathlib import Path

from dev import browser, databases, environment, node, odoo_cli, paths, stamps, ui

NODE_VARIABLE = "OPS_TEST_NODE"  # the program that runs snippets of JavaScript
AXE_VARIABLE = "OPS_TEST_AXE"  # the script that looks for barriers in a page
PLUGINS = ("outcome", "log_gate", "skips", "filestore")  # of tests/plugin


def main(arguments: list[str]) -> int:
    targets = _targets()
    workers = _workers()
    if browser.wanted():
        browser.install_launcher()
    env = environment.prepare()
    with stamps.locked():
        template = databases.suite_template(env)
        env[NODE_VARIABLE] = str(node.ensure(paths.PYTHON)[0])
        if browser.wanted():
            env[AXE_VARIABLE] = str(node.packages(paths.PYTHON) / "axe-core" / "axe.min.js")
    env[databases.TEMPLATE_VARIABLE] = template
    database = template
    if workers == 0:
        database = f"{template}_solo"
        databases.copy(template, database)
    command = [str(paths.PYTHON), "-m", "pytest", *_options(database, workers), *targets]
    if expression := os.environ.get("K"):
        command += ["-k", expression]
    command += arguments
    ui.say("  " + shlex.join(command[:3] + targets))
    try:
        return subprocess.call(command, env=env, cwd=paths.ROOT)
    finally:
        if workers == 0:
            databases.drop(database)


def _targets() -> list[str]:
    """What T names, else the tests of every module and tests/."""
    if named := os.environ.get("T"):
        file = Path(named.split("::")[0])
        if not (paths.ROOT / file).exists():
            raise ui.Failure(f"T={named} names no file", "name one relative to the repository")
        return [named]
    folders = [path / "tests" for path in paths.modules().values()] + [paths.ROOT / "tests"]
    return [str(folder.relative_to(paths.ROOT)) for folder in folders if folder.is_dir()]


def _workers() -> int:
    text = os.environ.get("N") or str(min(2, os.cpu_count() or 1))
    if not text.isdigit():
        raise ui.Failure(f"N={text} is no number of workers", "make test N=2")
    return int(text)


def _options(database: str, workers: int) -> list[str]:
    log = paths.LOGS / "test.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    options = [
        *(part for plugin in PLUGINS for part in ("-p", f"tests.plugin.{plugin}")),
        *("-p", "pytester"),  # tests/dev runs pytest inside of pytest
        # Without it pytest keeps Python's warnings from Odoo's logger, and so from the gate.
        *("-p", "no:warnings"),
        f"--odoo-config={odoo_cli.CONFIG}",
        f"--odoo-database={database}",
        "--odoo-http",  # without it every HttpCase is skipped
        "--odoo-log-level=info",  # the default, critical, would blind the gate
        f"--odoo-extra=logfile={log}",
        "--odoo-extra=max-cron-threads=0",
    ]
    if workers:
        options += ["-n", str(workers), "--dist", "loadscope", "--max-worker-restart=0"]
    return options
