"""Checks no other linter does: what must not stand in a tracked file of this repository."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dev import paths, ui

# Written in pieces, so that this file does not contain what it looks for.
REGISTRY_HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
    "deb." + "debian.org",
    "security." + "debian.org",
    "archive." + "ubuntu.com",
    "proxy." + "golang.org",
    "crates" + ".io",
]
# A developer's own folders; /home/odoo and the like of a container image are none.
DEVELOPER_PATHS = re.compile(
    r"(?<![\w./-])(/(?:"
    + "home|Users"
    + r")/(?!(?:odoo|node)\b)[\w.-]+|/(?:"
    + "root|work"
    + r")/[\w.-])"
)
SWALLOWS_LOGS = re.compile(r"\bmute_logger\b")
CLAIM = "claim_log"
# Packages of package.json that tests need, not make lint.
NO_LINTERS = {"axe-core"}


def tracked_files() -> list[Path]:
    """What git tracks or would track; without git, everything outside of ignored folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
        names = answer.stdout.split("\0") if not answer.returncode else []
    except OSError:
        names = []
    files = [paths.ROOT / name for name in names if name]
    if not files:
        skipped = {".git", ".local", "node_modules", "__pycache__"}
        files = [p for p in paths.ROOT.rglob("*") if skipped.isdisjoint(p.parts)]
    return sorted(file for file in files if file.is_file() and not file.is_symlink())


def faults() -> Iterator[str]:
    for file in tracked_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for fault in _faults_of(line, file):
                yield f"{paths.shown(file)}:{number}: {fault}"
    yield from _version_faults()


def _faults_of(line: str, file: Path) -> Iterator[str]:
    for host in REGISTRY_HOSTS:
        if host in line:
            yield f"names a package registry's host ({host})"
    if found := DEVELOPER_PATHS.search(line):
        yield f"names a folder of one developer's machine ({found[0]})"
    if file.suffix == ".py" and file != Path(__file__) and (found := SWALLOWS_LOGS.search(line)):
        yield f"{found[0]} hides log lines from the run's gate: claim them with {CLAIM}"


def _version_faults() -> Iterator[str]:
    """pre-commit and make lint must run the same versions."""
    text = (paths.ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    requirements = (paths.ROOT / "dev" / "requirements-lint.txt").read_text(encoding="utf-8")
    wanted = [version for _name, version in re.findall(r"^([\w-]+)==(\S+)", requirements, re.M)]
    packages = json.loads((paths.ROOT / "package.json").read_text(encoding="utf-8"))
    wanted += [
        f"{name}@{version}"
        for name, version in packages["devDependencies"].items()
        if name not in NO_LINTERS
    ]
    for version in wanted:
        if not re.search(rf"(rev: v|\"){re.escape(version)}\b", text):
            yield f".pre-commit-config.yaml: lacks version {version} of make lint"


def main() -> int:
    found = list(faults())
    for fault in found:
        ui.say(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
