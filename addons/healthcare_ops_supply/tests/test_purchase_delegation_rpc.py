from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from . import approvals_rpc
from .approvals import OPS
from .approvals_rpc import ApprovalRpcCase
from .delegations import DelegationCase

DELEGATION = "ops.approval.delegation"
WATCHED = (*approvals_rpc.WATCHED, "ops_approval_delegation")


@tagged("post_install", "-at_install")
class TestPurchaseDelegationRpc(DelegationCase, ApprovalRpcCase):
    """Over ``/json/2``: what is refused changes nothing and says why."""

    def setUp(self):
        super().setUp()
        self.patch(approvals_rpc, "WATCHED", WATCHED)

    def values(self, begins=0, ends=48, **values):
        now = fields.Datetime.now()
        return {
            "delegate_id": self.deputy.id,
            "date_from": now + timedelta(hours=begins),
            "date_to": now + timedelta(hours=ends),
            **values,
        }

    def refused_to_make(self, user, saying, **values):
        self.refused(user, DELEGATION, "create", saying=saying, vals_list=[self.values(**values)])

    def test_who_stands_in_decides_over_the_api_and_nobody_else(self):
        order = self.submitted()
        self.call(self.lead, DELEGATION, "create", vals_list=[self.values()])
        self.refused_decision(self.second, order, "access|asked")
        self.approve_by_rpc(self.deputy, order)
        self.assertEqual(order.state, "purchase")
        [decision] = self.request_of(order).decision_ids
        self.assertEqual(decision.on_behalf_of_id, self.lead.id)

    def test_who_stands_in_for_the_requester_does_not_decide(self):
        asking = self.person("asking", OPS % "approver", "purchase.group_purchase_user")
        order = self.submitted(user=asking)
        self.call(asking, DELEGATION, "create", vals_list=[self.values(delegate_id=self.lead.id)])
        self.refused_decision(self.lead, order, "stands in for its requester Asking")

    def test_beyond_its_scope_and_amount_nothing_is_decided(self):
        order = self.submitted(1000)
        elsewhere = self.make_site("Far")
        for values in (
            {"site_ids": [Command.set(elsewhere.ids)]},
            {"amount_limit": 999, "currency_id": self.currency.id},
        ):
            [made] = self.call(self.lead, DELEGATION, "create", vals_list=[self.values(**values)])
            self.refused_decision(self.deputy, order, "that delegation is not about this")
            for method in ("action_reject", "action_return", "action_ask"):
                arguments = {"reason_code": "not_needed"} if method == "action_reject" else {}
                arguments |= {"question": "Why?"} if method == "action_ask" else {"comment": "No"}
                self.refused_decision(self.deputy, order, ".", method=method, **arguments)
            self.call(self.lead, DELEGATION, "action_end", [made])

    def test_outside_of_its_period_nothing_is_decided(self):
        order = self.submitted()
        [planned] = self.call(
            self.lead, DELEGATION, "create", vals_list=[self.values(begins=1, ends=2)]
        )
        self.refused_decision(self.deputy, order, "You stand in for Lead from .* on, and not yet")
        minute_ago = fields.Datetime.now() - timedelta(minutes=1)
        self.env.cr.execute(
            "UPDATE ops_approval_delegation SET date_from = %s, date_to = %s WHERE id = %s",
            [minute_ago - timedelta(hours=1), minute_ago, planned],
        )
        self.env.invalidate_all()
        self.refused_decision(self.deputy, order, "You stood in for Lead until")

    def test_who_lost_the_role_a_minute_ago_does_not_decide_nor_does_who_stands_in(self):
        order = self.submitted()
        self.call(self.lead, DELEGATION, "create", vals_list=[self.values()])
        group = self.env.ref(OPS % "approver")
        self.lead.group_ids -= group
        self.refused_decision(self.deputy, order, "Lead, for whom you stand in, may not decide")
        self.refused_decision(self.lead, order, "no operations approver any more")

    def test_delegations_that_make_no_sense_are_refused_with_what_to_do(self):
        self.refused_to_make(self.lead, "somebody else than who is away", delegate_id=self.lead.id)
        self.refused_to_make(self.lead, "does not hold the role", delegate_id=self.buyer.id)
        self.refused_to_make(self.lead, "still to come", begins=2, ends=2)
        self.refused_to_make(self.lead, "now or later", begins=-30)
        self.refused_to_make(self.lead, "at most 90 days", ends=24 * 91)
        self.call(self.lead, DELEGATION, "create", vals_list=[self.values()])
        self.refused_to_make(
            self.deputy, "in a circle: Deputy → Lead → Deputy", delegate_id=self.lead.id
        )
        self.refused_to_make(self.lead, "is there already")

    def test_nobody_delegates_for_somebody_else_or_forges_what_the_engine_keeps(self):
        for user in (self.deputy, self.buyer, self.admin):
            self.refused_to_make(user, ".", user_id=self.lead.id)
        self.refused_to_make(
            self.manager, "by their own act", user_id=self.lead.id, delegate_id=self.manager.id
        )
        self.refused_to_make(self.lead, "kept by the system", revoked_by_id=self.manager.id)
        [made] = self.call(self.lead, DELEGATION, "create", vals_list=[self.values()])
        for vals in (
            {"date_to": fields.Datetime.now() + timedelta(days=80)},
            {"delegate_id": self.second.id},
            {"amount_limit": 5},
            {"revoked_at": False},
        ):
            for user in (self.lead, self.deputy, self.manager, self.admin):
                self.refused(user, DELEGATION, "write", [made], vals=vals)
        for user in (self.lead, self.deputy, self.manager, self.admin):
            self.refused(user, DELEGATION, "unlink", [made])
        self.refused(self.second, DELEGATION, "action_end", [made])

    def test_standing_in_opens_no_other_sites_and_no_other_requests(self):
        order, mine = self.submitted(), self.submitted()
        other = self.make_site("Far")
        self.deputy.ops_site_ids = other
        self.call(self.lead, DELEGATION, "create", vals_list=[self.values()])
        request = self.request_of(order)
        for model, ids in (
            ("ops.approval.request", request.ids),
            ("ops.approval.request.stage", request.stage_ids.ids),
            ("ops.approval.assignment", request.assignment_ids.ids),
        ):
            self.refused(self.deputy, model, "read", ids, fields=["id"])
            self.assertEqual(
                self.call(self.deputy, model, "search", domain=[["id", "in", ids]]), []
            )
        self.refused_decision(self.deputy, order, ".")
        self.deputy.ops_site_ids = self.site
        found = self.call(self.deputy, "ops.approval.request", "search", domain=[])
        self.assertEqual(set(found), {*request.ids, *self.request_of(mine).ids})
        self.refused(
            self.deputy, "ops.approval.decision", "search_read", domain=[], fields=["comment"]
        )

    def test_handing_over_is_refused_to_who_may_not_and_never_to_oneself(self):
        order = self.submitted()
        self.refused(
            self.deputy,
            "ops.approval.handover",
            "create",
            vals_list=[{"user_id": self.lead.id, "successor_id": self.deputy.id}],
        )
        [dialog] = self.call(
            self.manager,
            "ops.approval.handover",
            "create",
            vals_list=[{"user_id": self.lead.id, "successor_id": self.manager.id}],
        )
        self.refused(
            self.manager,
            "ops.approval.handover",
            "action_hand_over",
            [dialog],
            saying="by their own act",
        )
        self.refused(self.admin, "ops.approval.handover", "action_hand_over", [dialog])
        self.assertEqual(self.request_of(order).assignment_ids.user_id, self.lead)
