from odoo import fields, models
from odoo.tools import SQL

from .ops_event import PROJECT_CRON

# Cases removed, or events put back, in one transaction.
BATCH = 5000


class OpsProcess(models.Model):
    """Working the cases of a process out anew, from the log: piece by piece, in the scheduled
    action of the projector, while new events are followed as ever.

    First the process's cases go, then its events are put back among those to be projected.
    """

    _inherit = "ops.process"

    rebuild_asked_at = fields.Datetime(
        string="Worked out anew since",
        readonly=True,
        help="Its cases are being worked out anew from the log; until then some are missing.",
    )
    rebuild_after = fields.Integer(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="Up to this event they were put back.",
    )
    rebuild_upto_case = fields.Integer(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The last case that is removed. 0: nothing was done yet.",
    )
    rebuild_upto_event = fields.Integer(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The last event that is put back. 0: cases are still being removed.",
    )

    def action_rebuild(self):
        """Have the cases worked out anew. For administrators."""
        self.check_access("write")
        self.env["ops.audit.entry"]._record("process.rebuild", self)
        self._rebuild()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The cases are being worked out anew."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _rebuild(self):
        """Queue that the cases of these processes are worked out anew from the log."""
        if not self:
            return
        # sudo: whoever may ask for it (see the callers) cannot write derived columns
        self.sudo().write(
            {
                "rebuild_asked_at": fields.Datetime.now(),
                "rebuild_after": 0,
                "rebuild_upto_case": 0,
                "rebuild_upto_event": 0,
            }
        )
        self.env.ref(PROJECT_CRON).sudo()._trigger()

    def _rebuild_batch(self):
        """Do a piece of what was asked for.

        :return: whether there was something to do
        """
        process = self.search([("rebuild_asked_at", "!=", False)], order="id", limit=1)
        if not process:
            return False
        projector = self.env["ops.projector"]
        if not projector._try_lock():
            return False
        # Both ends are fixed, or it would not come to one while events keep coming: a case that is
        # made after the first is folded from the whole log with the roles of now, and an event
        # that is told after the second belongs to such a case.
        if not process.rebuild_upto_case:
            process.rebuild_upto_case = self._last_given("ops_case_id_seq")
        if not process.rebuild_upto_event:
            if process._remove_cases():
                return True
            process.rebuild_upto_event = self._last_given("ops_event_id_seq")
        last = process._put_back()
        process.write({"rebuild_after": last} if last else {"rebuild_asked_at": False})
        return True

    def _last_given(self, sequence):
        """The highest id that was given so far, also to rows that this transaction cannot see."""
        query = SQL("SELECT last_value FROM %s", SQL.identifier(sequence))
        return self.env.execute_query(query)[0][0]

    def _remove_cases(self):
        """Remove some of the cases that were there when it began.

        :return: how many
        """
        rows = self.env.execute_query(
            SQL(
                """DELETE FROM ops_case
                    WHERE id IN (SELECT id FROM ops_case
                                  WHERE process_id = %s AND id <= %s LIMIT %s)
                RETURNING id""",
                self.id,
                self.rebuild_upto_case,
                BATCH,
            )
        )
        self.env["ops.case"].invalidate_model(flush=False)
        self.env["ops.case.step"].invalidate_model(flush=False)
        return len(rows)

    def _put_back(self):
        """Put some events back among those to be projected.

        :return: the id of the last one; None when there was none
        """
        codes = self._event_types().mapped("code")
        [(last,)] = self.env.execute_query(
            SQL(
                """WITH back AS (
                       UPDATE ops_event SET projected = FALSE
                        WHERE id IN (SELECT id FROM ops_event
                                      WHERE type_code = ANY(%s) AND projected
                                        AND id > %s AND id <= %s
                                      ORDER BY id LIMIT %s)
                    RETURNING id)
                   SELECT max(id) FROM back""",
                codes,
                self.rebuild_after,
                self.rebuild_upto_event,
                BATCH,
            )
        )
        self.env["ops.event"].invalidate_model(["projected"], flush=False)
        return last
