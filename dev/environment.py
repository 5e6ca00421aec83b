"""Everything the commands need before they can start Odoo: checks, Python, Odoo, a database."""

import os
import shutil

from dev import odoo_cli, odoo_source, paths, postgres, stamps, ui, venv

GIB = 1024**3
ROOM_FIRST = 3 * GIB  # packages 0.5, Odoo 0.8, databases and logs 1.5
ROOM_LATER = GIB // 2

REQUIREMENTS = [
    paths.ROOT / "dev" / f"requirements-{kind}.txt" for kind in ("odoo", "suite", "dev")
]


def prepare() -> dict[str, str]:
    """Set up whatever is missing; return the environment variables for child processes."""
    check_room()
    with stamps.locked():
        venv.ensure(paths.VENV, REQUIREMENTS, "Python packages", "venv")
        odoo_source.ensure()
        odoo_cli.write_config()
        postgres.ensure()
    return child_environment()


def main(_arguments: list[str]) -> int:
    with ui.timed("everything is set up"):
        prepare()
    return 0


def check_room() -> None:
    """Refuse to begin what the disk cannot hold."""
    wanted = ROOM_LATER if stamps.read("odoo") else ROOM_FIRST
    free = shutil.disk_usage(paths.ROOT).free
    if free < wanted:
        raise ui.Failure(
            f"the disk has {free / GIB:.1f} GB free, {wanted / GIB:.1f} GB are needed",
            f"free some space where {paths.ROOT} lives, then run the command again",
        )


def child_environment() -> dict[str, str]:
    """The caller's variables, with the database's address and our programs first on PATH."""
    env = dict(os.environ)
    env.update(postgres.client_environment())
    env["PATH"] = os.pathsep.join(
        [str(paths.BIN), str(paths.VENV / "bin"), str(postgres.programs()), env.get("PATH", "")]
    )
    env["PYTHONUNBUFFERED"] = "1"
    # pytest-odoo crashes on it, and pip or Odoo must not see another project's modules.
    for name in ("PYTEST_DB_USE_ENV_VARS", "PYTHONPATH", "PYTHONHOME", "ODOO_RC", "PGDATABASE"):
        env.pop(name, None)
    return env
