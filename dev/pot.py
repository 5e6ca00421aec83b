"""``make pot``: each module's translation template, written the same way by everybody."""

import re

from dev import databases, environment, odoo_cli, paths, stamps, ui

# Odoo writes the moment of the export; without it, equal sources give equal files.
DATES = re.compile(r'^"(POT-Creation-Date|PO-Revision-Date): .*"\n', re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Write the templates; with --check only tell which ones are not up to date."""
    check = "--check" in arguments
    env = environment.prepare()
    with stamps.locked():
        template = databases.suite_template(env)
    old = {name: _read(name) for name in paths.modules()}
    for name in paths.modules():
        _file(name).parent.mkdir(exist_ok=True)
    export = odoo_cli.command("i18n", "export", "-c", odoo_cli.CONFIG, "-d", template)
    odoo_cli.run("translation templates", [*export, *paths.modules()], "pot", env)
    changed = []
    for name in paths.modules():
        text = DATES.sub("", _read(name))
        if text != old[name]:
            changed.append(name)
        _file(name).write_text(old[name] if check and old[name] else text, encoding="utf-8")
    if check and changed:
        raise ui.Failure(
            f"translation templates are out of date: {', '.join(changed)}", "run make pot"
        )
    ui.say(f"{len(changed)} of {len(old)} templates changed")
    return 0


def _file(name: str):
    return paths.modules()[name] / "i18n" / f"{name}.pot"


def _read(name: str) -> str:
    file = _file(name)
    return file.read_text(encoding="utf-8") if file.exists() else ""
