"""Dead letters for tests, and the dialog as its buttons open it."""

from odoo.tools import SQL

from ..core.pool import Finished
from ..core.sender import Outcome
from .common import OpsCase

REFUSED = {"status": 404, "error": "The receiver refuses the event (404).", "response": "no hook"}


class OverrideCase(OpsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.endpoint"].search([("state", "!=", "disabled")]).write({"state": "disabled"})
        cls.manager = cls._create_user("manager")
        cls.deliveries = cls.env["ops.delivery"]

    def _due(self):
        self.env.cr.execute(
            SQL(
                "UPDATE ops_delivery SET next_attempt_at = now() AT TIME ZONE 'UTC'"
                " WHERE next_attempt_at IS NOT NULL"
            )
        )
        self.env.invalidate_all()

    def _fail(self, deliveries, verdict="gone", **answer):
        """Let the deliveries be claimed and refused for good; others are put back."""
        self.env.flush_all()
        self._due()
        claims = self.deliveries._claim("critical", 500)
        answer = answer or REFUSED
        self.deliveries._settle(
            [
                Finished(
                    claim,
                    Outcome(verdict, 1_000_000_000.0, 5, **answer)
                    if claim.outgoing.delivery_id in deliveries.ids
                    else None,
                )
                for claim in claims
            ],
            (1,),
        )
        self.env.invalidate_all()

    def _arrive(self):
        """Let everything that is due be taken; the ids in the order in which they were sent."""
        sent = []
        for _round in range(20):
            self.env.flush_all()
            claims = self.deliveries._claim("critical", 500)
            if not claims:
                break
            sent += [claim.outgoing.delivery_id for claim in claims]
            taken = Outcome("delivered", 1_000_000_000.0, 5, status=200)
            self.deliveries._settle([Finished(claim, taken) for claim in claims], (1,))
        self.env.invalidate_all()
        return sent

    def _dead(self, count=1, records=None, endpoint=None, **answer):
        """Dead letters of one endpoint, told of by exceptions."""
        endpoint = endpoint or self._create_endpoint(company_id=self.company.id)
        events = self.events
        for number in range(count):
            events += self._emit(records, number=number)
            self._commit()
        deliveries = events.delivery_ids.filtered(lambda each: each.endpoint_id == endpoint)
        for _round in range(count):
            self._fail(deliveries, **answer)
        self.assertEqual(set(deliveries.mapped("state")), {"dead"})
        self._report()
        return deliveries

    def _report(self):
        with self._without_commits():
            self.deliveries._report()
        self.env.invalidate_all()

    def _dialog(self, records, action="action_replay", *args, user=None):
        found = getattr(records.with_user(user or self.manager), action)(*args)
        return self.env[found["res_model"]].with_user(user or self.manager).browse(found["res_id"])

    def _decide(self, records, action="action_replay", *args, user=None, **values):
        """What a manager does: open the dialog, give a reason, confirm."""
        dialog = self._dialog(records, action, *args, user=user)
        dialog.write({"reason": "Mended", "per_minute": 0, **values})
        told = dialog.action_confirm()
        self.env.invalidate_all()
        return told["params"]

    def _audited(self, action):
        return self.env["ops.audit.entry"].search([("action", "=", action)])
