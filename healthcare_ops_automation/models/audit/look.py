"""What a verification gathers: what it saw of a chain, and what is gone as it may be."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import fields

from .ops_audit_purge import MIN_RETENTION_DAYS

# So many findings of a chain are kept; all are counted.
KEPT_MOST = 500


@dataclass
class Look:
    """What is seen of one chain."""

    company_id: int
    entry_count: int = 0
    purged_count: int = 0
    absent_count: int = 0
    unsealed_count: int = 0
    unsealed_since: datetime | None = None
    finding_count: int = 0
    findings: list = field(default_factory=list)

    def add(self, kind, res_model=None, res_id=None, at=None, sequence=None, **details):
        self.finding_count += 1
        if len(self.findings) < KEPT_MOST:
            finding = {
                "kind": kind,
                "res_model": res_model,
                "res_id": res_id,
                "at": at and fields.Datetime.to_string(at),
                "sequence": sequence,
                **details,
            }
            self.findings.append({name: value for name, value in finding.items() if value})


class Gone:
    """Which entries are gone, and said to be: runs of ids of a model, none in two of them."""

    def __init__(self):
        self._runs = {}

    def take(self, at, action, details):
        """An entry of the trail that says so; those of before the seals name no ids."""
        before = details.get("before")
        before = fields.Datetime.to_datetime(before) if before else at
        # A purge that took what was younger than any retention allows is none.
        least = timedelta(days=MIN_RETENTION_DAYS - 1)
        is_due = action != "audit.purged" or before <= at - least
        for first, last in details.get("ids", ()):
            runs = self._runs.setdefault(details.get("model"), [])
            runs.append((first, last, before, is_due))

    def ready(self):
        for runs in self._runs.values():
            runs.sort(key=lambda run: run[:2])
        return self

    def due(self, seal):
        """Whether the sealed entry is gone as it may be; None when nothing says that it is."""
        runs = self._runs.get(seal.res_model, ())
        place = bisect_right(runs, seal.entry_id, key=lambda run: run[0]) - 1
        if place < 0:
            return None
        _first, last, before, is_due = runs[place]
        if seal.entry_id > last:
            return None
        return is_due and seal.entry_at <= before
