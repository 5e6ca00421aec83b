"""Fingerprints and stamps: what makes every step idempotent and resumable.

A step writes its stamp last. A stamp that is missing or older than what the step depends on
means: do the step again.
"""

import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dev import paths, ui

# Nothing in these changes what is installed into a database.
UNINSTALLED = {"__pycache__", "tests", "readme"}
UNINSTALLED_SUFFIXES = {".pyc", ".pot", ".md", ".orig", ".rej", ".swp"}


def fingerprint(*parts: str | Path) -> str:
    """Hash strings as they are and files or folders by relative name and content."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(part.encode() + b"\0")
            continue
        for file in installed_files(part):
            digest.update(paths.shown(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def installed_files(path: Path) -> Iterable[Path]:
    """The files below ``path`` that reach a database, sorted; a file is itself."""
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file()
        and file.suffix not in UNINSTALLED_SUFFIXES
        and UNINSTALLED.isdisjoint(file.relative_to(path).parts)
    )


def modules_fingerprint() -> str:
    return fingerprint(*paths.modules().values())


def read(name: str) -> str | None:
    try:
        return (paths.STATE / name).read_text()
    except FileNotFoundError:
        return None


def write(name: str, key: str) -> None:
    paths.STATE.mkdir(parents=True, exist_ok=True)
    unfinished = paths.STATE / f"{name}.new"
    unfinished.write_text(key)
    unfinished.rename(paths.STATE / name)


def forget(name: str) -> None:
    (paths.STATE / name).unlink(missing_ok=True)


@contextmanager
def locked() -> Iterator[None]:
    """One set-up at a time in a clone; a second one waits and then finds the work done."""
    paths.LOCAL.mkdir(exist_ok=True)
    with (paths.LOCAL / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ui.say("  another command prepares this clone: waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        ui.INHERITED.append(handle.fileno())
        try:
            yield
        finally:
            ui.INHERITED.remove(handle.fileno())
