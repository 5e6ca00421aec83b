import time
from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models

from ...core.cases import fold, follows
from .hours import SiteHours
from .ops_event import PROJECT_CRON

# Events taken in hand together: about half a second of work.
BATCH = 2000
# Events of whole records that are folded anew in one batch, beyond the first record's.
REFOLD_MOST = 10_000
# No batch is begun later in a run: its lock on the scheduled action pins the database's oldest
# snapshot meanwhile.
RUN_SECONDS = 20


@dataclass
class _Record:
    """What is new about one record in one process. ``key``: (process id, record key)."""

    key: tuple
    subject: tuple  # model, id
    happenings: list = field(default_factory=list)
    last: object = None  # its latest Case
    last_order: tuple = ()
    anew: bool = False

    @property
    def cannot_append(self):
        return bool(self.last) and not follows(self.happenings, self.last_order)


class OpsProjector(models.AbstractModel):
    """Follows the event log into cases and their steps.

    How it works: a batch takes events that were not projected yet, whatever their ids, and
    groups them by process and record. What comes after all that is known of its record is
    appended to its latest case. A record of which something came late, or of which the log knows
    more than the cases do, is folded anew from the log, so that its rows are those of a rebuild.
    All of a batch is one transaction and can be repeated. It reads only columns of events that
    are never pruned.
    """

    _name = "ops.projector"
    _description = "Projector of the Process Log"
    _inherit = ["ops.worker"]

    @api.model
    def _cron_project(self):
        """Follow the log until nothing is left; begin no batch after 20 seconds."""
        end, hours = time.monotonic() + RUN_SECONDS, SiteHours()
        processes = self.env["ops.process"]
        while time.monotonic() < end:
            # What is new first, then a piece of what people want worked out anew.
            done = self._despite_conflicts(lambda: self._project_batch(hours))
            cleared = self._despite_conflicts(processes._rebuild_batch)
            if not done and not cleared:
                return
        self.env.ref(PROJECT_CRON)._trigger()

    @api.model
    def _project_batch(self, hours=None):
        """Project some events.

        :param SiteHours hours: kept from batch to batch
        :return: how many events were taken; 0 when none is left, or another one is at it
        """
        self.env.flush_all()
        if not self._try_lock():
            return 0
        rows = self._take(BATCH)
        if not rows:
            return 0
        catalogue = self._catalogue()
        records = self._grouped(rows, catalogue)
        self._look_up(records)
        left_out = self._plan(records, catalogue)
        done = [row["id"] for row in rows if row["id"] not in left_out]
        done += self._fold(records, hours or SiteHours())
        self._mark(done)
        return len(rows)

    def _grouped(self, rows, catalogue):
        """The events of processes, by process and record."""
        told = [row for row in rows if row["type_code"] in catalogue]
        known = self._known_steps([row["id"] for row in told])
        records = {}
        for row in told:
            if row["id"] in known:
                continue
            process_id, milestone_id, role = catalogue[row["type_code"]]
            key = process_id, row["record_key"]
            if key not in records:
                records[key] = _Record(key, (row["res_model"], row["res_id"]))
            records[key].happenings.append(self._happening(row, milestone_id, role))
        return records

    def _plan(self, records, catalogue):
        """Decide which records are folded anew, and leave out what would be too much at once.

        :return: ids of events that wait for the next batch
        """
        doubtful = [each for each in records.values() if not each.last or each.cannot_append]
        counts = self._count_events(doubtful, catalogue)
        left_out, taken = set(), 0
        anew = []
        for record in doubtful:
            count = counts[record.key]
            if not record.last and count <= len(record.happenings):
                continue  # all there is of it is in this batch
            if anew and taken + count > REFOLD_MOST:
                left_out.update(each.id for each in record.happenings)
                del records[record.key]
                continue
            taken += count
            record.anew = True
            anew.append(record)
        everything = self._load_events(anew, catalogue)
        for record in anew:
            record.last, record.happenings = None, everything[record.key]
        return left_out

    def _fold(self, records, hours):
        """Work the cases out and write them.

        :return: ids of all events that are in them now
        """
        hours.look(self.env, self._windows(records))
        self._forget_steps([record for record in records.values() if record.anew])
        purged_before = self.env["ops.case"]._purged_before()
        folded = []
        for record in records.values():
            for case in fold(record.happenings, hours.measure, record.last):
                # What was purged does not come back when its record is folded anew.
                if case.is_open or case.closed_at >= purged_before:
                    folded.append((record, case))
        case_ids = self._write_cases(folded)
        self._forget_cases([record for record in records.values() if record.anew], case_ids)
        self._write_steps(folded, case_ids)
        self.env["ops.case"].invalidate_model(flush=False)
        self.env["ops.case.step"].invalidate_model(flush=False)
        return [each.id for record in records.values() for each in record.happenings]

    def _windows(self, records):
        """Between which moments durations will be asked for, by company and site."""
        windows = defaultdict(list)
        for record in records.values():
            moments = [each.at for each in record.happenings]
            if record.last:
                moments.append(record.last.opened_at)
            for place in {each.place[:2] for each in record.happenings}:
                windows[place] += min(moments), max(moments)
        return {place: (min(moments), max(moments)) for place, moments in windows.items()}
