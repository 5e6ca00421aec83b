"""Find a Chromium for the browser tests, and keep it from talking to the network."""

import os
import shlex
import shutil
import subprocess
import sys

from dev import paths, ui

PROGRAMS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def wanted() -> bool:
    """BROWSER=0 leaves the browser tests out, everything else wants them."""
    return os.environ.get("BROWSER") != "0"


def find() -> str:
    """The program CHROME_BIN names, else the first one installed. Fails with the remedy."""
    named = os.environ.get("CHROME_BIN")
    for name in [named] if named else PROGRAMS:
        program = shutil.which(name)
        if program and program != str(paths.BIN / "google-chrome") and _starts(program):
            return program
    raise ui.Failure(
        f"CHROME_BIN={named} is no working browser" if named else "there is no Chromium",
        "Debian: apt-get install chromium; elsewhere name one in CHROME_BIN; "
        "or leave the browser tests out: make test BROWSER=0",
    )


def _starts(program: str) -> bool:
    return not subprocess.run([program, "--version"], capture_output=True).returncode


def install_launcher() -> None:
    """Odoo's test harness takes the first ``google-chrome`` on PATH: give it ours.

    On macOS the harness looks in /Applications only and the launcher is not used.
    """
    if sys.platform == "darwin":
        return
    program = find()
    launcher = paths.BIN / "google-chrome"
    paths.BIN.mkdir(parents=True, exist_ok=True)
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(program)} {" ".join(QUIET)} "$@"\n')
    launcher.chmod(0o755)
