"""My approvals over Odoo's HTTP API: each reads what waits for them, and nothing else."""

from odoo.tests import tagged

from .approvals import OPS
from .approvals_rpc import ApprovalRpcCase

USERS = "res.users"


@tagged("post_install", "-at_install")
class TestMyApprovalsRpc(ApprovalRpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()

    def test_an_approver_reads_what_waits_and_decides_about_several(self):
        orders = [self.submitted(1000), self.submitted(2000)]
        page = self.call(self.lead, USERS, "ops_my_approvals", limit=10, filters={})
        self.assertEqual([item["document"] for item in page["items"]], [o.name for o in orders])
        self.assertEqual(
            self.call(self.lead, USERS, "ops_my_approvals_count"), {"total": 2, "overdue": 0}
        )
        decisions = [
            {"request_id": item["request_id"], "version": item["version"]} for item in page["items"]
        ]
        answers = self.call(
            self.lead, "ops.approval.request", "action_decide_many", decisions=decisions
        )
        self.assertEqual([answer["ok"] for answer in answers], [True, True])
        self.assertEqual(self.call(self.lead, USERS, "ops_my_approvals")["total"], 0)

    def test_the_page_of_another_is_not_to_be_had(self):
        self.submitted()
        for method in ("ops_my_approvals", "ops_my_approvals_count"):
            # Called on the lead, it is still about who calls.
            status, answer = self.post(self.manager, USERS, method, self.lead.ids)
            self.assertTrue(status >= 400 or answer["total"] == 0, answer)
            for forged in ({"user_id": self.lead.id}, {"uid": self.lead.id}):
                self.refused(self.manager, USERS, method, logged=False, **forged)
                answer = self.call(self.manager, USERS, method, context=forged)
                self.assertEqual(answer["total"], 0)

    def test_who_is_not_asked_is_told_so(self):
        auditor = self.person("auditor", OPS % "auditor")
        for user in (self.buyer, self.admin, auditor):
            for method in ("ops_my_approvals", "ops_my_approvals_count"):
                self.refused(user, USERS, method, saying="approvers and operations managers")

    def test_what_is_behind_the_page_is_nothing_to_be_called(self):
        for method in ("_ops_approval_rows", "_ops_approval_seats", "_ops_here"):
            self.refused(self.lead, USERS, method)

    def test_nonsense_is_the_callers_mistake(self):
        for arguments in (
            {"offset": "0; DROP TABLE x"},
            {"limit": -5},
            {"filters": "all"},
            {"filters": {"due": "' OR 1=1"}},
            {"filters": {"company_id": 1}},
        ):
            self.refused(self.lead, USERS, "ops_my_approvals", **arguments)
