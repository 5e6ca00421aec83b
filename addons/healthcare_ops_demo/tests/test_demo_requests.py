from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from ..builders.free_requests import REQUESTS
from ..builders.tables import MODULE
from ..hooks import uninstall_hook


@tagged("post_install", "-at_install")
class TestDemoRequests(TransactionCase):
    """What the module promises about requests, and about who stands in for whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref(f"{MODULE}.approval_policy_requests")
        cls.requests = {key: cls.env.ref(f"{MODULE}.request_{key}") for key in REQUESTS}
        cls.approvals = {key: each.approval_request_id for key, each in cls.requests.items()}

    def _user(self, login):
        return self.env.ref(f"{MODULE}.user_{login}")

    def _as(self, key, login):
        """The approval of a request, in the hands of a person."""
        approval = self.approvals[key]
        return approval.with_user(self._user(login)).with_company(approval.company_id)

    def test_policy_was_published_by_somebody_else_and_nothing_speaks_against_it(self):
        version = self.policy.published_version_id
        self.assertEqual(version.published_by_id.login, "administrator")
        self.assertEqual(version.last_editor_id.login, "administrator.deputy")
        blocking = [each.text for each in version._findings() if each.level != "notes"]
        self.assertFalse(blocking)

    def test_every_kind_of_request_is_open_in_the_network(self):
        kinds = self.env["ops.request.category"].with_company(self.policy.company_id)
        found = kinds.search([("company_id", "=", False)])
        self.assertGreaterEqual(len(found), 8)
        self.assertEqual(set(found.mapped("standing")), {"open"})

    def test_each_request_stands_where_it_should(self):
        found = {key: request.standing for key, request in self.requests.items()}
        self.assertEqual(
            found,
            {
                "draft": "draft",
                "asked": "question",
                "approved": "approved",
                "at_finance": "pending",
                "committee": "pending",
                "rejected": "rejected",
                "on_behalf": "approved",
                "overdue": "pending",
            },
        )
        overdue = [key for key, request in self.requests.items() if request.is_overdue]
        self.assertEqual(overdue, ["overdue"])
        self.assertEqual(self.requests["at_finance"].asked_user_ids, self._user("finance"))
        self.assertEqual(len(self.requests["committee"].asked_user_ids), 2)

    def test_each_was_filed_and_decided_by_people_who_are_not_the_system(self):
        for key in REQUESTS:
            self.assertEqual(self.requests[key].create_uid, self.requests[key].requester_id, key)
            self.assertEqual(bool(self.approvals[key]), key != "draft")
            for decision in self.approvals[key].decision_ids:
                self.assertTrue(decision.digest_ok, key)
                self.assertNotEqual(decision.actor_id, 1, key)

    def test_delegations_are_planned_in_force_and_ended(self):
        delegations = self.env["ops.approval.delegation"]
        found = {
            key: self.env.ref(f"{MODULE}.delegation_{key}").state
            for key in ("in_force", "planned", "ended")
        }
        self.assertEqual(found, {"in_force": "active", "planned": "planned", "ended": "revoked"})
        [told] = delegations._standing_in(self._user("approver"))
        self.assertEqual(told["name"], "Bastian Querfurt-Ohm")

    def test_one_decision_was_made_in_somebodys_place(self):
        decision = self.approvals["on_behalf"].decision_ids
        self.assertEqual(decision.actor_id, self._user("approver").id)
        self.assertEqual(decision.on_behalf_of_label, "Bastian Querfurt-Ohm")
        self.assertEqual(decision.delegation_id, self.env.ref(f"{MODULE}.delegation_in_force").id)

    def test_who_stands_in_decides_what_is_overdue_and_nobody_else_does(self):
        self.assertEqual(self.requests["overdue"].asked_user_ids.name, "Bastian Querfurt-Ohm")
        seats = self.env["ops.approval.assignment"]
        waiting = seats.search(seats._domain_for(self._user("approver"))).request_id
        self.assertIn(self.approvals["overdue"], waiting)
        with self.assertRaises(AccessError):
            self._as("overdue", "finance").action_approve(version=1)
        self._as("overdue", "approver").action_approve(version=1)
        self.assertEqual(self.requests["overdue"].state, "approved")

    def test_the_requester_answers_and_the_manager_approves(self):
        approval = self._as("asked", "requester")
        self.assertTrue(approval.waits_for_my_answer)
        approval.action_answer("It does, from the second year on.")
        self.assertFalse(self.requests["asked"].is_overdue)
        self._as("asked", "manager").action_approve(version=1)
        self.assertEqual(self.requests["asked"].state, "approved")

    def test_the_requester_has_no_other_rights(self):
        requester = self._user("requester")
        roles = requester.all_group_ids.filtered(
            lambda group: (group.get_external_id()[group.id] or "").startswith(
                "healthcare_ops_automation.group_ops_"
            )
        )
        self.assertEqual(roles, self.env.ref("healthcare_ops_automation.group_ops_requester"))
        mine = self.env["ops.request"].with_user(requester).search([])
        own = self.env["ops.request"].search([("requester_id", "=", requester.id)])
        self.assertEqual(mine.ids, own.ids)
        self.assertEqual(len(mine), 3)

    def test_uninstalling_keeps_requests_and_archives_who_stands_in(self):
        delegation = self.env.ref(f"{MODULE}.delegation_in_force")
        uninstall_hook(self.env)
        self.assertFalse(delegation.delegate_id.active or delegation.user_id.active)
        for key, request in self.requests.items():
            self.assertTrue(request.exists(), key)
            self.assertFalse(request.get_external_id()[request.id], key)
