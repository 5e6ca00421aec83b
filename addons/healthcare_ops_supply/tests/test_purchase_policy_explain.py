from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .policies import PolicyCase


@tagged("post_install", "-at_install")
class TestPurchasePolicyExplain(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requester.group_ids += cls.env.ref("purchase.group_purchase_user")

    def _policy(self):
        return self.published(
            self.row("Small", amount_to=1000, outcome="none", stages=[]),
            self.row(
                "Medium",
                amount_from=1000,
                amount_to=5000,
                stages=[
                    self.stage(self.ann + self.bob, name="Ward", due_hours=8),
                    self.stage(site_role="manager", name="Site", step=2),
                ],
            ),
        )

    def test_tells_version_row_stages_people_and_why(self):
        self._policy()
        order = self.order(1500, user=self.bob).with_user(self.requester)
        told = order._approval_explanation()
        self.assertTrue(told["armed"])
        self.assertEqual(told["version"], "Purchase orders, version 1")
        self.assertEqual((told["row"], told["outcome"]), ("Medium", "approve"))
        self.assertEqual(told["amounts"]["policy"], 1500)
        ward, site = told["stages"]
        self.assertEqual(ward["people"], ["Ann Approver"])
        self.assertEqual(ward["excluded"], [{"name": "Bob Approver", "why": "made it"}])
        self.assertEqual(ward["mode"], "one of them")
        self.assertEqual(ward["due"], "within 8 h of working time")
        self.assertEqual(site["who"], "Manager of the site [NORTH] North")
        said = "\n".join(told["sentences"])
        for sentence in (
            "Version 1 of “Purchase orders” applies, published on",
            "The amount is 1,500.00",
            "Row 2 “Medium” is the first that matches: ≥ 1,000.00",
            "Step 1, “Ward”: Ann Approver has to approve",
            "Not asked in “Ward”: Bob Approver (made it).",
            "Step 2, “Site”: ",
        ):
            self.assertIn(sentence, said.replace("\N{NO-BREAK SPACE}", " "))
        self.assertEqual(told["problems"], [])

    def test_tells_that_nobody_has_to_approve_and_that_nothing_matches(self):
        self._policy()
        small, huge = self.order(10), self.order(9000)
        told = small.with_user(self.requester)._approval_explanation()
        self.assertEqual(told["outcome"], "none")
        self.assertIn("By this row nobody has to approve.", told["sentences"])
        told = huge.with_user(self.requester)._approval_explanation()
        self.assertEqual(told["outcome"], "no_match")
        self.assertIn("No row of this version", told["problems"][0])

    def test_tells_that_documents_pass_while_nothing_is_in_force(self):
        told = self.order().with_user(self.requester)._approval_explanation()
        self.assertFalse(told["armed"])
        self.assertIn("pass without approval", told["sentences"][0])

    def test_tells_the_problem_of_a_stage(self):
        self._policy()
        told = self.order(1500, site=self.west)._approval_explanation()
        self.assertIn("Stage “Site”: nobody can be asked", told["problems"][0])

    def test_changes_nothing(self):
        self._policy()
        order = self.order(1500).with_user(self.requester)
        self.env.flush_all()
        before = order.sudo().read(["state", "write_date", "message_ids"])
        requests = self.env["ops.audit.entry"].search_count([])
        order._approval_explanation()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(order.sudo().read(["state", "write_date", "message_ids"]), before)
        self.assertEqual(self.env["ops.audit.entry"].search_count([]), requests)

    def test_over_rpc_a_document_is_named_by_model_and_id(self):
        self._policy()
        order = self.order(1500)
        policies = self.policies.with_user(self.requester)
        told = policies.explain(["purchase.order", order.id])
        self.assertEqual(told["row"], "Medium")
        for wrong in (["res.partner", 1], ["no.model", 1], "x", ["purchase.order", 10**9], None):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                policies.explain(wrong)

    def test_who_may_not_read_the_document_is_told_nothing(self):
        self._policy()
        order = self.order(1500)
        stranger = self.person("stranger", "requester", self.other_company)
        stranger.group_ids += self.env.ref("purchase.group_purchase_user")
        for user in (stranger, self.ann):
            with self.assertRaises(AccessError):
                self.policies.with_user(user).explain(["purchase.order", order.id])

    def test_a_draft_can_be_tried_by_who_may_read_it(self):
        policy = self.draft(self.row("Trial"))
        told = policy.with_user(self.editor).explain(["purchase.order", self.order().id])
        self.assertFalse(told["armed"])
        self.assertEqual(told["row"], "Trial")
        self.assertIn("trial of the draft", told["sentences"][0])
        with self.assertRaises(AccessError):
            policy.with_user(self.requester).explain(["purchase.order", self.order().id])

    def test_a_policy_of_another_company_is_not_about_it(self):
        policy = self.draft()
        foreign = self.make_site("FAR", self.other_company)
        order = self.order(site=foreign, company_id=self.other_company.id)
        with self.assertRaisesRegex(UserError, "is not about"):
            policy.sudo().explain(order)

    def test_the_trial_page_tells_the_same(self):
        version = self._policy()
        self.editor.company_ids = self.company
        trial = self.env["ops.approval.trial"].with_user(self.editor)
        page = trial.create({"version_id": version.id, "res_id": self.order(1500).id})
        self.assertIn("“Medium” is the first that matches", page.answer)
        page.res_id = self.order(9000).id
        self.assertIn("text-danger", page.answer)
