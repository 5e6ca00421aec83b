"""The command table: which module does what, and how failures reach the person."""

import errno
import importlib
import os
import sys
import traceback

from dev import paths, ui

# command -> (module, function, one line of help); imported only when called.
COMMANDS = {
    "run": ("dev.run", "main", "serve the suite with the demo network on 127.0.0.1"),
    "test": ("dev.test", "main", "run every module's tests and tests/"),
    "demo": ("dev.scripts", "demo", "play the supply story and print its timeline"),
    "screenshots": ("dev.scripts", "screenshots", "take the README's screenshots"),
    "receiver": ("dev.scripts", "receiver", "a receiver of events that can be told to fail"),
    "n8n": ("dev.scripts", "n8n", "real n8n beside Odoo, and the supply story across both"),
    "test-n8n": ("dev.scripts", "test_n8n", "the stories and failures between Odoo and real n8n"),
    "bench": ("dev.scripts", "bench", "measure delivery against its targets, write a report"),
    "faults": ("dev.scripts", "faults", "deliver through kills and faults; 20,000 odd callbacks"),
    "lint": ("dev.lint", "main", "check style, OCA conventions and house rules"),
    "format": ("dev.lint", "reformat", "rewrite the sources the way lint wants them"),
    "shell": ("dev.run", "shell", "open an Odoo shell on the database of make run"),
    "verify": ("dev.run", "verify", "verify the trail in the database of make run"),
    "stop": ("dev.stop", "main", "stop the server and the embedded PostgreSQL"),
    "clean": ("dev.stop", "clean", "stop, then remove everything in .local"),
    "pot": ("dev.pot", "main", "write each module's i18n/<module>.pot (--check: compare only)"),
    "catalogue": (
        "dev.catalogue",
        "main",
        "write docs/events.md, docs/kpis.md and docs/openapi.yaml",
    ),
    "modules": ("dev.modules", "main", "check install, upgrade and uninstall of every module"),
    "setup": ("dev.environment", "main", "only prepare .local, without starting anything"),
}

DISK_FULL = ui.Failure(
    "the disk is full",
    f"free some space where {paths.ROOT} lives (5 GB is plenty), then run the command again: "
    "it resumes",
)


def usage() -> str:
    lines = ["usage: python3 -m dev <command>", ""]
    lines += [f"  {name:<12} {entry[2]}" for name, entry in COMMANDS.items()]
    return "\n".join(lines)


def main(arguments: list[str], note: str | None = None) -> int:
    """Run one command. Failures print one line and its remedy, never a traceback."""
    if not arguments or arguments[0] not in COMMANDS:
        print(usage())
        return 0 if arguments and arguments[0] in ("-h", "--help", "help") else 2
    if note:
        ui.say(note)
    module, function, _help = COMMANDS[arguments[0]]
    try:
        command = getattr(importlib.import_module(module), function)
        return command(arguments[1:]) or 0
    except ui.Failure as failure:
        return failure.report()
    except KeyboardInterrupt:
        ui.complain("interrupted", "run the same command again: it resumes where it was")
        return 130
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DISK_FULL.report()
        return _unexpected(error)
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    """Keep the traceback in a file; DEBUG=1 shows it."""
    if os.environ.get("DEBUG"):
        traceback.print_exc()
    try:
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        log = paths.LOGS / "dev-error.log"
        log.write_text(traceback.format_exc())
        where = f"the details are in {paths.shown(log)}"
    except OSError:
        where = "DEBUG=1 shows the details"
    return ui.Failure(f"{type(error).__name__}: {error}", where).report()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
