"""``make catalogue``: docs/events.md, kpis.md and openapi.yaml, from what the modules declare."""

import json
import subprocess

from dev import environment, odoo_cli, paths, ui

DOCS = paths.ROOT / "docs"
PAGE = DOCS / "events.md"
KPIS = DOCS / "kpis.md"
OPENAPI = DOCS / "openapi.yaml"
OPENAPI_COMMENT = "# Generated from the declarations in the modules: make catalogue\n"
# Runs in the environment's Python: importing the modules makes their declarations, without a
# database.
SCRIPT = """
import importlib, sys
from odoo.tools import config
config.parse_config(["-c", sys.argv[1]], setup_logging=False)
import odoo.modules
odoo.modules.module.initialize_sys_path()
for name in sys.argv[2:]:
    importlib.import_module(f"odoo.addons.{name}")
import json
from dev.catalogue import texts
print(json.dumps(texts()))
"""


def main(_arguments: list[str]) -> int:
    """Write the files; ``make test`` fails while one is out of date."""
    env = environment.prepare()
    command = [str(paths.PYTHON), "-c", SCRIPT, str(odoo_cli.CONFIG), *paths.modules()]
    done = subprocess.run(command, env=env, cwd=paths.ROOT, capture_output=True, text=True)
    if done.returncode:
        raise ui.Failure(
            f"the declarations cannot be read: {done.stderr.strip().splitlines()[-1]}",
            "mend the module it names",
        )
    for name, text in json.loads(done.stdout).items():
        (DOCS / name).write_text(text, encoding="utf-8")
        ui.say(f"{paths.shown(DOCS / name)} written")
    return 0


def texts() -> dict[str, str]:
    """What belongs into each file, for the modules of this repository that are imported."""
    from odoo.addons.healthcare_ops_automation.core.catalogue import catalogue_page

    events, callbacks, paths_ = declared()
    return {
        PAGE.name: catalogue_page(events, callbacks),
        KPIS.name: _kpis(),
        OPENAPI.name: _openapi(events, callbacks, paths_),
    }


def declared() -> tuple[list, list, list]:
    """Events, callbacks and paths of the suite: tests declare some of their own beside them."""
    from odoo.addons.healthcare_ops_automation.core.contract import DECLARED
    from odoo.addons.healthcare_ops_automation.core.openapi import PATHS

    def of_the_suite(contract):
        _odoo, _addons, module, *within = contract.__module__.split(".")
        return module in paths.modules() and "tests" not in within

    events = [each for each in DECLARED.events.values() if of_the_suite(each.contract)]
    callbacks = [each for each in DECLARED.callbacks.values() if of_the_suite(each.contract)]
    return events, callbacks, list(PATHS.values())


def _kpis() -> str:
    from odoo.addons.healthcare_ops_monitoring.core.kpi_page import kpi_page, read_definitions
    from odoo.addons.healthcare_ops_monitoring.models.kpi.ops_kpi import DIRECTIONS, KINDS, UNITS

    by_module = {}
    for module in paths.modules().values():
        path = module / "data" / "ops_kpi.xml"
        if path.exists():
            title = paths.manifest_of(module)["name"]
            by_module[title] = read_definitions(path)
    words = {"unit": dict(UNITS), "direction": dict(DIRECTIONS), "kind": dict(KINDS)}
    return kpi_page(by_module, words)


def _openapi(events, callbacks, paths_) -> str:
    import yaml

    from odoo.addons.healthcare_ops_automation.core.openapi import document

    class Dumper(yaml.SafeDumper):
        """Long texts as blocks, which people can read."""

    def text(dumper, value):
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    Dumper.ignore_aliases = lambda *_: True
    made = document(events, callbacks, paths_)
    return OPENAPI_COMMENT + yaml.dump(
        made, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100
    )
