import time
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

from ...core import circuit
from ...core.pool import Claim
from ...core.sender import Outgoing

# A claimed delivery may wait for a free thread for about as long as an attempt may take.
LEASE_MARGIN = 20
SEND_MARGIN = 5
# Deliveries looked at for each one wanted: those behind another of their record are parked.
LOOK_PER_SLOT = 2
LOOK_AT_LEAST = 100
LOOKS = 50
LOCK_SECONDS = 3


@dataclass
class _Gate:
    """What an endpoint may get now: ``slots`` requests, among them perhaps a probe."""

    endpoint_id: int
    slots: int
    is_probe: bool
    rate_limit: int
    rate_at: float
    now: float


class OpsDelivery(models.Model):
    """Claiming: which deliveries a lane's run sends next.

    Claims and settlements of all lanes and servers follow one another: each begins with a
    lock on the little table of health, whose snapshot is therefore fresh. That is what
    makes the limits of an endpoint, a single probe, and the order of a record strict.

    Of one record's deliveries to one endpoint only the lowest unsettled sequence is sent.
    Those behind it are parked when a claim meets them and released when it is settled, so
    that a claim never has to look at them again.
    """

    _inherit = "ops.delivery"

    @api.model
    def _lock_dispatch(self):
        """Begin a transaction of the dispatcher: one at a time, with a fresh snapshot.

        LOCK TABLE takes no snapshot (PostgreSQL manual, 13.2.2), so what the transaction
        sees begins after the lock was got. Readers and other writers are not disturbed. Whoever
        has the lock waits for nobody for long, so that one edit does not stop every lane.
        """
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL lock_timeout = %s", [f"{LOCK_SECONDS}s"])
        self.env.cr.execute("LOCK TABLE ops_endpoint_health IN SHARE UPDATE EXCLUSIVE MODE")

    @api.model
    def _claim(self, lane, room, in_hand=None):
        """Take due deliveries of the lane, a share for each endpoint; count the attempt.

        Due times are compared on the database's clock.

        :param str lane: critical, standard or bulk
        :param int room: at most so many
        :param dict in_hand: deliveries this run has in hand already, by endpoint id
        :return: a list of :class:`~core.pool.Claim`
        """
        asked_at = time.monotonic()
        self._lock_dispatch()
        gates = self._gates(lane, room, in_hand or {})
        chosen = self._choose(lane, gates, room)
        return self._take(gates, chosen, asked_at) if chosen else []

    @api.model
    def _end_worn_out(self, lane):
        """Give up what was in hand when its process died, if that was its last attempt: it may
        be what the process died of."""
        ended = self.env.execute_query(
            SQL(
                """UPDATE ops_delivery d
                      SET state = 'dead', lease_until = NULL, last_error = %s,
                          failure_cause = 'worn_out'
                     FROM ops_endpoint e
                    WHERE e.id = d.endpoint_id AND e.state = 'active' AND %s
                RETURNING d.id, d.endpoint_id, d.record_key""",
                self.env._("The process that sent it ended during the last attempt."),
                self._is_worn_out(lane),
            )
        )
        self.browse(row[0] for row in ended).invalidate_recordset(flush=False)
        self._release([row[1:] for row in ended], {lane})

    @api.model
    def _gates(self, lane, room, in_hand):
        """The endpoints that have something due and may get it, by id.

        In no order: where there are more of them than room, each gets its turn. What is due is
        asked for each endpoint: EXISTS would become a join that reads all that waits.
        """
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT e.id, e.state, e.concurrency_limit, e.rate_limit,
                          COALESCE(h.rate_at, 0) AS rate_at,
                          extract(epoch FROM now())::float8 AS now,
                          (SELECT count(*) FROM ops_delivery d
                            WHERE d.endpoint_id = e.id AND d.state = 'sending'
                              AND d.lease_until > now() AT TIME ZONE 'UTC') AS in_flight,
                          EXISTS (SELECT FROM ops_delivery d
                                   WHERE d.endpoint_id = e.id AND %(worn_out)s) AS has_worn_out
                     FROM ops_endpoint e
                     LEFT JOIN ops_endpoint_health h ON h.endpoint_id = e.id
                    CROSS JOIN LATERAL (
                          SELECT FROM ops_delivery d
                           WHERE d.endpoint_id = e.id AND d.lane = %(lane)s AND %(due)s
                           ORDER BY d.next_attempt_at LIMIT 1) AS due
                    WHERE %(open)s
                    ORDER BY random()""",
                open=self._is_open(),
                lane=lane,
                due=self._is_due(),
                worn_out=self._is_worn_out(lane),
            )
        )
        if any(row["has_worn_out"] for row in rows):
            self._end_worn_out(lane)
        served = {row["id"] for row in rows} | in_hand.keys()
        share = -(-(room + sum(in_hand.values())) // max(len(served), 1))
        gates = {}
        for row in rows:
            is_probe = row["state"] == "broken"
            # The other lanes leave some requests of each endpoint to the critical one.
            reserved = 0 if lane == "critical" else row["concurrency_limit"] // 4
            free = row["concurrency_limit"] - reserved - row["in_flight"]
            slots = 1 if is_probe else min(share - in_hand.get(row["id"], 0), free, room)
            slots, _rate = circuit.admitted(row["rate_at"], row["now"], row["rate_limit"], slots)
            if slots > 0:
                gates[row["id"]] = _Gate(
                    row["id"], slots, is_probe, row["rate_limit"], row["rate_at"], row["now"]
                )
        return gates

    @api.model
    def _is_open(self):
        """SQL: endpoint ``e`` with health ``h`` takes deliveries, or a probe is due."""
        return SQL(
            """e.active AND e.url <> '' AND e.test_mode IS NOT TRUE AND (
                e.state = 'active'
                OR e.state = 'broken'
                AND COALESCE(h.probe_at <= now() AT TIME ZONE 'UTC', TRUE))
               AND COALESCE(h.hold_until <= now() AT TIME ZONE 'UTC', TRUE)"""
        )

    @api.model
    def _is_worn_out(self, lane):
        """SQL: delivery ``d`` of the lane to endpoint ``e`` is in hand of nobody any more, and has
        used up its attempts."""
        return SQL(
            """d.state = 'sending' AND d.lane = %s AND d.next_attempt_at <= now() AT TIME ZONE 'UTC'
               AND d.attempt_count - d.uncounted >= e.max_attempts""",
            lane,
        )

    @api.model
    def _is_due(self):
        """SQL: delivery ``d`` is due; one in hand is when its lease has run out."""
        return SQL(
            """d.state IN ('waiting', 'retrying', 'sending')
               AND d.next_attempt_at <= now() AT TIME ZONE 'UTC'"""
        )

    @api.model
    def _choose(self, lane, gates, room):
        """Ids of the deliveries to send, the longest due first; park what is behind others."""
        chosen = []
        wanted = {gate.endpoint_id: gate.slots for gate in gates.values()}
        for _look in range(LOOKS):
            if not wanted or len(chosen) >= room:
                break
            rows = self._look(lane, wanted, chosen)
            behind = [row["id"] for row in rows if not row["is_first"]]
            for row in rows:
                slots = wanted.get(row["endpoint_id"], 0)
                if row["is_first"] and slots and len(chosen) < room:
                    chosen.append(row["id"])
                    wanted[row["endpoint_id"]] = slots - 1
            if not behind:
                break
            self._park(behind)
            parked = {row["endpoint_id"] for row in rows if not row["is_first"]}
            wanted = {key: slots for key, slots in wanted.items() if slots and key in parked}
        return chosen

    @api.model
    def _look(self, lane, wanted, chosen):
        """What is due at the endpoints, the longest due first, and whether it is its record's
        first."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT due.id, gate.endpoint_id, due.is_first
                     FROM unnest(%(endpoints)s, %(slots)s) AS gate (endpoint_id, slots)
                    CROSS JOIN LATERAL (
                          SELECT d.id,
                                 NOT EXISTS (
                                     SELECT FROM ops_delivery earlier
                                      WHERE earlier.endpoint_id = d.endpoint_id
                                        AND earlier.record_key = d.record_key
                                        AND earlier.sequence < d.sequence
                                        AND earlier.state IN
                                            ('waiting', 'retrying', 'sending', 'parked')
                                 ) AS is_first
                            FROM ops_delivery d
                           WHERE d.endpoint_id = gate.endpoint_id AND d.lane = %(lane)s
                             AND %(due)s AND d.id <> ALL (%(chosen)s)
                           ORDER BY d.next_attempt_at, d.sequence
                           LIMIT gate.slots * %(per_slot)s + %(least)s
                             FOR UPDATE SKIP LOCKED) AS due""",
                endpoints=list(wanted),
                slots=list(wanted.values()),
                lane=lane,
                due=self._is_due(),
                chosen=chosen,
                per_slot=LOOK_PER_SLOT,
                least=LOOK_AT_LEAST,
            )
        )

    @api.model
    def _park(self, ids):
        self.env.cr.execute(
            SQL(
                """UPDATE ops_delivery SET state = 'parked', next_attempt_at = NULL,
                          lease_until = NULL
                    WHERE id = ANY(%s)""",
                ids,
            )
        )
        self.browse(ids).invalidate_recordset(flush=False)

    @api.model
    def _take(self, gates, ids, asked_at):
        """Mark the deliveries as being sent until their lease runs out."""
        endpoints = self.env["ops.endpoint"].browse(gates)
        endpoints.invalidate_recordset(flush=False)
        targets = endpoints._targets()
        gates = {key: gate for key, gate in gates.items() if key in targets}
        if not gates:
            return []
        leases = {key: 2 * target.total_timeout + LEASE_MARGIN for key, target in targets.items()}
        rows = self.env.execute_query_dict(
            SQL(
                """UPDATE ops_delivery d
                      SET state = 'sending', attempt_count = d.attempt_count + 1,
                          uncounted = d.uncounted + gate.is_probe::int,
                          lease_until = now() AT TIME ZONE 'UTC' + gate.lease * interval '1 s',
                          next_attempt_at = now() AT TIME ZONE 'UTC' + gate.lease * interval '1 s'
                     FROM ops_event event,
                          unnest(%(endpoints)s, %(leases)s, %(probes)s)
                          AS gate (endpoint_id, lease, is_probe)
                    WHERE d.id = ANY(%(ids)s) AND event.id = d.event_id
                      AND gate.endpoint_id = d.endpoint_id
                RETURNING d.id, d.endpoint_id, d.attempt_count, d.uncounted, event.body,
                          event.uuid""",
                endpoints=list(gates),
                leases=[leases[key] for key in gates],
                probes=[gate.is_probe for gate in gates.values()],
                ids=ids,
            )
        )
        self.browse(ids).invalidate_recordset(flush=False)
        self._use_gates(gates, rows, leases)
        by_id = {row["id"]: row for row in rows}
        claims = []
        for row in (by_id[key] for key in ids if key in by_id):
            target = targets[row["endpoint_id"]]
            outgoing = Outgoing(row["id"], row["attempt_count"], row["body"], row["uuid"], target)
            spare = leases[row["endpoint_id"]] - target.total_timeout - SEND_MARGIN
            claims.append(
                Claim(
                    outgoing,
                    send_by=asked_at + spare,
                    is_probe=gates[row["endpoint_id"]].is_probe,
                    counted=row["attempt_count"] - row["uncounted"],
                )
            )
        return claims

    @api.model
    def _use_gates(self, gates, rows, leases):
        """Write down what was used of a rate, and that a probe is under way."""
        taken = {}
        for row in rows:
            taken[row["endpoint_id"]] = taken.get(row["endpoint_id"], 0) + 1
        for endpoint_id, count in taken.items():
            gate = gates[endpoint_id]
            if not (gate.rate_limit or gate.is_probe):
                continue
            _count, rate_at = circuit.admitted(gate.rate_at, gate.now, gate.rate_limit, count)
            self.env.cr.execute(
                SQL(
                    """INSERT INTO ops_endpoint_health AS h (endpoint_id, rate_at, probe_at)
                       VALUES (%(endpoint)s, %(rate_at)s, %(probe_at)s)
                       ON CONFLICT (endpoint_id) DO UPDATE
                          SET rate_at = EXCLUDED.rate_at,
                              probe_at = CASE WHEN %(is_probe)s THEN EXCLUDED.probe_at
                                              ELSE h.probe_at END""",
                    endpoint=endpoint_id,
                    rate_at=rate_at,
                    is_probe=gate.is_probe,
                    # If this process dies, the next probe is due when its lease has run out.
                    probe_at=SQL(
                        "now() AT TIME ZONE 'UTC' + %s * interval '1 s'", leases[endpoint_id]
                    ),
                )
            )
