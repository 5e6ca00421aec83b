import logging
import time
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import SQL

from ...core.pool import SenderPool

_logger = logging.getLogger(__name__)

# Requests at once that one lane's run makes; threads cost next to nothing while they wait.
THREADS = 64
THREADS_MOST = 256
# Nothing is begun later than this in a run. With the usual 15 s for an answer a run ends within
# 25 s: its lock on the scheduled action pins the database's oldest snapshot meanwhile.
RUN_SECONDS = 10
# How far ahead a lane waits for what is nearly due, in seconds: Odoo itself wakes nobody for a
# trigger in the future, so that a retry after 5 s would else wait for up to a minute.
LINGER_SECONDS = {"critical": 20, "standard": 6, "bulk": 2}
# A run that lingers looks this often for what was committed meanwhile, in seconds.
POLL_SECONDS = 0.2
# Outcomes are written together when there are so many, or the first has waited so long.
SETTLE_AT = 32
SETTLE_SECONDS = 0.03
NOTE_SECONDS = 2.0
# Set (to anything) to hold all deliveries, as while modules are installed or upgraded: Odoo
# refuses that while a scheduled action runs.
HOLD_PARAMETER = "healthcare_ops_automation.hold_deliveries"
THREADS_PARAMETER = "healthcare_ops_automation.sender_threads"


@dataclass
class _Run:
    """One run of a lane: what it has in hand, and until when it begins something."""

    lane: str
    pool: SenderPool
    schedule: tuple
    deadline: float
    in_hand: dict = field(default_factory=dict)
    unnoted: list = field(default_factory=list)
    noted_at: float = 0.0
    look_at: float = 0.0
    is_held: bool = False
    held_known_until: float = 0.0

    @property
    def room(self):
        """Some more than there are threads, so that none waits for the next claim."""
        return self.pool.size + self.pool.size // 2 - self.pool.in_hand

    def count(self, each, step):
        endpoint_id = each.outgoing.target.endpoint_id
        self.in_hand[endpoint_id] = self.in_hand.get(endpoint_id, 0) + step
        if not self.in_hand[endpoint_id]:
            del self.in_hand[endpoint_id]


