import time

from odoo import api, models
from odoo.tools import SQL, split_every

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import RUN_SECONDS

from .ops_approval_request import BATCH, CRON
from .ops_approval_request_orphaned import CATEGORY
from .presence import Absences, Eligible


class OpsApprovalRequest(models.Model):
    """Every few minutes: who is asked and cannot decide any more?

    People and places are judged, not seats: there are far fewer of them.
    """

    _name = "ops.approval.request"
    _inherit = ["ops.approval.request", "ops.worker"]

    @api.model
    def _cron_absences(self):
        """Mend the requests of people who left or are away; begin no batch after 20 seconds."""
        requests = self.sudo()._ops_engine()
        until = time.monotonic() + RUN_SECONDS
        for batch in split_every(BATCH, requests._held_up()):
            if time.monotonic() > until:
                self.env.ref(CRON)._trigger()
                return
            done = requests._despite_conflicts(requests.browse(batch)._mend_afresh, len(batch))
            # What cannot be looked at holds up no other.
            for request_id in () if done else batch:
                requests._despite_conflicts(requests.browse(request_id)._mend_afresh)

    def _mend_afresh(self):
        self.env.invalidate_all()
        self.exists()._mend()
        return True

    @api.model
    def _held_up(self):
        """Ids of pending requests some of whose people may not be able to decide."""
        self.env["ops.approval.assignment"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT seat.user_id, request.company_id, request.site_id,
                          array_agg(DISTINCT request.id)
                     FROM ops_approval_assignment seat
                     JOIN ops_approval_request request ON request.id = seat.request_id
                    WHERE seat.state = 'open' AND request.state = 'pending'
                    GROUP BY seat.user_id, request.company_id, request.site_id"""
            )
        )
        users = self.env["res.users"].browse({row[0] for row in rows})
        absences, eligible = Absences(self.env), Eligible(self.env)
        absences.look_at(users)
        found = set(self._orphaned()) | set(self._barred_by_requesters())
        for user_id, company_id, site_id, ids in rows:
            user = users.browse(user_id)
            company = self.env["res.company"].browse(company_id)
            site = self.env["ops.site"].browse(site_id or [])
            if eligible.why_not(user, company, site) or absences.until(user, company):
                found.update(ids)
        return sorted(found)

    @api.model
    def _orphaned(self):
        """Of which an exception says that nobody can decide them."""
        exceptions = self.env["ops.exception"].search(
            [
                ("category_id.code", "=", CATEGORY),
                ("is_open", "=", True),
                ("res_model", "=", self._name),
            ]
        )
        return exceptions.mapped("res_id")

    @api.model
    def _barred_by_requesters(self):
        """In which somebody is asked who stands in for the requester now."""
        found = []
        delegations = self.env["ops.approval.delegation"]._in_force()
        for requester, theirs in delegations.grouped("user_id").items():
            found += self.search(
                [
                    ("state", "=", "pending"),
                    ("requester_id", "=", requester.id),
                    ("asked_user_ids", "in", theirs.delegate_id.ids),
                ]
            ).ids
        return found
