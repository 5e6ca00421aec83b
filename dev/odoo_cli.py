"""Run Odoo's own command line with this clone's configuration."""

import re
from collections.abc import Sequence
from pathlib import Path

from dev import odoo_source, paths, ui

CONFIG = paths.LOCAL / "odoo.conf"
LOADING = re.compile(r"odoo\.modules\.loading: Loading module (\S+) \((\d+)/(\d+)\)")


def write_config() -> Path:
    """Options that all commands share; the database's address comes from the PG* variables."""
    addons = ",".join(str(path) for path in odoo_source.addons_path())
    text = (
        "[options]\n"
        f"addons_path = {addons}\n"
        f"data_dir = {paths.DATA}\n"
        "http_interface = 127.0.0.1\n"
        "list_db = False\n"
    )
    if not CONFIG.exists() or CONFIG.read_text() != text:
        CONFIG.write_text(text)
    return CONFIG


def command(*arguments: object) -> list[str]:
    return [str(paths.PYTHON), "-m", "odoo", *map(str, arguments)]


def server(*arguments: object) -> list[str]:
    """The default command, with the shared configuration."""
    return command("server", "-c", CONFIG, *arguments)


def run(title: str, arguments: list[str], log_name: str, env: dict[str, str]) -> Path:
    """Run a command that ends by itself (an installation, an export); return its log."""
    log = paths.LOGS / f"{log_name}.log"
    with ui.Step(title) as step:
        ui.run_logged(arguments, log, step, far=far, env=env, cwd=paths.ROOT)
    return log


def install(title: str, database: str, modules: list[str], env: dict[str, str]) -> Path:
    return _load("-i", title, database, modules, env)


def upgrade(title: str, database: str, modules: list[str], env: dict[str, str]) -> Path:
    return _load("-u", title, database, modules, env)


def _load(option: str, title: str, database: str, modules: list[str], env) -> Path:
    arguments = server("-d", database, option, ",".join(modules))
    arguments += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
    return run(title, arguments, f"{database}{option}", env)


def far(line: str) -> str | None:
    """How far loading is: the last module named in Odoo's log."""
    match = LOADING.search(line)
    return f"module {match[2]} of {match[3]}, {match[1]}" if match else None


def script(
    title: str,
    database: str,
    code: str,
    env: dict[str, str],
    log_name: str,
    options: Sequence[str] = (),
) -> Path:
    """Run Python with ``env`` of an Odoo database; the code commits for itself.

    ``options`` are Odoo's, besides ours.
    """
    file = paths.STATE / f"{log_name}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    # The shell swallows exceptions of a script on its input; this turns them into an exit code.
    file.write_text(
        "import sys, odoo\n"
        "from odoo.modules.registry import Registry\n"
        f"odoo.tools.config.parse_config(['-c', {str(CONFIG)!r}, '-d', {database!r}, '--no-http',"
        f" *{list(options)!r}],"
        " setup_logging=True)\n"
        f"with Registry({database!r}).cursor() as cr:\n"
        "    env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})\n"
        + "".join(f"    {line}\n" for line in code.strip().splitlines())
    )
    return run(title, [str(paths.PYTHON), str(file)], log_name, env)
