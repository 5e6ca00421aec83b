"""``make demo`` and ``make screenshots``: programs that need the environment Odoo runs in.
``make receiver`` needs nothing but Python."""

import subprocess
import sys

from dev import environment, paths, stamps, venv

BROWSER_DRIVER = paths.ROOT / "dev" / "requirements-screenshots.txt"


def demo(arguments: list[str]) -> int:
    return _run("dev.story", arguments, environment.prepare())


def screenshots(arguments: list[str]) -> int:
    env = environment.prepare()
    with stamps.locked():
        venv.ensure(paths.VENV, [BROWSER_DRIVER], "the browser's driver", "screenshots")
    return _run("dev.screenshots", arguments, env)


def receiver(arguments: list[str]) -> int:
    """Serve until Ctrl-C; the secrets come from the environment (dev/receiver/__init__.py)."""
    return subprocess.call([sys.executable, "-m", "dev.receiver", *arguments], cwd=paths.ROOT)


def _run(module: str, arguments: list[str], env: dict[str, str]) -> int:
    """Run a module of this package with the environment's Python and the database's address."""
    return subprocess.call([paths.PYTHON, "-m", module, *arguments], env=env, cwd=paths.ROOT)
