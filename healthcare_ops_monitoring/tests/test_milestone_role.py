from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, tagged

from .projecting import ProjectingMixin, day


@tagged("post_install", "-at_install")
class TestMilestoneRole(ProjectingMixin, TransactionCase):
    """What a milestone does to a case is declared by modules and changed by administrators."""

    def test_every_process_of_the_suite_has_a_start_and_an_end(self):
        # The trail has one milestone, which is both.
        for code in ("approval", "service_levels", "exception", "purchase", "replenishment"):
            with self.subTest(code):
                process = self.env["ops.process"].search([("code", "=", code)])
                roles = process.milestone_ids.mapped("role")
                self.assertIn("start", roles)
                self.assertIn("end", roles)
        audit = self.env["ops.process"].search([("code", "=", "audit")])
        self.assertEqual(audit.milestone_ids.mapped("role"), ["end"])

    def test_declared_roles_are_of_milestones_that_exist(self):
        for (process, milestone), _role in self.env["ops.process"]._milestone_roles().items():
            with self.subTest(process=process, milestone=milestone):
                self.assertEqual(
                    self.env["ops.milestone"].search_count(
                        [("process_id.code", "=", process), ("code", "=", milestone)]
                    ),
                    1,
                )

    def test_an_administrators_choice_works_the_cases_out_anew_and_survives_an_update(self):
        self.happen("begun", day(2))
        self.happen("passed", day(3))
        self.project()
        self.assertEqual(self.cases().state, "open")
        admin = self.in_role("admin")
        self.milestones["passed"].with_user(admin).role = "end"
        self.project()
        self.assertEqual(self.cases().closed_at, day(3))
        self.env["ops.process"]._sync_catalogue()
        self.assertEqual(self.milestones["passed"].role, "end")
        self.assertTrue(self.milestones["passed"].role_by_hand)

    def test_the_form_says_what_another_role_does_before_and_after(self):
        milestone = self.milestones["passed"].with_user(self.in_role("admin"))
        with Form(milestone) as form:
            self.assertFalse(form.role_is_changed)
            form.role = "end"
            self.assertTrue(form.role_is_changed)
            self.assertFalse(form.rebuild_asked_at)
        self.assertFalse(milestone.role_is_changed)
        self.assertEqual(milestone.rebuild_asked_at, self.process.rebuild_asked_at)
        self.assertTrue(milestone.rebuild_asked_at)

    def test_a_choice_that_is_the_declared_one_again_is_none(self):
        milestone = self.milestones["passed"].with_user(self.in_role("admin"))
        milestone.role = "end"
        milestone.role = "step"
        self.assertFalse(milestone.role_by_hand)

    def test_a_role_that_the_module_declares_anew_is_taken_over(self):
        self.happen("begun", day(2))
        self.project()
        self.milestones["begun"].sudo().role = "end"
        self.project()
        self.assertEqual(self.cases().state, "closed")
        self.env["ops.process"]._sync_catalogue()
        self.assertEqual(self.milestones["begun"].role, "start")
        self.project()
        self.assertEqual(self.cases().state, "open")

    @contextmanager
    def _loading(self, *updated, without=None):
        """As while modules are loaded, these being updated, and before one is that declares
        the roles of the process ``without``."""
        processes = self.registry["ops.process"]
        declared = processes._milestone_roles

        def known(self):
            return {place: role for place, role in declared(self).items() if place[0] != without}

        with (
            patch.object(self.registry, "ready", False),
            patch.object(self.registry, "updated_modules", list(updated)),
            patch.object(processes, "_milestone_roles", known),
        ):
            yield self.env["ops.process"]

    def test_an_update_that_declares_nothing_new_works_no_cases_out_anew(self):
        asked = [("rebuild_asked_at", "!=", False)]
        before = self.env["ops.process"].search(asked)
        with self._loading("healthcare_ops_monitoring", without=self.code) as processes:
            processes._sync_catalogue()
        with self._loading("healthcare_ops_monitoring") as processes:
            self.types["begun"].write({"process_code": self.code, "milestone_code": "begun"})
            processes._register_hook()
        self.assertEqual(self.milestones["begun"].role, "start")
        self.assertEqual(self.env["ops.process"].search(asked), before)

    def test_an_update_takes_declared_roles_over_once_all_modules_are_loaded(self):
        self.milestones["begun"].sudo().role = "end"
        self.project()
        with self._loading("healthcare_ops_monitoring", without=self.code) as processes:
            processes._sync_catalogue()
            self.assertEqual(self.milestones["begun"].role, "end")
        with self._loading("healthcare_ops_monitoring") as processes:
            processes._register_hook()
        self.assertEqual(self.milestones["begun"].role, "start")
        self.assertTrue(self.process.rebuild_asked_at)

    def test_a_server_that_merely_starts_writes_no_roles(self):
        self.milestones["begun"].sudo().role = "end"
        with self._loading() as processes:
            processes._register_hook()
        self.assertEqual(self.milestones["begun"].role, "end")

    def test_only_administrators_choose_and_only_roles(self):
        for role in ("manager", "auditor", "user"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.milestones["passed"].with_user(self.in_role(role)).role = "end"
        with self.assertRaises(AccessError):
            self.milestones["passed"].with_user(self.in_role("admin")).role_by_hand = True

    def test_a_type_that_moves_to_another_milestone_takes_its_events_along(self):
        self.happen("begun", day(2))
        self.happen("passed", day(3))
        self.project()
        self.types["passed"].milestone_code = "done"
        self.project()
        self.assertEqual(self.cases().closed_at, day(3))
