"""Odoo 19 Community: what the user names, else Debian's package, else a shallow clone."""

import os
import re
import shutil
from pathlib import Path

from dev import debian, paths, stamps, ui, venv

REPOSITORY = "https://github.com/odoo/odoo"
BRANCH = "19.0"
# Debian's package lacks this file; its absence is a console error that fails browser tests.
MISSING_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def ensure() -> None:
    """Make ``import odoo`` work in the environment and write the development odoo.conf."""
    named = os.environ.get("ODOO_PATH", "")
    known = _known(named)
    if known:
        _link(known)
        return
    stamps.forget("odoo")
    if named:
        parent = _named(Path(named).expanduser())
        ui.say(f"  Odoo 19: the one ODOO_PATH names, {parent}")
    else:
        parent = _downloaded()
    _link(parent)
    stamps.write("odoo", f"{named}\n{parent}")


def _known(named: str) -> Path | None:
    """The folder an earlier run settled on, if it is still there and still wanted."""
    stamp = stamps.read("odoo")
    if not stamp or "\n" not in stamp:
        return None
    asked, parent = stamp.split("\n", 1)
    good = asked == named and _is_odoo_19(Path(parent))
    return Path(parent) if good else None


def _is_odoo_19(parent: Path) -> bool:
    try:
        text = (parent / "odoo" / "release.py").read_text()
    except OSError:
        return False
    return bool(re.search(r"^version_info = \(19, 0,", text, re.MULTILINE))


def _named(path: Path) -> Path:
    """Accept a checkout, a folder that holds the package odoo, or the package itself."""
    for parent in (path, path.parent):
        if _is_odoo_19(parent.resolve()):
            return parent.resolve()
    raise ui.Failure(
        f"ODOO_PATH={path} holds no Odoo 19",
        "name a checkout of its 19.0 branch or the folder an installation's package odoo is in "
        "(python -c 'import odoo; print(odoo.__path__)' tells), or unset ODOO_PATH",
    )


def _downloaded() -> Path:
    """Debian's package where the machine can have it, else a clone; says which."""
    for parent in (paths.ODOO / debian.PACKAGES_FOLDER, paths.ODOO):
        if _is_odoo_19(parent):  # it is put in place only when whole
            ui.say(f"  Odoo 19: the one in {paths.shown(parent)}")
            return parent
    reason = debian.unavailable()
    if reason is None:
        ui.say("  Odoo 19: Debian's package odoo-19, unpacked into .local/odoo")
        try:
            _install(debian.unpack)
            return paths.ODOO / debian.PACKAGES_FOLDER
        except ui.Failure as failure:
            reason = failure.problem
            if "disk is full" in failure.remedy:
                raise
    if not shutil.which("git"):
        raise ui.Failure(
            f"no way to get Odoo 19: Debian's package is not to be had ({reason}), git is missing",
            "install git, or name a checkout: make ODOO_PATH=/path/to/odoo ...",
        )
    ui.say(f"  Odoo 19: a shallow clone of branch {BRANCH} (not Debian's package: {reason})")
    try:
        _install(_clone)
    except ui.Failure as failure:
        raise ui.Failure(
            f"no way to get Odoo 19: {reason}; {failure.problem}",
            "check the network and run the command again, "
            "or name a checkout: make ODOO_PATH=/path/to/odoo ...",
        ) from None
    return paths.ODOO


def _install(fill) -> None:
    """Fill a new folder and put it in place only when it is whole."""
    unfinished = paths.LOCAL / "odoo.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    fill(unfinished)
    shutil.rmtree(paths.ODOO, ignore_errors=True)
    unfinished.rename(paths.ODOO)
    addons = paths.ODOO / debian.PACKAGES_FOLDER / "odoo" / "addons"
    script = addons / MISSING_SCRIPT
    if (addons / "mail").is_dir() and not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("/* left out by Debian's package; background blur is not used here */\n")


def _clone(target: Path) -> None:
    def far(line: str) -> str | None:
        match = re.match(r"(Receiving objects|Resolving deltas|Updating files): +\d+%", line)
        return match[0] if match else None

    command = ["git", "clone", "--progress", "--depth", "1", "--branch", BRANCH]
    with ui.Step("cloning Odoo") as step:
        ui.run_logged([*command, REPOSITORY, target], paths.LOGS / "git.log", step, far=far)


def _link(parent: Path) -> None:
    """A .pth file makes the package importable, and pip sees its distribution where it has one."""
    pth = venv.site_packages() / "odoo19.pth"
    if not pth.exists() or pth.read_text() != f"{parent}\n":
        pth.write_text(f"{parent}\n")


def folder() -> Path:
    """The folder that holds the package odoo; ensure() must have run."""
    stamp = stamps.read("odoo")
    if not stamp:
        raise ui.Failure("Odoo is not set up yet", "run make run or make test first")
    return Path(stamp.split("\n", 1)[1])


def addons_path() -> list[Path]:
    """Odoo's own addons (a checkout has two folders of them), then the suite's."""
    parent = folder()
    folders = [parent / "addons", parent / "odoo" / "addons", *paths.ADDONS]
    return [path for path in folders if any(path.glob("*/__manifest__.py"))]


def identity() -> str:
    """What a database depends on: which Odoo, and which addons came with it."""
    release = (folder() / "odoo" / "release.py").read_text()
    return stamps.fingerprint(release, str(folder()))
