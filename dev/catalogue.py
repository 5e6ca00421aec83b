"""``make catalogue``: docs/events.md, from the declarations in the modules' contracts/."""

import subprocess

from dev import environment, odoo_cli, paths, ui

PAGE = paths.ROOT / "docs" / "events.md"
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
from dev.catalogue import text
print(text(), end="")
"""


def main(_arguments: list[str]) -> int:
    """Write the page; ``make test`` fails while it is out of date."""
    env = environment.prepare()
    command = [str(paths.PYTHON), "-c", SCRIPT, str(odoo_cli.CONFIG), *paths.modules()]
    done = subprocess.run(command, env=env, cwd=paths.ROOT, capture_output=True, text=True)
    if done.returncode:
        raise ui.Failure(
            f"the declarations cannot be read: {done.stderr.strip().splitlines()[-1]}",
            "mend the module it names",
        )
    PAGE.write_text(done.stdout, encoding="utf-8")
    ui.say(f"{PAGE.relative_to(paths.ROOT)} written")
    return 0


def text() -> str:
    """The page for the modules of this repository, as far as they are imported."""
    from odoo.addons.healthcare_ops_automation.core.catalogue import catalogue_page
    from odoo.addons.healthcare_ops_automation.core.contract import DECLARED

    def ours(contract):
        return contract.__module__.split(".")[2] in paths.modules()

    # Tests declare types of their own beside them.
    events = [each for each in DECLARED.events.values() if each.module in paths.modules()]
    callbacks = [
        each
        for each in DECLARED.callbacks.values()
        if ours(each.contract) and ".tests." not in each.contract.__module__
    ]
    return catalogue_page(events, callbacks)
