"""Read an Odoo log file and list what should not be in it.

The tests' own process is watched by ``tests/plugin/log_gate.py``; this is for the logs of servers
and of module installations, which run in processes of their own.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from dev import log_allow, paths, ui

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[\w.-]+): "
    r"(?P<message>.*)$"
)
BAD = {"WARNING", "ERROR", "CRITICAL"}
PERFORMANCE = re.compile(r" (- - -|\d+ \d+\.\d{3} \d+\.\d{3})$")

Allow = Callable[[str, str, str], bool]


def records(path: Path) -> Iterator[tuple[str, str, str]]:
    """(logger, level, message) of each record; continuation lines (tracebacks) are left out."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if match := LINE.match(line):
                message = PERFORMANCE.sub("", match["message"].rstrip())
                yield match["logger"], match["level"], message.rstrip()


def check_log(path: Path, allow: Allow | None = None) -> list[str]:
    """The lines of level WARNING and above that nobody expects, as ``LEVEL logger: message``.

    ``allow`` takes (logger, level, message) and says yes to lines the caller provoked.
    """
    return [
        f"{level} {logger}: {message}"
        for logger, level, message in records(path)
        if level in BAD
        and not log_allow.allowed(logger, level, message)
        and not (allow and allow(logger, level, message))
    ]


def require_clean(path: Path, what: str, allow: Allow | None = None) -> None:
    """Fail with the first unexpected lines of a log."""
    found = check_log(path, allow)
    if found:
        for line in found[:20]:
            ui.say(f"    {line[:500]}")
        raise ui.Failure(
            f"{what}: {len(found)} unexpected lines of level WARNING or above in the log",
            f"mend what causes them; the whole log is {paths.shown(path)}",
        )
