import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...core.service_level import OPEN_STATES, ClockFace
from .guard import NOT_OURS, SWEEP_CRON, undoable
from .rows import ClockRow, Hours

_logger = logging.getLogger(__name__)


class OpsSlaPolicy(models.Model):
    """Clocks follow what records do.

    What is compared is the record as it is now and its open clock, so following twice, or
    after something was missed, comes to the same.
    """

    _inherit = "ops.sla.policy"

    def _follow_guarded(self, records, by_hand=False):
        """Let the clocks follow, and never stand in the way of the document.

        Whatever goes wrong is undone and left to the sweep, which tries again right after
        the commit and opens an exception; not here, because one shared exception row would
        make documents conflict. Only what was asked for by hand is told of at once, by an
        exception for each record: the sweep does not know that anybody asked.

        :param bool by_hand: start a clock whatever the policy says about its start
        """
        self.ensure_one()
        # Before the guard: an error in the document's own values is the document's.
        self.env.flush_all()
        try:
            with undoable(self.env):
                problems = self._follow(records, by_hand=by_hand)
        except NOT_OURS:
            raise
        except Exception as error:
            _logger.info("Clocks of %s could not follow %s", self, records, exc_info=True)
            problems = [(record, f"{type(error).__name__}: {error}") for record in records]
        if problems:
            self._wake_sweep()
            if by_hand:
                self._report_in_vain(problems)

    @api.model
    def _follow_written(self, records):
        """Let the clocks follow records of which no automation rule knows: for models whose own
        code writes them past the rules, called after such a write or before the commit.

        Guarded, as :meth:`_follow_guarded`.
        """
        if not records or not records._ops_is_measured():
            return
        # sudo: whoever works need not read the policies
        policies = self.sudo()._ops_engine()
        for policy in policies.search([("model_id.model", "=", records._name)]):
            policy._follow_guarded(records)

    def _report_in_vain(self, problems):
        try:
            with undoable(self.env):
                for record, problem in problems:
                    cause = f"sla_policy:{self.id}:{record._name},{record.id}"
                    self._report(self._without_clock(record, problem), cause_key=cause)
        except NOT_OURS:
            raise
        except Exception:
            _logger.warning("Nobody was told of clocks that did not start", exc_info=True)

    def _follow(self, records, by_hand=False, now=None, silent=False):
        """Start, pause, resume, stop and move the clocks of the records.

        :param datetime now: the moment at which the records are as they are
        :param bool silent: tell nobody, because it is history
        :return: list of (record, problem in words) for those whose clock could not start
        """
        self.ensure_one()
        now = now or fields.Datetime.now()
        # sudo: a clock runs whoever's work moves the record; only the clock is written
        policy = self.sudo()._ops_engine(active_test=False)
        records = records.sudo()._ops_engine(active_test=False)
        clocks = policy.env["ops.sla.clock"]
        rows = clocks._load_of(policy, records)
        places, problems = policy._places_of(records)
        moved = clocks._transitions()
        for version_id in sorted({row.version_id for row in rows}):
            rules = policy.env["ops.sla.policy.version"].browse(version_id)._rules()
            ours = {row.res_id: row for row in rows if row.version_id == version_id}
            matches = rules.matches(records.browse(ours), places)
            for record in records.browse(ours):
                row, place = ours[record.id], places.get(record.id)
                clocks._move(moved, row, matches[record.id].move(row.face.state), now)
                if place and row.face.state in OPEN_STATES:
                    moved.add(row, clocks._replace(row, record, place, now))
        clocks._store(moved.rows())
        idle = records - records.browse(row.res_id for row in rows)
        if policy.active:
            started, unplaced = policy._start(idle, places, problems, by_hand, now)
            moved.merge(started)
            problems = unplaced
        else:
            problems = {}
        if not silent:
            clocks._tell(moved, now)
        return [(records.browse(res_id), text) for res_id, text in problems.items()]

    def _start(self, records, places, problems, by_hand, now):
        """Start clocks for those of the records that want one.

        :return: the transitions, and the problems of those that wanted one in vain
        """
        clocks = self.env["ops.sla.clock"]
        moved, in_vain = clocks._transitions(), {}
        version = self.env["ops.sla.policy.version"]._current(self)
        if not records or not version:
            return moved, in_vain
        rules = version._rules()
        matches = rules.matches(records, places)
        wanting = records.filtered(lambda each: matches[each.id].may_start(by_hand))
        targets = rules.target_of(wanting)
        rows = []
        for record in wanting.filtered(lambda each: each.id in targets):
            if record.id not in places:
                in_vain[record.id] = problems[record.id]
                continue
            target, (company, site) = targets[record.id], places[record.id]
            calendar = clocks._calendar_for(target.hours, target.calendar_id, company, site)
            face = ClockFace(target.budget, target.warn, Hours(moved.times, calendar, company))
            row = ClockRow(
                policy_id=self.id,
                version_id=version.id,
                target_id=target.id,
                res_model=record._name,
                res_id=record.id,
                res_name=record.display_name,
                company_id=company.id,
                site_id=site.id or None,
                user_id=clocks._responsible(record),
                hours_kind=target.hours,
                calendar_id=calendar.id or None,
                hours_version=calendar.ops_hours_version,
                started_at=now,
                face=face,
            )
            row.told = face.start(now)
            if matches[record.id].pause:
                row.told += face.pause(now)
            rows.append(row)
        for row in clocks._insert(rows):
            moved.add(row, row.told)
        return moved, in_vain

    @api.model
    def _places_of(self, records):
        """(company, site) of each record by id, and why those of others are not known."""
        try:
            return dict(zip(records._ids, records._ops_place(), strict=True)), {}
        except ValidationError:
            places, problems = {}, {}
        for record in records:
            try:
                [places[record.id]] = record._ops_place()
            except ValidationError as error:
                problems[record.id] = str(error)
        return places, problems

    @api.model
    def _wake_sweep(self):
        """Have records and clocks compared soon."""
        if self.env["ir.model.data"]._xmlid_to_res_id(SWEEP_CRON):  # not yet while it is installed
            self.env["ops.event"].sudo()._wake({SWEEP_CRON})
