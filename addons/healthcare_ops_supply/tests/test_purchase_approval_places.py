from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_ops_approvals.tests.test_access_rights import RIGHTS

from .approvals import OPS, ApprovalCase

ROLES = ("requester", "user", "approver", "manager", "admin", "auditor")
# What belongs to no company.
SHARED = {"ops.approval.reason", "ops.approval.exemption"}
# What a policy says is for whole companies; the rows that name a site are read with the others.
COMPANY_WIDE = {
    "ops.approval.policy",
    "ops.approval.policy.version",
    "ops.approval.row",
    "ops.approval.stage",
}
# Free-standing requests and their kinds are no purchase orders: test_request_rules.py has them.
FREE_STANDING = {
    "ops.request",
    "ops.request.document",
    "ops.request.category",
    "ops.request.category.question",
    "ops.request.category.document",
}
SEE_ALL = ("manager", "admin", "auditor")


@tagged("post_install", "-at_install")
class TestPurchaseApprovalPlaces(ApprovalCase):
    """Of each model of approvals: who works elsewhere does not see it, in no role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.arm()
        cls.hill = cls.env["ops.site"].create(
            {
                "name": "Hill",
                "code": "T-HILL",
                "company_id": cls.company.id,
                "resource_calendar_id": cls.company.resource_calendar_id.id,
            }
        )

    def everything(self):
        """Records of each model about an order of the site, decided about by the lead."""
        order = self.submitted(6000)
        self.approve(order, self.lead)
        request = self.request_of(order)
        policy = self.policy
        delegation = self.env["ops.approval.delegation"].with_user(self.lead)
        delegation = delegation.create(
            {
                "delegate_id": self.board[0].id,
                "date_to": fields.Datetime.add(fields.Datetime.now(), days=1),
                "site_ids": [Command.set(self.site.ids)],
            }
        )
        self.env.flush_all()
        bottlenecks = self.env["ops.approval.bottleneck"]
        made = (
            bottlenecks.search([("site_id", "=", self.site.id)]),
            delegation,
            policy,
            policy.version_ids,
            policy.version_ids.row_ids,
            policy.version_ids.row_ids.stage_ids,
            request,
            request.stage_ids,
            request.assignment_ids,
            request.decision_ids,
        )
        return {records._name: records.sudo() for records in made}

    def check_hidden(self, made, people):
        for name, records in made.items():
            self.assertTrue(records, name)
            for role, user in people.items():
                if "r" not in RIGHTS[name].get(role, ""):
                    continue
                seen = self.env[name].with_user(user).with_context(active_test=False)
                self.assertFalse(seen.search([("id", "in", records.ids)]), (name, role))
                self.assertFalse(
                    seen.browse(records.ids)._filtered_access("read"), (name, role, "by id")
                )

    def test_every_model_is_shared_or_tested(self):
        dialogs = {name for name in RIGHTS if self.registry[name]._transient}
        tested = set(self.everything()) | FREE_STANDING
        self.assertEqual(tested | SHARED | dialogs, set(RIGHTS))

    def test_nobody_sees_what_is_of_another_company(self):
        south = self.env["res.company"].create({"name": "Southside"})
        people = {role: self.person(f"south_{role}", OPS % role, company=south) for role in ROLES}
        self.check_hidden(self.everything(), people)

    def test_who_works_at_another_site_does_not_see_requests(self):
        people = {
            role: self.person(f"hill_{role}", OPS % role, ops_site_ids=[Command.set(self.hill.ids)])
            for role in ROLES
        }
        made = self.everything()
        self.check_hidden({name: made[name] for name in set(made) - COMPANY_WIDE}, people)

    def test_who_neither_submitted_nor_is_asked_sees_no_request(self):
        people = {role: self.person(f"near_{role}", OPS % role) for role in ROLES}
        made = self.everything()
        self.check_hidden(
            {name: made[name] for name in set(made) - COMPANY_WIDE},
            {role: user for role, user in people.items() if role not in SEE_ALL},
        )

    def test_managers_administrators_and_auditors_of_the_site_see_all_of_it(self):
        made = self.everything()
        for role in SEE_ALL:
            user = self.person(f"all_{role}", OPS % role, ops_site_ids=[Command.set(self.site.ids)])
            for name, records in made.items():
                seen = self.env[name].with_user(user)
                self.assertEqual(
                    seen.search([("id", "in", records.ids)]), records.with_user(user), (name, role)
                )

    def test_who_submitted_and_who_is_asked_see_theirs(self):
        request = self.everything()["ops.approval.request"]
        for user in (self.buyer, self.lead, self.board[0]):
            self.assertTrue(request.with_user(user).has_access("read"), user.name)
            self.assertTrue(request.with_user(user).panel_data()["history"], user.name)
        for user in (self.buyer, self.lead):
            with self.assertRaises(AccessError):
                request.with_user(user).decision_ids.read(["comment"])

    def test_a_dialog_is_for_who_opened_it(self):
        request = self.request_of(self.submitted(6000))
        action = request.with_user(self.lead).action_open_bulk()
        dialog = self.env["ops.approval.bulk"].browse(action["res_id"])
        trial = self.env["ops.approval.trial"].with_user(self.lead)
        trial = trial.create({"version_id": self.policy.published_version_id.id})
        for records in (dialog, dialog.line_ids, trial):
            self.assertTrue(records.with_user(self.lead).has_access("read"), records)
            other = records.with_user(self.manager)
            self.assertFalse(other.search([("id", "in", records.ids)]), records)
            for operation in ("read", "write", "unlink"):
                self.assertFalse(other.has_access(operation), (records, operation))
        with self.assertRaises(AccessError):
            dialog.with_user(self.manager).action_decide()
        self.assertEqual(request.state, "pending")
