"""``make lint`` and ``make format``: ruff, pylint-odoo, the OCA's checks, prettier, house rules."""

import os
import subprocess
import time
from pathlib import Path

from dev import house_rules, paths, stamps, ui, venv
from dev import node as find_node

REQUIREMENTS = paths.ROOT / "dev" / "requirements-lint.txt"
PRETTIER_SUFFIXES = {".xml", ".js", ".mjs", ".scss"}
PO_SUFFIXES = {".po", ".pot"}


def main(_arguments: list[str]) -> int:
    """Run every check, then tell which failed."""
    tools = _tools()
    modules = [str(path.relative_to(paths.ROOT)) for path in paths.modules().values()]
    files = house_rules.tracked_files()
    checks = {
        "house rules": None,
        "ruff check": [tools.bin / "ruff", "check", "--no-cache", "."],
        "ruff format": [tools.bin / "ruff", "format", "--check", "--no-cache", "."],
        "pylint-odoo": [tools.bin / "pylint", "--rcfile=.pylintrc", *modules],
        "OCA module checks": [tools.bin / "oca-checks-odoo-module", *modules],
        "OCA translation checks": [tools.bin / "oca-checks-po", *_named(files, PO_SUFFIXES)],
        "prettier": [*tools.prettier, "--check", *_named(files, PRETTIER_SUFFIXES)],
    }
    failed = [title for title, command in checks.items() if not _passes(title, command)]
    if failed:
        raise ui.Failure(
            f"{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}",
            "mend what is listed above; make format does ruff's and prettier's part",
        )
    ui.say(f"{len(checks)} checks passed")
    return 0


def reformat(_arguments: list[str]) -> int:
    tools = _tools()
    files = _named(house_rules.tracked_files(), PRETTIER_SUFFIXES)
    modules = [str(path.relative_to(paths.ROOT)) for path in paths.modules().values()]
    for command in (
        [tools.bin / "oca-checks-odoo-module", "--fix", "--no-verbose", "--no-exit", *modules],
        [tools.bin / "ruff", "check", "--fix", "--quiet", "--no-cache", "."],
        [tools.bin / "ruff", "format", "--no-cache", "."],
        [*tools.prettier, "--write", "--log-level=warn", *files],
    ):
        subprocess.call(command, cwd=paths.ROOT, env=tools.env)
    return 0


def _passes(title: str, command: list | None) -> bool:
    start = time.monotonic()
    if command is None:
        passed = house_rules.main() == 0
    else:
        tools = _tools()
        answer = subprocess.run(
            command,
            cwd=paths.ROOT,
            env=tools.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        passed = answer.returncode == 0
        if not passed:
            ui.say(answer.stdout.rstrip())
    outcome = "passed" if passed else "FAILED"
    ui.say(f"  {title}: {outcome} in {ui.duration(time.monotonic() - start)}")
    return passed


def _named(files: list[Path], suffixes: set[str]) -> list[str]:
    return [str(file.relative_to(paths.ROOT)) for file in files if file.suffix in suffixes]


class _Tools:
    """Where the linters are, installed into .local/lint on first use."""

    def __init__(self):
        folder = paths.LINT / "venv"
        python = venv.ensure(folder, [REQUIREMENTS], "linters", "lint", pinned=True)
        self.bin = python.parent
        self.env = {**os.environ, "PATH": f"{self.bin}{os.pathsep}{os.environ.get('PATH', '')}"}
        self.env.pop("PYTHONPATH", None)
        self.prettier = _prettier(python)


_CACHE: list[_Tools] = []


def _tools() -> _Tools:
    if not _CACHE:
        with stamps.locked():
            _CACHE.append(_Tools())
    return _CACHE[0]


def _prettier(python: Path) -> list:
    """prettier with its XML plugin, run by the machine's Node or the one from the Python wheel."""
    modules = find_node.packages(python)
    node, _npm = find_node.ensure(python)
    plugin = modules / "@prettier" / "plugin-xml" / "src" / "plugin.js"
    return [node, modules / "prettier" / "bin" / "prettier.cjs", f"--plugin={plugin}"]
