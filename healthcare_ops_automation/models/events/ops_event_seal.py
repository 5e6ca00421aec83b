import json

from odoo import api, models
from odoo.tools import SQL

from ...core.contract import LANES
from ...core.digest import sha256_hex
from ...core.envelope import event_body
from ..parameters import STORM_EVENTS
from .ops_event_emit import INVALID_CRON

# First key of our advisory locks, so that they meet nobody else's.
LOCK_SPACE = 0x6F7073
# Over how long the events of one record are counted.
STORM_SECONDS = 60
SEAL_SCHEDULED = "healthcare_ops_automation.seal"
WAKE_SCHEDULED = "healthcare_ops_automation.wake"


class OpsEvent(models.Model):
    """Sealing: the step before the commit that makes events final and due.

    The rows are found by SQL and not through a closure: a hook added within a savepoint
    fires even when the savepoint was rolled back, and savepoints run the hooks as well as
    commits do. Sealing twice is harmless; a repeated emission opens its row again.
    """

    _inherit = "ops.event"

    @api.model
    def _seal_before_commit(self):
        precommit = self.env.cr.precommit
        if not precommit.data.get(SEAL_SCHEDULED):
            precommit.data[SEAL_SCHEDULED] = True
            # sudo: sealing is the engine's own work, whoever's transaction it is
            precommit.add(self.sudo()._ops_engine().browse()._seal)

    @api.model
    def _seal(self):
        """Freeze the open events of this transaction, create their deliveries, wake the lanes."""
        # What is emitted by a later hook of the same run must schedule a seal of its own.
        self.env.cr.precommit.data.pop(SEAL_SCHEDULED, None)
        frozen = self._freeze(
            SQL(
                """event.txid = pg_current_xact_id()::text::int8
                   AND event.emitted_at = now() AT TIME ZONE 'UTC'
                   AND event.state = 'open'"""
            ),
            STORM_EVENTS.value(self.env),
        )
        if not frozen:
            return
        sealed = [row for row in frozen if not row["storm"]]
        crons = self._create_deliveries(sealed)
        if sealed:
            crons |= self._sealed_crons()
        if len(sealed) < len(frozen):
            crons.add(INVALID_CRON)
        if crons:
            self._wake(crons)

    @api.model
    def _sealed_crons(self):
        """Scheduled actions that follow the log: woken when events became final.

        :return: set of external ids; what reads the events afterwards adds its own, at the
            price of a row in the one INSERT
        """
        return set()

    def _freeze(self, which, most=0):
        """Take the sequence and freeze the bytes of the events, in order per record.

        The advisory locks are held until the transaction ends, so the sequence numbers of
        one record follow the order of commits. They are taken in sorted order, so that two
        transactions with the same records never wait for each other. What goes beyond the
        rate of a record becomes invalid instead.

        :param SQL which: condition on ``event`` that picks them
        :param int most: live events of one type about one record within a minute; 0: any
        :return: the facts of each event by which receivers are chosen, with ``storm``
        """
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT pg_advisory_xact_lock(%s, e.lock_key), e.*
                     FROM (SELECT hashtext(event.record_key) AS lock_key, event.id, uuid,
                                  type_code, type_version, res_model, res_id, record_key,
                                  event.company_id, site_id, severity, lane, occurred_at,
                                  sequence, data, correlation_id, causation_id,
                                  site.code AS site_code, %s AS storm
                             FROM ops_event event
                             LEFT JOIN ops_site site ON site.id = event.site_id
                            WHERE %s
                            ORDER BY lock_key, occurred_at, event.id) AS e""",
                LOCK_SPACE,
                self._is_storm(most),
                which,
            )
        )
        if not rows:
            return rows
        numbers = self.env.execute_query(
            SQL(
                "SELECT nextval('ops_event_sequence') FROM generate_series(1, %s)",
                len(rows),
            )
        )
        source = self._source()
        self._withdraw_deliveries([row["id"] for row in rows if row["sequence"]])
        sealed = []
        for row, (number,) in zip(rows, numbers, strict=True):
            if row["storm"]:
                reason = self._storm_problem(row, most)
                sealed.append((row["id"], None, None, None, "invalid", reason, "loop"))
                continue
            # An event that was opened again has happened again just now: after what else
            # happened to its record meanwhile.
            row["sequence"] = number
            body = self._body(row, source)
            digest = sha256_hex(body)
            sealed.append((row["id"], body, digest, number, "sealed", None, None))
        self.env.cr.execute(
            SQL(
                """UPDATE ops_event
                      SET body = v.body, body_sha256 = v.sha256, sequence = v.sequence::int8,
                          state = v.state, invalid_reason = v.reason, invalid_kind = v.kind,
                          sealed_at = CASE WHEN v.state = 'sealed'
                                           THEN clock_timestamp() AT TIME ZONE 'UTC' END
                     FROM (VALUES %s) AS v (id, body, sha256, sequence, state, reason, kind)
                    WHERE ops_event.id = v.id""",
                SQL(", ").join(SQL("%s", row) for row in sealed),
            )
        )
        self.browse(row["id"] for row in rows).invalidate_recordset(flush=False)
        return rows

    @api.model
    def _is_storm(self, most):
        """SQL: whether ``event`` follows on too many others within a minute.

        The count ends at the limit, so it costs the same however long the storm lasts. Stopped
        events count, too: a storm is over when there was a quiet minute.
        """
        if not most:
            return SQL("FALSE")
        return SQL(
            """%s <= (SELECT count(*)
                        FROM (SELECT FROM ops_event earlier
                               WHERE earlier.res_model = event.res_model
                                 AND earlier.res_id = event.res_id
                                 AND earlier.type_code = event.type_code
                                 AND earlier.emitted_at
                                     > event.emitted_at - %s * interval '1 second'
                                 AND earlier.id < event.id
                                 AND earlier.origin = 'live'
                               LIMIT %s) AS storm)""",
            most,
            STORM_SECONDS,
            most,
        )

    @api.model
    def _storm_problem(self, row, most):
        return self.env._(
            "More than %(most)s events “%(type)s” about this record within %(seconds)s seconds "
            "are taken for a storm: this one was not sent. Find what repeats itself, such as a "
            "rule that changes its own record. Settings hold the limit.",
            most=most,
            type=row["type_code"],
            seconds=STORM_SECONDS,
        )

    @api.model
    def _source(self):
        """URI of this installation, the same for the life of the database (CloudEvents)."""
        database_uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"urn:healthcare-ops:{database_uuid}"

    @api.model
    def _body(self, row, source):
        return event_body(
            uuid=row["uuid"],
            source=source,
            type_code=row["type_code"],
            version=row["type_version"],
            subject=f"{row['res_model']}/{row['res_id']}",
            occurred_at=row["occurred_at"],
            data=json.loads(row["data"]),
            extensions={
                "sequence": str(row["sequence"]),
                "correlationid": row["correlation_id"],
                "causationid": row["causation_id"],
                "severity": row["severity"],
                "site": row["site_code"],
            },
        )

    @api.model
    def _create_deliveries(self, events):
        """One delivery for each event and each endpoint that subscribes to it.

        :return: the set of scheduled actions (external ids) that have something to do now
        """
        if not self._may_leave():
            return set()
        endpoints = self.env["ops.endpoint"]
        due = [
            (event, endpoint_id)
            for event in events
            for endpoint_id in endpoints._subscribed_to(event)
        ]
        if not due:
            return set()
        # Who subscribes comes from a cache that may be a moment behind: an endpoint that was
        # deleted meanwhile must not fail the transaction of the business.
        self.env.cr.execute(
            SQL(
                """INSERT INTO ops_delivery (event_id, endpoint_id, company_id, site_id, lane,
                                             record_key, sequence, state, attempt_count,
                                             uncounted, next_attempt_at, created_at)
                   SELECT v.* FROM (VALUES %s)
                       AS v (event_id, endpoint_id, company_id, site_id, lane, record_key,
                             sequence, state, attempt_count, uncounted, due_at, created_at)
                     JOIN ops_endpoint e ON e.id = v.endpoint_id
                   ON CONFLICT (endpoint_id, event_id) DO NOTHING""",
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s, %s::int, %s, %s, %s, 'waiting', 0, 0,"
                        " now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')",
                        event["id"],
                        endpoint_id,
                        event["company_id"],
                        event["site_id"],
                        event["lane"],
                        event["record_key"],
                        event["sequence"],
                    )
                    for event, endpoint_id in due
                ),
            )
        )
        crons = self._lane_crons()
        return {crons[event["lane"]] for event, _endpoint in due}

    @api.model
    def _withdraw_deliveries(self, event_ids):
        """Take back the deliveries of events whose content changed before the commit.

        They were created at a savepoint of this very transaction, so nobody has seen them.
        """
        if event_ids:
            self.env.cr.execute(SQL("DELETE FROM ops_delivery WHERE event_id = ANY(%s)", event_ids))

    @api.model
    def _may_leave(self):
        """Whether anything may go out: not while modules are installed, and never from a
        neutralized copy of a database."""
        parameters = self.env["ir.config_parameter"].sudo()
        return self.pool.ready and not parameters.get_param("database.is_neutralized")

    @api.model
    def _lane_crons(self):
        """External id of the scheduled action that delivers each lane."""
        return {lane: f"healthcare_ops_automation.cron_deliver_{lane}" for lane in LANES}

    @api.model
    def _wake(self, cron_xmlids):
        """Trigger scheduled actions with one INSERT, at most once a transaction."""
        resolve = self.env["ir.model.data"]._xmlid_to_res_id  # cached, unlike env.ref
        cron_ids = sorted(resolve(xmlid, raise_if_not_found=True) for xmlid in cron_xmlids)
        self.env.cr.execute(
            SQL(
                """INSERT INTO ir_cron_trigger (cron_id, call_at)
                   SELECT due.id, now() AT TIME ZONE 'UTC' FROM unnest(%s) AS due (id)
                    WHERE NOT EXISTS (SELECT FROM ir_cron_trigger known
                                       WHERE known.cron_id = due.id
                                         AND known.call_at = now() AT TIME ZONE 'UTC')""",
                cron_ids,
            )
        )
        postcommit = self.env.cr.postcommit
        if not postcommit.data.get(WAKE_SCHEDULED):
            postcommit.data[WAKE_SCHEDULED] = True
            postcommit.add(self.env["ir.cron"].sudo()._notifydb)
