"""The benchmark's rows, as Markdown for people and as JSON for machines."""

import datetime
import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dev import paths, postgres, ui

FOLDER = paths.LOCAL / "bench"


@dataclass(frozen=True)
class Row:
    """One figure. ``met`` is None where there is no target."""

    part: str
    what: str
    value: float
    unit: str
    how: str
    target: str = ""
    met: bool | None = None

    def measured(self) -> str:
        digits = 0 if self.value >= 1000 else 1 if self.value >= 100 else 3
        return f"{self.value:,.{digits}f} {self.unit}".strip()

    def verdict(self) -> str:
        return {None: "", True: "yes", False: "**no**"}[self.met]


@dataclass
class Report:
    """What one run measured, and on what."""

    quick: bool
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    started_at: str = field(
        default_factory=lambda: datetime.datetime.now(datetime.timezone.utc).isoformat(
            "T", "seconds"
        )
    )

    # What else the machine was doing is in every figure.
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def add(self, *rows: Row) -> None:
        """Keep rows and print them at once: a run that is interrupted has shown them."""
        for row in rows:
            self.rows.append(row)
            target = f" (target {row.target}: {row.verdict().strip('*')})" if row.target else ""
            ui.say(f"    {row.what}: {row.measured()}{target}")

    def note(self, text: str) -> None:
        self.notes.append(text)
        ui.say(f"    {text}")

    def missed(self) -> list[Row]:
        return [row for row in self.rows if row.met is False]

    def machine(self) -> str:
        version = postgres.psql("SHOW server_version").split()[0]
        return (
            f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version}"
            f" ({'embedded' if postgres.is_embedded() else 'named by PG*'}), load before it"
            f" {self.load:.1f}"
        )

    def markdown(self) -> str:
        lines = [
            "| what | measured | target | met | how |",
            "| --- | ---: | --- | --- | --- |",
            *(
                f"| {row.what} | {row.measured()} | {row.target} | {row.verdict()} | {row.how} |"
                for row in self.rows
            ),
            "",
            *(f"- {note}" for note in self.notes),
            f"- {self.started_at}, {self.machine()}"
            + (", quick run: the figures mean nothing" if self.quick else ""),
        ]
        return "\n".join(lines) + "\n"

    def write(self) -> Path:
        """Write both files; return the Markdown's path. A quick run leaves a real one's alone."""
        folder = FOLDER / "quick" if self.quick else FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "started_at": self.started_at,
            "quick": self.quick,
            "machine": self.machine(),
            "notes": self.notes,
            "rows": [{**asdict(row), "measured": row.measured()} for row in self.rows],
        }
        (folder / "report.json").write_text(json.dumps(content, indent=2) + "\n")
        path = folder / "report.md"
        path.write_text(self.markdown())
        return path
