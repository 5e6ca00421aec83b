"""Decisions over Odoo's HTTP API by people who may not take them, or not so."""

from odoo.fields import Command
from odoo.tests import tagged

from .approvals import BUYER, OPS
from .approvals_rpc import ApprovalRpcCase

ORDER = "purchase.order"
REQUEST, STAGE = "ops.approval.request", "ops.approval.request.stage"
SEAT, DECISION = "ops.approval.assignment", "ops.approval.decision"


@tagged("post_install", "-at_install")
class TestPurchaseApprovalRpcDecide(ApprovalRpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Holds every role there is, and buys.
        cls.everything_user = cls.person(
            "everything",
            *(OPS % role for role in ("requester", "user", "approver", "manager", "admin")),
            "purchase.group_purchase_manager",
            "base.group_system",
        )
        cls.buying_lead = cls.person("buying_lead", OPS % "approver", BUYER)
        # The lead's stage asks them, too: one of them is enough.
        cls.lead |= cls.everything_user | cls.buying_lead
        cls.arm()
        cls.asked = cls.lead[0]

    # -- forging --------------------------------------------------------------------------

    def test_nobody_writes_who_decided_what(self):
        order = self.submitted(6000)
        self.approve(order, self.asked)
        request = self.request_of(order)
        forged = {
            REQUEST: (request, {"state": "approved"}),
            STAGE: (request.stage_ids, {"state": "approved"}),
            SEAT: (request.assignment_ids, {"state": "approved", "user_id": self.buyer.id}),
            DECISION: (request.decision_ids, {"actor_id": self.buyer.id, "kind": "reject"}),
        }
        for user in (self.buyer, self.asked, self.manager, self.admin, self.everything_user):
            for model, (records, values) in forged.items():
                with self.subTest(user=user.login, model=model):
                    self.refused(user, model, "write", records.ids, vals=values)
                    self.refused(user, model, "unlink", records.ids)
                    self.refused(user, model, "create", vals_list=[values])
                    self.refused(user, model, "copy", records[:1].ids)
                    self.refused(
                        user, model, "web_save", records[:1].ids, vals=values, specification={}
                    )

    def test_nobody_writes_what_a_document_says_of_its_approval(self):
        order = self.order(1000)
        line = order.order_line
        for record, values in (
            (order, {"approval_editor_id": self.other_buyer.id}),
            (order, {"amount_total": 1}),
            (line, {"price_subtotal": 1}),
            (line, {"price_total": 1}),
        ):
            self.refused(self.buyer, record._name, "write", record.ids, "computed", vals=values)
            [made] = record.copy_data()
            self.refused(
                self.buyer,
                record._name,
                "create",
                saying="computed",
                vals_list=[{**made, **values}],
            )
        # What is not stored cannot be written either; Odoo says nothing about that.
        for values in ({"approval_state": "approved"}, {"approval_request_id": False}):
            self.call(self.buyer, ORDER, "write", order.ids, vals=values)
            self.assertEqual(order.approval_state, "none")
        self.refused(self.buyer, ORDER, "button_confirm", order.ids, "Submit it")

    def test_what_the_engine_does_is_nothing_to_be_called(self):
        order = self.submitted(1000)
        request = self.request_of(order)
        for model, ids, methods in (
            (REQUEST, request.ids, ("_keep", "_decide", "_approve", "_end", "_carry_out")),
            (SEAT, request.assignment_ids.ids, ("_keep", "_keep_new")),
            (DECISION, [], ("_append", "_drop_append_only")),
            (ORDER, order.ids, ("_approval_execute", "_approval_enter", "_approval_submit")),
            ("ops.approval.exemption", [], ("_granted", "_let_through")),
        ):
            for method in methods:
                self.refused(self.everything_user, model, method, ids)

    def test_exemptions_are_not_made_by_hand(self):
        values = {"name": "All", "code": "all", "model_name": ORDER}
        for user in (self.buyer, self.asked, self.manager, self.admin):
            self.refused(user, "ops.approval.exemption", "create", vals_list=[values])

    # -- deciding one's own matters -------------------------------------------------------

    def test_who_submits_does_not_approve(self):
        for user in (self.buying_lead, self.everything_user):
            order = self.order(1000)
            order.with_user(user).action_submit_for_approval()
            self.refused_decision(user, order, "submit")
            self.approve_by_rpc(self.asked, order)

    def test_who_made_it_does_not_approve(self):
        for user in (self.buying_lead, self.everything_user):
            order = self.order(1000, user=user)
            order.with_user(self.other_buyer).write({"partner_id": self.other_vendor.id})
            self.settle()
            order.with_user(self.buyer).action_submit_for_approval()
            self.refused_decision(user, order, "made|access")

    def test_who_changed_it_last_does_not_approve(self):
        for user in (self.buying_lead, self.everything_user):
            order = self.order(1000)
            order.with_user(user).order_line.write({"price_unit": 150})
            self.settle()
            order.with_user(self.buyer).action_submit_for_approval()
            self.refused_decision(user, order, "change|access")

    def test_who_changes_it_while_it_waits_does_not_approve(self):
        order = self.submitted(1000)
        self.call(
            self.buying_lead,
            "purchase.order.line",
            "write",
            order.order_line.ids,
            vals={"price_unit": 150},
        )
        self.assertEqual(self.request_of(order).version, 2)
        self.refused_decision(self.buying_lead, order, "change")
        self.approve_by_rpc(self.asked, order)

    def test_who_would_be_the_only_one_to_approve_cannot_submit(self):
        self.lead[:2].active = False  # the API user who is left is who submits
        order = self.order(1000, user=self.buying_lead)
        self.refused(self.buying_lead, ORDER, "action_submit_for_approval", order.ids, "Lead")

    # -- out of turn ----------------------------------------------------------------------

    def test_the_second_stage_does_not_decide_first(self):
        order = self.submitted(6000)
        for member in self.board:
            self.refused_decision(member, order, "not your turn")
            for method in ("action_reject", "action_return", "action_abstain"):
                reason = self.env["ops.approval.reason"].search([], limit=1).code
                arguments = {
                    "action_reject": {"reason_code": reason, "comment": "No"},
                    "action_return": {"comment": "No"},
                    "action_abstain": {"reason": "No"},
                }[method]
                self.refused_decision(member, order, "not your turn", method, **arguments)

    def test_nobody_who_is_not_asked_decides(self):
        order = self.submitted(1000)
        for user in (self.manager, self.board[0], self.admin, self.other_buyer, self.buyer):
            self.refused_decision(user, order, ".")

    def test_one_person_fills_one_seat_of_a_quorum(self):
        order = self.submitted(6000)
        self.approve(order, self.asked)
        first, second, _third = self.board
        self.approve_by_rpc(first, order)
        self.refused_decision(first, order, "not asked any more")
        request = self.request_of(order)
        again = {"request_id": request.id, "version": 1, "decision": "approve"}
        [once, twice] = self.call(second, REQUEST, "action_decide_many", decisions=[again, again])
        self.assertTrue(once["ok"])
        self.assertFalse(twice["ok"])
        self.assertEqual(len(request.decision_ids), 3)

    def test_one_person_does_not_decide_in_two_stages(self):
        both = self.board[0]
        self.company_policy().action_new_draft()
        draft = self.company_policy().draft_version_id
        draft.row_ids[2].stage_ids[0].user_ids = [Command.link(both.id)]
        draft.with_user(self.second_admin).sudo().action_publish()
        order = self.submitted(6000)
        self.approve_by_rpc(both, order)
        self.refused_decision(both, order, ".")
        self.approve_by_rpc(self.board[1], order)
        self.approve_by_rpc(self.board[2], order)
        self.assertEqual(order.state, "purchase")

    def company_policy(self):
        return self.env["ops.approval.policy"].search([("company_id", "=", self.company.id)])

    # -- what was not seen ----------------------------------------------------------------

    def test_nobody_decides_about_a_version_they_did_not_see(self):
        order = self.submitted(1000)
        order.order_line.with_user(self.buyer).write({"price_unit": 200})
        self.settle()
        self.assertEqual(self.request_of(order).version, 2)
        self.refused_decision(self.asked, order, "you saw version 1", version=1)
        self.refused_decision(self.asked, order, "you saw version 3", version=3)
        for nothing in (None, 0, False, True, "2", 2.0, [2], {"version": 2}, -1, 10**30):
            self.refused_decision(self.asked, order, ".", version=nothing)
        self.approve_by_rpc(self.asked, order, version=2)

    def test_nobody_decides_in_the_name_of_another(self):
        order = self.submitted(1000)
        lead = self.asked.id
        for extra in ({"user_id": lead}, {"actor_id": lead}, {"uid": lead}):
            request = self.request_of(order)
            self.refused(
                self.buyer, REQUEST, "action_approve", request.ids, logged=False, version=1, **extra
            )
            self.refused_decision(self.buyer, order, ".", context=extra)

    def test_a_rejection_needs_a_reason_there_is(self):
        order = self.submitted(1000)
        for code in (None, "", "no_such_reason", 5, ["price"]):
            self.refused_decision(
                self.asked, order, "Reason", "action_reject", reason_code=code, comment="No"
            )
        for method in ("action_return", "action_abstain"):
            self.refused_decision(self.asked, order, ".", method)

    def test_of_several_decisions_a_bad_one_leaves_the_others_alone(self):
        good, stale, gone = self.submitted(1000), self.submitted(2000), self.submitted(3000)
        requests = [self.request_of(each).id for each in (good, stale, gone)]
        answers = self.call(
            self.asked,
            REQUEST,
            "action_decide_many",
            decisions=[
                {"request_id": requests[1], "version": 7},
                {"request_id": requests[0], "version": 1},
                {"request_id": 10**8, "version": 1},
                {"request_id": requests[2], "version": 1, "decision": "destroy"},
            ],
        )
        self.assertEqual([answer["ok"] for answer in answers], [False, True, False, False])
        self.assertTrue(all(answer["error"] for answer in answers if not answer["ok"]))
        states = [each.state for each in good + stale + gone]
        self.assertEqual(states, ["purchase", "to approve", "to approve"])

    def test_nonsense_instead_of_decisions_is_the_callers_mistake(self):
        order, other = self.submitted(1000), self.submitted(1000)
        requests = self.request_of(order) + self.request_of(other)
        for nonsense in ("all", None, 1, [1], [None], [{}], [{"request_id": "x"}], {}):
            self.refused(
                self.asked, REQUEST, "action_decide_many", saying="ecision", decisions=nonsense
            )
        [answer] = self.call(
            self.asked,
            REQUEST,
            "action_decide_many",
            decisions=[{"request_id": requests[0].id, "version": 1, "decision": ["approve"]}],
        )
        self.assertIn("choose one of", answer["error"])
        for ids in ([], requests.ids):
            self.refused(self.asked, REQUEST, "action_approve", ids, "one request", version=1)
        for comment in (["x"], {"x": 1}, 5):
            self.refused_decision(self.asked, order, "Comment", comment=comment)
        self.refused(self.asked, REQUEST, "action_approve", [10**8], "not exist", version=1)

    # -- places ---------------------------------------------------------------------------

    def test_nobody_approves_for_another_company_or_site(self):
        order = self.submitted(1000)
        abroad = self.env["res.company"].create({"name": "Abroad"})
        stranger = self.person("stranger", OPS % "approver", BUYER, company=abroad)
        request = self.request_of(order)
        for method in ("action_approve", "action_withdraw", "read", "panel_data"):
            arguments = {"version": 1} if method == "action_approve" else {}
            self.refused(stranger, REQUEST, method, request.ids, **arguments)
        self.refused(stranger, ORDER, "action_submit_for_approval", self.order(1000).ids)
        # Was asked, and works elsewhere since.
        self.asked.ops_site_ids = self.env["ops.site"].create(
            {
                "name": "West",
                "code": "T-WEST",
                "company_id": self.company.id,
                "resource_calendar_id": self.company.resource_calendar_id.id,
            }
        )
        self.refused_decision(self.asked, order, ".")
        self.asked.ops_site_ids = False
        self.asked.write({"company_ids": [Command.set(abroad.ids)], "company_id": abroad.id})
        self.refused_decision(self.asked, order, ".")

    def test_who_is_no_approver_any_more_does_not_decide(self):
        order = self.submitted(1000)
        self.asked.group_ids = [Command.unlink(self.env.ref(OPS % "approver").id)]
        self.refused_decision(self.asked, order, ".")

    def test_an_archived_approver_stops_nothing(self):
        order = self.submitted(6000)
        self.approve(order, self.asked)
        self.board[0].active = False
        self.approve_by_rpc(self.board[1], order)
        self.approve_by_rpc(self.board[2], order)
        self.assertEqual(order.state, "purchase")

    def test_an_order_whose_approvers_all_left_is_taken_back_and_not_approved(self):
        order = self.submitted(1000)
        self.lead.active = False
        self.refused(self.buyer, ORDER, "button_approve", order.ids, "waits for")
        self.call(self.buyer, REQUEST, "action_withdraw", self.request_of(order).ids)
        self.assertEqual(order.state, "draft")
        self.refused(self.buyer, ORDER, "action_submit_for_approval", order.ids, "Lead")

    def test_who_has_nothing_to_do_with_it_does_not_withdraw_it(self):
        order = self.submitted(1000)
        for user in (self.other_buyer, self.asked, self.admin):
            self.refused(user, REQUEST, "action_withdraw", self.request_of(order).ids)
