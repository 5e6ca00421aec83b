from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..roles import OPERATORS

# One statement of this size stays well under a second.
BATCH = 5000
# SQL: why delivery ``d`` of ``event`` to endpoint ``e`` cannot be replayed or skipped; NULL when
# it can. The only place that says so, for what is told as for what is done.
PROBLEMS = {
    "replay": SQL(
        """CASE WHEN d.state = 'sending' THEN 'sending'
                WHEN d.state NOT IN ('dead', 'skipped', 'delivered') THEN 'waiting'
                WHEN e.active IS NOT TRUE OR e.state = 'disabled' THEN 'disabled'
                WHEN COALESCE(e.url, '') = '' THEN 'no_url'
                WHEN event.body IS NULL THEN 'pruned' END"""
    ),
    "skip": SQL("CASE WHEN d.state IN ('sending', 'delivered', 'skipped') THEN d.state END"),
}
SWEEP = "healthcare_ops_automation.cron_sweep"


class OpsDelivery(models.Model):
    """Manual override: a person has deliveries sent again, or given up for good.

    How it works: one UPDATE a batch decides by the state of each row, so it is correct beside
    a running dispatcher and a second manager. What is being sent is not touched; whoever else
    changed a row meanwhile makes this transaction conflict, and Odoo runs the request again.
    A replay keeps the number of attempts, which is the fence, and gives a fresh budget by not
    counting those made. The event, and with it the webhook-id, stays the same, so that a receiver
    that had taken it recognises it.
    """

    _inherit = "ops.delivery"

    replay_count = fields.Integer(
        string="Replays", readonly=True, help="How often somebody had it sent again."
    )
    replayed_at = fields.Datetime(string="Last replay", readonly=True)
    override_reason = fields.Char(string="Reason of the decision", readonly=True)
    override_user_id = fields.Many2one(
        "res.users",
        string="Decided by",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Who had it replayed or skipped last.",
    )

    @api.model
    def _check_may_override(self):
        """Whether the user may replay and skip, wherever they may read.

        :raise AccessError: for everybody but managers and administrators
        """
        if not self.env.su and not any(self.env.user.has_group(group) for group in OPERATORS):
            raise AccessError(
                self.env._("Replaying and skipping is for operations managers and administrators.")
            )

    def _replay(self, reason, per_minute=0):
        """Have these sent again, with a fresh budget of attempts and the same message id.

        Access is checked by who calls this. Those for which it is not possible (see
        :meth:`_refused`) are left as they are.

        :param str reason: why, in words
        :param int per_minute: the pace for each endpoint; 0 for all at once
        :return: ``(id, endpoint id, exception id or None)`` of those that are waiting again
        """
        changed, begun = [], {}
        for batch in self._in_batches():
            rows = batch._replay_batch(reason, per_minute, begun)
            for row in rows:
                begun[row[1]] = begun.get(row[1], 0) + 1
            done = self.browse(row[0] for row in rows)
            done.invalidate_recordset(flush=False)
            done._forget_answer()
            changed += [row[:3] for row in rows]
            self._wake_lanes({row[3] for row in rows})
        return changed

    def _replay_batch(self, reason, per_minute, begun):
        """Id, endpoint, exception and lane of those that were set waiting.

        An earlier event of a record is due no later than a later one, so that none waits for
        nothing; the claim keeps the order anyway.

        :param dict begun: how many go before, by endpoint id
        """
        return self._execute_quietly(
            SQL(
                """UPDATE ops_delivery
                      SET state = 'waiting', uncounted = ops_delivery.attempt_count,
                          lease_until = NULL, delivered_at = NULL, reported = FALSE,
                          next_attempt_at = now() AT TIME ZONE 'UTC'
                                            + chosen.place * %(interval)s * interval '1 s',
                          replay_count = COALESCE(ops_delivery.replay_count, 0) + 1,
                          replayed_at = now() AT TIME ZONE 'UTC',
                          override_reason = %(reason)s, override_user_id = %(user)s
                     FROM (SELECT d.id,
                                  row_number() OVER (PARTITION BY d.endpoint_id
                                                         ORDER BY d.sequence, d.id)
                                  - 1 + COALESCE(before.count, 0) AS place
                             FROM ops_delivery d
                             JOIN ops_event event ON event.id = d.event_id
                             JOIN ops_endpoint e ON e.id = d.endpoint_id
                             LEFT JOIN unnest(%(endpoints)s::int[], %(counts)s::int[])
                                       AS before (endpoint_id, count)
                               ON before.endpoint_id = d.endpoint_id
                            WHERE d.id = ANY(%(ids)s) AND %(problem)s IS NULL) AS chosen
                    WHERE ops_delivery.id = chosen.id
                RETURNING ops_delivery.id, ops_delivery.endpoint_id, ops_delivery.exception_id,
                          ops_delivery.lane""",
                reason=reason,
                user=self.env.uid,
                interval=60 / per_minute if per_minute else 0.0,
                endpoints=list(begun),
                counts=list(begun.values()),
                ids=self.ids,
                problem=PROBLEMS["replay"],
            )
        )

    def _skip(self, reason):
        """Give these up for good; the next one of each record takes its turn.

        Access is checked by who calls this. What is being sent, delivered or skipped already is
        left as it is.

        :param str reason: why, in words
        :return: ``(id, endpoint id, exception id or None)`` of those that were skipped
        """
        changed = []
        for batch in self._in_batches():
            rows = self._execute_quietly(
                SQL(
                    """UPDATE ops_delivery d
                          SET state = 'skipped', lease_until = NULL, next_attempt_at = NULL,
                              override_reason = %s, override_user_id = %s
                        WHERE d.id = ANY(%s) AND %s IS NULL
                    RETURNING d.id, d.endpoint_id, d.exception_id, d.record_key""",
                    reason,
                    self.env.uid,
                    batch.ids,
                    PROBLEMS["skip"],
                )
            )
            self.browse(row[0] for row in rows).invalidate_recordset(flush=False)
            self._release([(row[1], row[3]) for row in rows])
            changed += [row[:3] for row in rows]
        if changed:
            # A claim may just have parked one behind what is skipped here.
            self.env["ops.event"]._wake({SWEEP})
            self.env["ops.exception"]._close_cleared()
        return changed

    def _execute_quietly(self, statement):
        """Rows of a statement that meets a conflict when a lane or a colleague was quicker: then
        Odoo runs the request again, and nobody needs to read of it in the log."""
        self.env.cr.execute(statement, log_exceptions=False)
        return self.env.cr.fetchall()

    def _in_batches(self):
        """These in the order of their events, a few thousand at a time."""
        self.env.flush_all()
        ids = self.ids
        for start in range(0, len(ids), BATCH):
            yield self.browse(ids[start : start + BATCH])

    @api.model
    def _of_cause(self, cause):
        """Domain of one cause; what was given up before causes were kept counts as other."""
        return [("failure_cause", "in", ["other", False] if cause == "other" else [cause])]

    def _endpoints(self):
        """The endpoints these go to, whoever asks, with one query however many these are."""
        groups = self.env["ops.delivery"]._read_group([("id", "in", self.ids)], ["endpoint_id"])
        # sudo: their names, status and pace are told, no settings
        return self.env["ops.endpoint"].sudo().browse([each.id for (each,) in groups])

    @api.model
    def _wake_lanes(self, lanes):
        events = self.env["ops.event"]
        if lanes:
            events._wake({events._lane_crons()[lane] for lane in lanes})

    # -- refusals -------------------------------------------------------------------------

    def _refused(self, decision):
        """Which of these the decision is not possible for, and why.

        :param str decision: ``replay`` or ``skip``
        :return: a dict of codes (see :meth:`_refusal_in_words`) by id, in the order of these
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id, %(problem)s
                     FROM unnest(%(ids)s::int[]) WITH ORDINALITY AS chosen (id, place)
                     JOIN ops_delivery d ON d.id = chosen.id
                     JOIN ops_event event ON event.id = d.event_id
                     JOIN ops_endpoint e ON e.id = d.endpoint_id
                    WHERE %(problem)s IS NOT NULL
                    ORDER BY chosen.place""",
                ids=self.ids,
                problem=PROBLEMS[decision],
            )
        )
        return dict(rows)

    def _refusal_in_words(self, code):
        """Why a decision is not possible for this one."""
        # sudo: who may read a delivery may know the name of where it goes
        endpoint = self.endpoint_id.sudo().name
        return {
            "sending": self.env._("It is being sent right now."),
            "waiting": self.env._("It is waiting to be sent already."),
            "delivered": self.env._("It was delivered."),
            "skipped": self.env._("It was skipped already."),
            "disabled": self.env._("“%s” is disabled: activate it first.", endpoint),
            "no_url": self.env._("“%s” has no URL: have an administrator enter one.", endpoint),
            "pruned": self.env._("The content of its event was removed after its retention time."),
        }[code]

    # -- buttons --------------------------------------------------------------------------

    def action_replay(self):
        """Open the dialog that sends these again."""
        return self.env["ops.delivery.override"]._open("replay", deliveries=self)

    def action_skip(self):
        """Open the dialog that gives these up for good."""
        return self.env["ops.delivery.override"]._open("skip", deliveries=self)
