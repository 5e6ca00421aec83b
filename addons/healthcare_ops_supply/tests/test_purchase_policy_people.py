from odoo.fields import Command
from odoo.tests import tagged

from .policies import PolicyCase


@tagged("post_install", "-at_install")
class TestPurchasePolicyPeople(PolicyCase):
    def _plans(self, *stages, order=None, requester=None):
        """What a draft with these stages plans for one order."""
        policy = self.draft(self.row(stages=list(stages)))
        version = policy.draft_version_id
        order = order or self.order()
        routes = version._route(order)
        [plans] = version._plan(order, routes, [requester or self.requester])
        policy.unlink()
        return plans

    def _people(self, *stages, **values):
        [plan] = self._plans(*stages, **values)
        return self.env["res.users"].browse(plan.user_ids)

    # -- who is meant ---------------------------------------------------------------------

    def test_named_people_and_members_of_a_group(self):
        self.assertEqual(self._people(self.stage(self.ann + self.bob)), self.ann + self.bob)
        group = self.env["res.groups"].create({"name": "Finance"})
        above = self.env["res.groups"].create(
            {"name": "Finance directors", "implied_ids": [Command.set(group.ids)]}
        )
        self.ann.group_ids += group
        self.bob.group_ids += above
        stage = self.stage(approver_kind="group", group_id=group.id)
        self.assertEqual(self._people(stage), self.ann + self.bob)

    def test_the_manager_of_the_site_or_of_the_one_it_is_part_of(self):
        stage = self.stage(site_role="manager")
        self.assertEqual(self._people(stage), self.site_manager)
        self.assertEqual(self._people(stage, order=self.order(site=self.part)), self.site_manager)
        [plan] = self._plans(stage, order=self.order(site=self.west))
        self.assertEqual(plan.user_ids, ())
        self.assertIn("nobody can be asked (Manager of the site [WEST] West)", plan.problem)

    def test_approvers_and_managers_of_the_site(self):
        self.ann.ops_site_ids = self.west
        self.bob.ops_site_ids = self.site
        approvers = self.stage(site_role="approvers")
        self.assertIn(self.bob, self._people(approvers))
        self.assertNotIn(self.ann, self._people(approvers))
        self.assertIn(self.bob, self._people(approvers, order=self.order(site=self.part)))
        self.assertIn(self.ann, self._people(approvers, order=self.order(site=self.west)))
        managers = self._people(self.stage(site_role="managers"))
        self.assertIn(self.site_manager, managers)
        self.assertNotIn(self.bob, managers)

    def _employ(self, user, **values):
        return self.env["hr.employee"].create(
            {"name": user.name, "user_id": user.id, "company_id": self.company.id, **values}
        )

    def test_the_head_of_the_department_and_who_is_above(self):
        care = self.env["hr.department"].create({"name": "Care", "company_id": self.company.id})
        ward = self.env["hr.department"].create(
            {"name": "Ward", "company_id": self.company.id, "parent_id": care.id}
        )
        ward.manager_id = self._employ(self.ann)
        care.manager_id = self._employ(self.bob)
        self._employ(self.requester, department_id=ward.id)
        stage = self.stage(approver_kind="department_head")
        self.assertEqual(self._people(stage), self.ann)
        # The head's own orders go to the head above.
        [plan] = self._plans(stage, requester=self.ann)
        self.assertFalse(plan.user_ids, "who is in no department has no head")
        self.env["hr.employee"].search([("user_id", "=", self.ann.id)]).department_id = ward
        [plan] = self._plans(stage, requester=self.ann)
        self.assertEqual(plan.user_ids, tuple(self.bob.ids))
        self.assertEqual(plan.excluded, {self.ann.id: "submits it"})

    def test_the_manager_of_the_requester_and_who_is_above(self):
        ann = self._employ(self.ann, parent_id=self._employ(self.bob).id)
        self._employ(self.requester, parent_id=ann.id)
        stage = self.stage(approver_kind="requester_manager")
        self.assertEqual(self._people(stage), self.ann)
        self.ann.group_ids = self.env.ref("healthcare_ops_automation.group_ops_requester")
        [plan] = self._plans(stage)
        self.assertEqual(plan.user_ids, tuple(self.bob.ids))
        self.assertEqual(plan.excluded, {self.ann.id: "does not hold the role Approver"})

    def test_a_person_named_on_the_document(self):
        field = self.env["ir.model.fields"]._get("purchase.order", "user_id")
        stage = self.stage(approver_kind="record_field", field_id=field.id)
        self.assertEqual(self._people(stage, order=self.order(user_id=self.ann.id)), self.ann)
        [plan] = self._plans(stage, order=self.order(user_id=False))
        self.assertIn("nobody can be asked (Buyer)", plan.problem)

    # -- who is not -----------------------------------------------------------------------

    def test_nobody_approves_what_they_submit_made_or_changed(self):
        everybody = self.ann + self.bob + self.site_manager
        order = self.order(user=self.bob)
        [plan] = self._plans(self.stage(everybody), order=order, requester=self.ann)
        self.assertEqual(plan.user_ids, tuple(self.site_manager.ids))
        self.assertEqual(plan.excluded[self.ann.id], "submits it")
        self.assertEqual(plan.excluded[self.bob.id], "made it")

    def test_who_submits_alone_in_a_pool_is_told_so(self):
        [plan] = self._plans(self.stage(self.ann), requester=self.ann)
        self.assertFalse(plan.user_ids)
        self.assertIn("Ann Approver submits it", plan.problem)

    def test_an_administrator_is_barred_like_everybody(self):
        self.editor.group_ids += self.env.ref("healthcare_ops_automation.group_ops_approver")
        [plan] = self._plans(self.stage(self.editor), requester=self.editor)
        self.assertFalse(plan.user_ids)

    def test_people_named_in_fields_may_be_kept_out(self):
        buyer = self.env["ir.model.fields"]._get("purchase.order", "user_id")
        stage = self.stage(self.ann + self.bob, excluded_field_ids=[Command.set(buyer.ids)])
        [plan] = self._plans(stage, order=self.order(user_id=self.bob.id))
        self.assertEqual(plan.user_ids, tuple(self.ann.ids))
        self.assertEqual(plan.excluded[self.bob.id], "is named as “Buyer” on the document")

    def test_who_may_not_act_there_is_not_asked(self):
        stage = self.stage(self.ann + self.bob)
        self.bob.ops_site_ids = self.west
        [plan] = self._plans(stage)
        self.assertEqual(plan.excluded, {self.bob.id: "does not work at North"})
        self.bob.ops_site_ids = False
        self.bob.company_ids += self.other_company
        self.bob.company_id = self.other_company
        self.bob.company_ids = self.other_company
        [plan] = self._plans(stage)
        self.assertEqual(plan.excluded, {self.bob.id: "may not enter Northside Clinics"})
        self.bob.active = False
        [plan] = self._plans(stage)
        self.assertEqual(plan.excluded, {self.bob.id: "is archived"})

    # -- how many -------------------------------------------------------------------------

    def test_a_quorum_larger_than_who_is_left_is_a_problem(self):
        stage = self.stage(self.ann + self.bob, mode="n_of_m", quorum=2)
        [plan] = self._plans(stage)
        self.assertIsNone(plan.problem)
        self.assertEqual(plan.needed, 2)
        [plan] = self._plans(stage, requester=self.ann)
        self.assertIn("needs 2 approvals, and only 1 may decide", plan.problem)

    def test_whom_a_stage_cannot_do_without_is_not_asked_in_another(self):
        first, second = self._plans(
            self.stage(self.ann + self.bob), self.stage(self.ann, name="Finance", step=2)
        )
        self.assertEqual(first.user_ids, tuple(self.bob.ids))
        self.assertEqual(first.excluded, {self.ann.id: "decides in the stage “Finance”"})
        self.assertEqual(second.user_ids, tuple(self.ann.ids))

    def test_one_person_does_not_fill_two_stages(self):
        first, second = self._plans(
            self.stage(self.ann + self.bob, mode="all"),
            self.stage(self.ann + self.bob, name="Finance", step=2),
            requester=self.site_manager,
        )
        self.assertIsNone(first.problem)
        self.assertIn("nobody decides in two", second.problem)

    def test_stages_that_say_so_may_ask_the_same_person(self):
        first, second = self._plans(
            self.stage(self.ann, distinct=False), self.stage(self.ann, distinct=False, step=2)
        )
        self.assertEqual(first.user_ids, second.user_ids)
        self.assertIsNone(second.problem)

    def test_a_field_that_is_gone_stops_the_stage(self):
        model = self.env["ir.model"]._get("purchase.order")
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_witness_id",
                "model_id": model.id,
                "ttype": "many2one",
                "relation": "res.users",
                "field_description": "Witness",
            }
        )
        version = self.published(
            self.row(stages=[self.stage(self.ann, excluded_field_ids=[Command.set(field.ids)])])
        )
        order = self.order(x_witness_id=self.bob.id)
        routes = version._route(order)
        [[plan]] = version._plan(order, routes, [self.requester])
        self.assertIsNone(plan.problem)
        field.unlink()
        self.assertEqual(version.row_ids.stage_ids.excluded_names, "x_witness_id")
        routes = version._route(order)
        [[plan]] = version._plan(order, routes, [self.requester])
        self.assertIn("“x_witness_id”, by which people are found, does not exist", plan.problem)
