from odoo.tests import HttpCase, tagged

from .approvals import BUYER, OPS
from .delegations import DelegationCase

TOUR = "healthcare_ops_supply.absence_%s"
APPROVALS = "/odoo/action-healthcare_ops_approvals"


@tagged("post_install", "-at_install", "browser")
class TestAbsenceInBrowser(DelegationCase, HttpCase):
    """Somebody goes on leave, somebody stands in, a manager hands over: in the web client."""

    def test_who_goes_on_leave_says_who_stands_in(self):
        page = f"{APPROVALS}.ops_approval_delegation_action"
        self.start_tour(page, TOUR % "away", login=self.lead.login)
        made = self.env["ops.approval.delegation"].search([("user_id", "=", self.lead.id)])
        self.assertEqual((made.delegate_id, made.state), (self.deputy, "active"))

    def test_who_stands_in_decides_and_sees_for_whom(self):
        order = self.submitted()
        self.delegate()
        self.start_tour("/odoo/ops-my-approvals", TOUR % "deputy", login=self.deputy.login)
        self.env.invalidate_all()
        [decision] = self.request_of(order).decision_ids
        self.assertEqual(decision.on_behalf_of_id, self.lead.id)
        self.assertEqual(order.sudo().state, "purchase")

    def test_a_manager_hands_over_what_somebody_leaves_behind(self):
        self.deputy.group_ids += self.env.ref(BUYER) + self.env.ref(OPS % "requester")
        mine, other = self.submitted(user=self.deputy), self.submitted()
        page = f"{APPROVALS}.ops_approval_handover_action"
        self.start_tour(page, TOUR % "handover", login=self.manager.login)
        self.env.invalidate_all()
        seats = self.request_of(other).assignment_ids
        self.assertEqual(seats.mapped("state"), ["replaced", "open"])
        self.assertEqual(seats[1].user_id, self.deputy)
        self.assertEqual(self.request_of(mine).assignment_ids.user_id, self.lead)
