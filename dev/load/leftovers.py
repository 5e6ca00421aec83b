"""Databases that a run which was killed has left behind: their names end with its process id."""

import os

from dev import databases, paths, postgres


def name(kind: str, part: str) -> str:
    """The name of a database of this process."""
    return f"ops_{paths.clone_id()}_{kind}_{part}_{os.getpid()}"


def remove(kind: str) -> None:
    """Drop this clone's databases of a kind whose process is no more."""
    pattern = databases.literal(f"ops_{paths.clone_id()}_{kind}_%")
    for found in postgres.psql(
        f"SELECT datname FROM pg_database WHERE datname LIKE {pattern}"
    ).split():
        if not is_alive(found.rpartition("_")[2]):
            databases.drop(found)


def is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
