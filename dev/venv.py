"""Virtual environments in .local: made with the interpreter that runs this, filled by pip."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from dev import paths, stamps, ui

CONSTRAINTS = paths.ROOT / "dev" / "constraints.txt"
TRIED = (3, 11)  # the version dev/constraints.txt was written for


def ensure(
    folder: Path, requirements: list[Path], title: str, name: str, pinned: bool = False
) -> Path:
    """Bring ``folder`` up to ``requirements``; return its interpreter.

    ``pinned`` requirements say their versions themselves and need no constraints. The stamp
    lies in the folder, so it is gone when the folder is made anew.
    """
    python = folder / "bin" / "python"
    stamp = folder / f"{name}.stamp"
    version = _version(python)
    constrained = not pinned and (version or sys.version_info[:2]) == TRIED
    files = [*requirements, *([CONSTRAINTS] if constrained else [])]
    key = stamps.fingerprint(str(folder), str(sys.version_info[:2]), *files)
    if version and stamp.exists() and stamp.read_text() == key:
        return python
    stamp.unlink(missing_ok=True)
    if not version or not _has_pip(python):
        _create(folder)
    command = [python, "-m", "pip", "install", "--progress-bar", "off", "--no-input"]
    command += ["--disable-pip-version-check"]
    for file in requirements:
        command += ["-r", file]
    if constrained:
        command += ["-c", CONSTRAINTS]
    with ui.Step(title) as step:
        ui.run_logged(command, paths.LOGS / f"{name}-pip.log", step, far=_PipMeter())
    stamp.write_text(key)
    return python


class _PipMeter:
    """Read pip's output: how many packages are looked at, and which one it is at."""

    def __init__(self):
        self.collected = 0

    def __call__(self, line: str) -> str | None:
        if line.startswith("Collecting "):
            self.collected += 1
            return f"{self.collected} packages found, at {line.split()[1]}"
        if line.startswith("Installing collected packages"):
            return f"installing {len(line.split(','))} packages"
        return None


def _version(python: Path) -> tuple[int, int] | None:
    """The version of a working interpreter, None if it is missing or broken."""
    if not python.exists():
        return None
    probe = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(probe, capture_output=True, text=True)
    if answer.returncode:
        return None
    major, minor = answer.stdout.split()
    return int(major), int(minor)


def _has_pip(python: Path) -> bool:
    return not subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode


def _create(folder: Path) -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise ui.Failure(
                f"this Python ({sys.executable}) lacks its module {module}",
                "Debian: apt-get install python3-venv; else use a complete Python: "
                "make PYTHON=/path/to/python3.11 ...",
            )
    shutil.rmtree(folder, ignore_errors=True)
    major, minor = sys.version_info[:2]
    with ui.Step(f"Python {major}.{minor} environment in {paths.shown(folder)}") as step:
        command = [sys.executable, "-m", "venv", folder]
        ui.run_logged(command, paths.LOGS / "venv.log", step)


def site_packages() -> Path:
    """Where the main environment keeps its modules."""
    found = sorted(paths.VENV.glob("lib/python3.*/site-packages"))
    if not found:
        raise ui.Failure(
            "the Python environment in .local/venv is damaged", "make clean, then again"
        )
    return found[0]
