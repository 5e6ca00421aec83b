"""What a person sees: steps with progress and times, and failures of one line with a remedy."""

import collections
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Descriptors that child programs keep open: a child that outlives its killed parent goes on holding
# the set-up lock, so that nobody works in the same folder before it ends.
INHERITED: list[int] = []
NOT_A_TERMINAL_SECONDS = 15  # how often a log (no terminal) hears of a step still going on


class Failure(Exception):
    """Something a person can do something about: what is wrong, and what helps."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def report(self) -> int:
        complain(self.problem, self.remedy)
        return 1


def say(text: str) -> None:
    print(text, flush=True)


def complain(problem: str, remedy: str) -> None:
    sys.stdout.flush()
    print(f"error: {' '.join(problem.split())}\nremedy: {remedy}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


class Step:
    """A long step: what it does, how far it is, how long it has taken.

    On a terminal one line is rewritten every second; elsewhere a line appears every 15 s.
    """

    def __init__(self, title: str):
        self.title = title
        self.far = ""
        self.outcome = "done"
        self.poll: Callable[[], str] | None = None  # asked at every refresh how far it is
        self._start = time.monotonic()
        self._ended = threading.Event()
        self._terminal = sys.stdout.isatty()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def _tick(self) -> None:
        while not self._ended.wait(1 if self._terminal else NOT_A_TERMINAL_SECONDS):
            far = self.poll() if self.poll else self.far
            line = f"  {self.title}: {far or 'working'} ({duration(self.elapsed())})"
            if self._terminal:
                width = os.get_terminal_size().columns - 1
                sys.stdout.write("\r\x1b[K" + line[:width])
                sys.stdout.flush()
            else:
                say(line)

    def __enter__(self) -> "Step":
        if not self._terminal:
            say(f"  {self.title} ...")
        self._ticker.start()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._ended.set()
        self._ticker.join()
        if self._terminal:
            sys.stdout.write("\r\x1b[K")
        outcome = self.outcome if kind is None else "FAILED"
        say(f"  {self.title}: {outcome} in {duration(self.elapsed())}")


def run_logged(
    command: list,
    log: Path,
    step: Step,
    far: Callable[[str], str | None] | None = None,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a program with its output in ``log``; fail with its last telling line.

    ``far`` turns a line of output into "how far", or returns None for lines that say nothing.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: collections.deque[str] = collections.deque(maxlen=40)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            pass_fds=INHERITED,
        )
        try:
            for raw in _lines(process.stdout):
                out.write(raw)
                line = raw.decode(errors="replace").strip()
                if line:
                    tail.append(line)
                if far and (text := far(line)):
                    step.far = text
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if code:
        raise Failure(
            f"{step.title} failed: {telling_line(tail) or f'exit code {code}'}",
            remedy_for(tail, log),
        )


def _lines(stream) -> Iterator[bytes]:
    """Lines ended by a newline or, as progress meters do, by a carriage return."""
    rest = b""
    while chunk := stream.read1(65536):
        *lines, rest = re.split(rb"(?<=[\r\n])", rest + chunk)
        yield from lines
    if rest:
        yield rest


def telling_line(lines) -> str | None:
    """The line that most likely says what went wrong: the last that names an error."""
    words = ("error", "fatal", "failed", "no space left", "cannot", "could not", "unable")
    for line in reversed(lines):
        if any(word in line.lower() for word in words):
            return line[:300]
    return lines[-1][:300] if lines else None


def remedy_for(lines, log: Path) -> str:
    text = "\n".join(lines)
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return "the disk is full: free some space (5 GB is plenty), then run the command again"
    return f"see {log}, then run the same command again: it resumes"


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long a short action took."""
    start = time.monotonic()
    yield
    say(f"  {what} ({duration(time.monotonic() - start)})")
