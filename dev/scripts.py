"""``make demo``, ``make n8n`` and other programs that need the environment Odoo runs in.
``make receiver`` needs nothing but Python."""

import json
import os
import subprocess
import sys

from dev import databases, environment, paths, stamps, venv
from dev.n8n import install
from dev.receiver import standard_webhooks

RECEIVER_PORT = 8079
RECEIVER_SECRETS = paths.STATE / "receiver.json"
BROWSER_DRIVER = paths.ROOT / "dev" / "requirements-screenshots.txt"


def demo(arguments: list[str]) -> int:
    return _run("dev.story", arguments, environment.prepare())


def screenshots(arguments: list[str]) -> int:
    return _run("dev.screenshots", arguments, _with_driver(environment.prepare()))


def bench(arguments: list[str]) -> int:
    return _run("dev.bench", arguments, _with_driver(_with_template()))


def faults(arguments: list[str]) -> int:
    return _run("dev.faults", arguments, _with_template())


def n8n(arguments: list[str]) -> int:
    return _run("dev.n8n", arguments, _with_n8n(environment.prepare()))


def test_n8n(arguments: list[str]) -> int:
    return _run("dev.n8n.trial", arguments, _with_n8n(_with_template()))


def _with_driver(env: dict[str, str]) -> dict[str, str]:
    with stamps.locked():
        venv.ensure(paths.VENV, [BROWSER_DRIVER], "the browser's driver", "screenshots")
    return env


def _with_n8n(env: dict[str, str]) -> dict[str, str]:
    with stamps.locked():
        install.ensure()
    return env


def receiver(arguments: list[str]) -> int:
    """Serve until Ctrl-C, on the same port and with the same secrets each time, so that an
    endpoint in Odoo stays connected; PORT and OPS_RECEIVER_SECRET_IN, _OUT choose others."""
    port = os.environ.get("PORT") or str(RECEIVER_PORT)
    command = [sys.executable, "-m", "dev.receiver", "--person", "--port", port, *arguments]
    return subprocess.call(command, cwd=paths.ROOT, env={**_receiver_secrets(), **os.environ})


def _receiver_secrets() -> dict[str, str]:
    """Secrets made at the first call and kept in .local, readable by their owner only."""
    if not RECEIVER_SECRETS.exists():
        RECEIVER_SECRETS.parent.mkdir(parents=True, exist_ok=True)
        names = ("OPS_RECEIVER_SECRET_IN", "OPS_RECEIVER_SECRET_OUT")
        made = {name: standard_webhooks.new_secret() for name in names}
        with open(os.open(RECEIVER_SECRETS, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(made, file)
    return json.loads(RECEIVER_SECRETS.read_text())


def _with_template() -> dict[str, str]:
    """The environment with an up-to-date template of the suite; the program uses that one."""
    env = environment.prepare()
    with stamps.locked():
        env[databases.TEMPLATE_VARIABLE] = databases.suite_template(env)
    return env


def _run(module: str, arguments: list[str], env: dict[str, str]) -> int:
    """Run a module of this package with the environment's Python and the database's address."""
    return subprocess.call([paths.PYTHON, "-m", module, *arguments], env=env, cwd=paths.ROOT)
