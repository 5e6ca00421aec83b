"""A database with OCA's purchase_tier_validation, in a folder of its own, apart from the suite."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from odoo import sql_db

from dev import databases, odoo_cli, odoo_source, paths, stamps, ui
from dev.load import leftovers

from ..report import FOLDER

# AGPL: compared with, not shipped. Each needs Odoo and the other one only.
REQUIREMENTS = (
    "odoo-addon-base_tier_validation==19.0.1.4.6",
    "odoo-addon-purchase_tier_validation==19.0.*",
)
MODULES = ["base_tier_validation", "purchase_tier_validation"]


def addons_path(env: dict[str, str]) -> str:
    """Have the addons in ``.local/bench/tiers``; return Odoo's option for a database with them."""
    folder = FOLDER / "tiers"
    if stamps.read("bench-tiers") != " ".join(REQUIREMENTS) or not folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-input", "--quiet"]
        command += ["--disable-pip-version-check", "--target", str(folder), *REQUIREMENTS]
        with ui.Step("base_tier_validation 19.0") as step:
            ui.run_logged(command, paths.LOGS / "bench-pip.log", step, env=env)
        stamps.write("bench-tiers", " ".join(REQUIREMENTS))
    return ",".join([*map(str, odoo_source.addons_path()), str(folder / "odoo" / "addons")])


@contextmanager
def database(env: dict[str, str], addons: str) -> Iterator[str]:
    """Odoo with the modules that the suite needs, and theirs instead of the suite."""
    name = leftovers.name("bench", "tiers")
    databases.copy(databases.deps_template(env), name)
    try:
        arguments = odoo_cli.server("-d", name, "-i", ",".join(MODULES), f"--addons-path={addons}")
        arguments += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
        odoo_cli.run("installing base_tier_validation", arguments, name, env)
        yield name
    finally:
        sql_db.close_db(name)
        databases.drop(name)