class OpsDelivery(models.Model):
    """Dispatching: one scheduled action a lane claims, sends and settles.

    How it works: a claim counts the attempt and is committed before anything is sent, so
    that a killed process has used it up; its lease runs out and another run takes the
    delivery. Threads send, with neither cursor nor environment; claiming and settling go
    on meanwhile. What became of attempts is committed before anything follows from it.
    """

    _name = "ops.delivery"
    _inherit = ["ops.delivery", "ops.worker"]

    @api.model
    def _cron_deliver(self, lane):
        """Deliver what is due in a lane; begin nothing after 10 seconds.

        :param str lane: critical, standard or bulk
        """
        if not self.env["ops.event"]._may_leave() or self._is_held():
            return
        with SenderPool(self._thread_count()) as pool:
            run = _Run(lane, pool, self._retry_schedule(), time.monotonic() + RUN_SECONDS)
            more = self._drain(run)
        self._report()
        if more:
            self.env.ref(self.env["ops.event"]._lane_crons()[lane])._trigger()
        else:
            self._wake_for_next(lane)

    @api.model
    def _report(self):
        """Tell people of what was given up, and of endpoints that are broken."""
        self._despite_conflicts(self._report_given_up)
        self._despite_conflicts(self.env["ops.exception"]._close_cleared)
        self._despite_conflicts(self.env["ops.endpoint.health"]._report_broken)

    @api.model
    def _drain(self, run):
        """Claim, have sent and settle until nothing is due or the run's time is up.

        :return: whether something is still due, or nearly
        """
        while True:
            going = time.monotonic() < run.deadline and not self._is_held_now(run)
            if not going:
                self._finish(run, run.pool.withdraw())
            elif run.room >= run.pool.size // 4 and time.monotonic() >= run.look_at:
                self._fill(run)
            if run.pool.in_hand:
                self._finish(run, run.pool.collect(POLL_SECONDS, SETTLE_AT, SETTLE_SECONDS))
                continue
            self._note(run)
            wait = self._seconds_to_next(run.lane)
            near = wait is not None and wait < LINGER_SECONDS[run.lane]
            if not (going and near):
                return near and not run.is_held
            # What is due and yet was not claimed is in other hands, or over a limit.
            time.sleep(min(max(wait, POLL_SECONDS / 2), POLL_SECONDS))
            run.look_at = 0.0

    @api.model
    def _fill(self, run):
        """Claim what there is room for, and hand it to the threads."""
        room = run.room
        claims = self._despite_conflicts(lambda: self._claim(run.lane, room, run.in_hand)) or []
        for claim in claims:
            run.count(claim, 1)
        run.pool.submit(claims)
        if len(claims) < room // 2:
            run.look_at = time.monotonic() + POLL_SECONDS

    @api.model
    def _finish(self, run, finished):
        """Settle what was sent or taken back."""
        if not finished:
            return
        for each in finished:
            run.count(each.claim, -1)
        self._despite_conflicts(lambda: self._settle(finished, run.schedule))
        run.unnoted += [each for each in finished if each.outcome]
        run.look_at = 0.0
        news = any(e.outcome and (e.claim.is_probe or e.outcome.error) for e in finished)
        if news or time.monotonic() > run.noted_at + NOTE_SECONDS:
            self._note(run)

    @api.model
    def _note(self, run):
        """Tell the endpoints' health; take back what waits for one that is broken now."""
        if not run.unnoted:
            return
        unnoted, run.unnoted, run.noted_at = run.unnoted, [], time.monotonic()
        shut = self._despite_conflicts(lambda: self._note_health(unnoted), len(unnoted)) or set()
        if not shut & run.in_hand.keys():
            return
        withdrawn = run.pool.withdraw()
        kept = [e for e in withdrawn if e.claim.outgoing.target.endpoint_id not in shut]
        run.pool.submit(each.claim for each in kept)
        self._finish(run, [each for each in withdrawn if each not in kept])

    @api.model
    def _note_health(self, finished):
        self._lock_dispatch()
        return self.env["ops.endpoint.health"]._note(finished)

    @api.model
    def _thread_count(self):
        text = self.env["ir.config_parameter"].get_param(THREADS_PARAMETER) or ""
        return min(max(int(text), 1), THREADS_MOST) if text.isdecimal() else THREADS

    @api.model
    def _is_held(self):
        """Whether an administrator holds all deliveries; asks the database, not the cache."""
        held = self.env.execute_query(
            SQL(
                "SELECT value <> '' FROM ir_config_parameter WHERE key = %s",
                HOLD_PARAMETER,
            )
        )
        return bool(held and held[0][0])

    @api.model
    def _is_held_now(self, run):
        """As :meth:`_is_held`, asked once a second."""
        if time.monotonic() >= run.held_known_until:
            run.is_held = self._is_held()
            run.held_known_until = time.monotonic() + 1
        return run.is_held

    @api.model
    def _next_due_at(self, lane):
        """When the next delivery of the lane may be sent (naive UTC), or None.

        What waits behind another of its record is not asked for: it comes with that one.
        """
        [[due_at]] = self.env.execute_query(
            SQL(
                """SELECT min(greatest(
                              first.due_at,
                              CASE WHEN e.state = 'broken' THEN h.probe_at END,
                              h.hold_until,
                              CASE WHEN e.rate_limit > 0
                                   THEN to_timestamp(h.rate_at) AT TIME ZONE 'UTC' END))
                     FROM ops_endpoint e
                     LEFT JOIN ops_endpoint_health h ON h.endpoint_id = e.id
                    CROSS JOIN LATERAL (
                          SELECT d.next_attempt_at AS due_at FROM ops_delivery d
                           WHERE d.endpoint_id = e.id AND d.lane = %s
                             AND d.state IN ('waiting', 'retrying', 'sending')
                           ORDER BY d.next_attempt_at LIMIT 1) AS first
                    WHERE e.active AND e.url <> '' AND e.test_mode IS NOT TRUE
                      AND e.state IN ('active', 'broken')""",
                lane,
            )
        )
        return due_at

    @api.model
    def _seconds_to_next(self, lane):
        """Seconds until the next delivery of the lane may be sent, or None."""
        due_at = self._next_due_at(lane)
        return due_at and max((due_at - fields.Datetime.now()).total_seconds(), 0.0)

    @api.model
    def _wake_for_next(self, lane):
        """Trigger the lane's run for the earliest delivery that is still to come.

        What is due but was not claimed is in another server's hands: it waits for the
        regular run.
        """
        cron = self.env.ref(self.env["ops.event"]._lane_crons()[lane])
        due_at = self._next_due_at(lane)
        known = [("cron_id", "=", cron.id), ("call_at", "=", due_at)]
        if due_at and due_at > fields.Datetime.now():
            if not self.env["ir.cron.trigger"].search_count(known, limit=1):
                cron._trigger(due_at)
