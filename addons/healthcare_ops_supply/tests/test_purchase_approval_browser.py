from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .approvals import BUYER, OPS, ApprovalCase

TOUR = "healthcare_ops_supply.approval_%s"
APPROVALS = "/odoo/action-healthcare_ops_approvals"


@tagged("post_install", "-at_install", "browser")
class TestApprovalInBrowser(ApprovalCase, HttpCase):
    """What each role sees and does in the web client about an order under approval."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm()
        cls.auditor = cls.person("auditor", OPS % "auditor")

    def _page_of(self, order):
        return f"/odoo/ops.approval.request/{self.request_of(order).id}"

    def test_a_requester_sees_who_will_be_asked_submits_withdraws_and_submits_again(self):
        order = self.order(1000)
        self.start_tour(
            f"/odoo/purchase.order/{order.id}", TOUR % "requester", login=self.buyer.login
        )
        self.env.invalidate_all()
        request = self.request_of(order)
        self.assertEqual((request.state, order.sudo().state), ("pending", "to approve"))
        self.assertEqual(request.previous_id.state, "withdrawn")

    def test_an_approver_decides_on_the_request_by_keyboard(self):
        order = self.submitted(1000)
        self.start_tour(
            f"{APPROVALS}.ops_approval_request_action_mine",
            TOUR % "approver",
            login=self.lead.login,
        )
        self.env.invalidate_all()
        request = self.request_of(order)
        self.assertEqual((request.state, order.sudo().state), ("approved", "purchase"))
        decision = request.decision_ids
        self.assertEqual((decision.actor_id, decision.version), (self.lead.id, 1))
        self.assertEqual(decision.comment, "Within the budget.")

    def test_an_approver_rejects_with_a_reason(self):
        order = self.submitted(1000)
        self.start_tour(self._page_of(order), TOUR % "rejected", login=self.lead.login)
        self.env.invalidate_all()
        decision = self.request_of(order).decision_ids
        self.assertEqual((decision.kind, decision.reason_code), ("reject", "no_budget"))

    def test_what_was_changed_meanwhile_is_refused_and_shown(self):
        order = self.submitted(1000)
        Requests = self.env.registry["ops.approval.request"]
        shown = Requests.panel_data

        def panel_data(requests):
            if requests.env.context.get("tour_changes_order"):
                changed = order.with_env(requests.env(user=self.buyer.id, context={}))
                changed.order_line.price_unit = 150
                requests.env.cr.flush()
            return shown(requests)

        self.patch(Requests, "panel_data", panel_data)
        with claim_log("odoo.http", "WARNING", "it is version 2 now", count=1):
            self.start_tour(self._page_of(order), TOUR % "stale", login=self.lead.login)
        self.env.invalidate_all()
        request = self.request_of(order)
        kinds = request.decision_ids.sorted("id").mapped(lambda each: (each.kind, each.version))
        self.assertEqual(kinds, [("reopen", 2), ("approve", 2)])

    def test_several_are_decided_at_once_with_an_answer_for_each(self):
        ready, early = self.submitted(6000), self.submitted(7000)
        self.approve(ready, self.lead)
        action = self.env.ref("healthcare_ops_approvals.ops_approval_request_action")
        action.domain = [("res_id", "in", (ready | early).ids)]
        self.start_tour(
            f"{APPROVALS}.ops_approval_request_action",
            TOUR % "bulk",
            login=self.board[0].login,
        )
        self.env.invalidate_all()
        kinds = [self.request_of(order).decision_ids.mapped("kind") for order in (ready, early)]
        self.assertEqual(kinds, [["approve", "approve"], []])

    def test_an_auditor_reads_everything_and_decides_nothing(self):
        order = self.submitted(6000)
        self.approve(order, self.lead)
        self.start_tour(self._page_of(order), TOUR % "reader", login=self.auditor.login)

    def test_administrators_build_and_publish_a_policy_without_code(self):
        self.person("tour_lead", OPS % "approver")
        self.policy.with_user(self.admin).action_ask_to_retire()
        self.policy.with_user(self.second_admin).action_retire()
        tour = "healthcare_ops_approvals.policy_%s"
        self.start_tour(
            f"{APPROVALS}.ops_approval_policy_action", tour % "built", login=self.admin.login
        )
        policy = self.env["ops.approval.policy"].search([("name", "=", "Tour purchase orders")])
        draft = policy.draft_version_id
        self.assertEqual((draft.last_editor_id, draft.row_ids.name), (self.admin, "All orders"))
        self.start_tour(
            f"/odoo/ops.approval.policy.version/{draft.id}",
            tour % "published",
            login=self.second_admin.login,
        )
        self.env.invalidate_all()
        self.assertEqual(policy.published_version_id, draft)
        self.assertTrue(self.order(10).approval_armed)


@tagged("post_install", "-at_install", "browser")
class TestApprovalOnPhone(ApprovalCase, HttpCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_an_approver_reads_and_returns_it_on_a_phone(self):
        self.arm()
        self.lead.group_ids += self.env.ref(BUYER)
        order = self.submitted(6000)
        self.start_tour(f"/odoo/purchase.order/{order.id}", TOUR % "phone", login=self.lead.login)
        self.env.invalidate_all()
        request = self.request_of(order)
        self.assertEqual((request.state, order.sudo().state), ("returned", "draft"))
