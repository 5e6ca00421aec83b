"""Clocks as plain rows, outside of the ORM: loaded, moved and written many at a time."""

from dataclasses import dataclass, field

from ...core.service_level import TRANSITIONS, ClockFace
from ..time.resource_calendar import WorkingTimes

# Columns that say which clock it is and where; those of the face follow.
IDENTITY = (
    "policy_id",
    "version_id",
    "target_id",
    "res_model",
    "res_id",
    "res_name",
    "company_id",
    "site_id",
    "user_id",
    "hours_kind",
    "calendar_id",
    "hours_version",
    "cycle",
    "started_at",
)
# Column -> attribute of the face.
FACE = {
    "budget_seconds": "budget",
    "warn_seconds": "warn",
    "state": "state",
    "used_seconds": "used",
    "counted_at": "counted_at",
    "due_at": "due_at",
    "at_risk_at": "at_risk_at",
    "is_at_risk": "is_at_risk",
    "breached_at": "breached_at",
    "paused_since": "paused_since",
    "stopped_at": "stopped_at",
}
# What a move may change, and its type for the database.
MOVING = {
    "company_id": "int",
    "site_id": "int",
    "user_id": "int",
    "calendar_id": "int",
    "hours_version": "int",
    "state": "varchar",
    "used_seconds": "int",
    "counted_at": "timestamp",
    "due_at": "timestamp",
    "at_risk_at": "timestamp",
    "is_at_risk": "boolean",
    "breached_at": "timestamp",
    "paused_since": "timestamp",
    "stopped_at": "timestamp",
}


@dataclass(frozen=True)
class Hours:
    """The hours that count for one clock, for a :class:`ClockFace` to ask."""

    times: WorkingTimes
    calendar: object
    company: object

    def elapsed(self, start, end):
        return self.times.elapsed(self.calendar, start, end, self.company)

    def due(self, start, seconds):
        return self.times.due(self.calendar, start, seconds, self.company)


@dataclass
class ClockRow:
    """One clock as its table has it, outside of the ORM: made and written many at a time."""

    policy_id: int
    version_id: int
    target_id: int | None
    res_model: str
    res_id: int
    res_name: str
    company_id: int
    site_id: int | None
    user_id: int | None
    hours_kind: str
    calendar_id: int | None
    hours_version: int
    started_at: object
    face: ClockFace
    cycle: int = 1
    id: int | None = None
    told: list = field(default_factory=list)

    def value(self, column):
        """What stands in a column."""
        return getattr(self.face, FACE[column]) if column in FACE else getattr(self, column)


class Transitions:
    """What happened to which clocks in one piece of work."""

    def __init__(self, times):
        self.times = times
        self._rows = {}
        self._kinds = {kind: [] for kind in TRANSITIONS}

    def add(self, row, kinds):
        """Note a clock that has to be written, and what happened to it (perhaps nothing)."""
        if kinds is None:
            return
        self._rows[row.id] = row
        for kind in kinds:
            self._kinds[kind].append(row)

    def merge(self, other):
        self._rows |= other._rows
        for kind, rows in other._kinds.items():
            self._kinds[kind] += rows

    def rows(self):
        """The clocks that have to be written."""
        return list(self._rows.values())

    def by_kind(self):
        """(kind, clocks) in the order in which they happen; only what happened."""
        return [(kind, rows) for kind, rows in self._kinds.items() if rows]
