import json
from datetime import datetime

from odoo.fields import Command
from odoo.tests import tagged

from .approvals import OPS
from .watching import WatchedCase

OVERDUE, STUCK = "approval.stage.overdue", "approval.request.stuck"
REWORKED = "approval.request.reworked"
MODULE = "healthcare_ops_approvals.%s"


@tagged("post_install", "-at_install")
class TestPurchaseApprovalWatch(WatchedCase):
    """What time brings is told once: overdue stages, stuck requests, what comes back again and
    again."""

    def stuck_after(self, hours):
        settings = self.env["res.config.settings"].create({})
        settings.ops_stuck_hours = hours
        settings.set_values()

    # -- overdue --------------------------------------------------------------------------------

    def test_an_overdue_stage_is_told_once(self):
        self.arm_stages(self._stage("Lead", self.lead, due_hours=8))
        order = self.submitted()
        self.at(3, 8, 59)
        self.sweep()
        self.assertFalse(self.events(order, OVERDUE))
        self.at(3, 9)
        self.sweep()
        self.sweep()
        event = self.events(order, OVERDUE)
        self.assertEqual(len(event), 1)
        data = json.loads(event.body)["data"]
        self.assertEqual(
            (data["stages"], data["due_at"], data["asked"]),
            (["Lead"], "2026-03-03T09:00:00Z", [self.lead.id]),
        )

    def test_a_decided_stage_is_not_overdue(self):
        self.arm_stages(
            self._stage("Lead", self.lead, due_hours=8), self._stage("Board", self.board, step=2)
        )
        order = self.submitted()
        self.approve(order, self.lead)
        self.at(9)
        self.sweep()
        self.assertFalse(self.events(order, OVERDUE))

    def test_each_due_time_is_told_and_none_while_a_question_waits(self):
        self.arm_stages(self._stage("Lead", self.lead, due_hours=8, ask_pauses=True))
        order = self.submitted()
        request = self.request_of(order)
        self.at(2, 13)
        request.with_user(self.lead).action_ask("Why so many?", version=1)
        self.at(4)
        self.sweep()
        self.assertFalse(self.events(order, OVERDUE))
        request.with_user(self.buyer).action_answer("We are many.")
        self.at(6)
        self.sweep()
        self.assertEqual(len(self.events(order, OVERDUE)), 1)

    def test_of_stages_side_by_side_those_that_are_overdue_are_named(self):
        self.arm_stages(
            self._stage("Lead", self.lead, due_hours=8), self._stage("Board", self.board[:1])
        )
        order = self.submitted()
        self.at(4)
        self.sweep()
        data = self.data(order, OVERDUE)
        self.assertEqual((data["stages"], data["asked"]), (["Lead"], [self.lead.id]))

    # -- stuck ----------------------------------------------------------------------------------

    def test_a_request_is_stuck_when_nothing_happened_for_so_many_working_hours(self):
        self.arm()
        self.at(6, 16)  # a Friday
        order = self.submitted()
        self.at(10, 15, 59)
        self.sweep()
        self.assertFalse(self.events(order, STUCK))
        self.at(10, 16)
        self.sweep()
        self.sweep()
        request = self.request_of(order)
        self.assertTrue(request.is_stuck)
        event = self.events(order, STUCK)
        self.assertEqual(len(event), 1)
        data = json.loads(event.body)["data"]
        self.assertEqual((data["moved_at"], data["hours"]), ("2026-03-06T16:00:00Z", 16))

    def test_a_question_moves_it_and_it_can_get_stuck_again(self):
        self.arm()
        order = self.submitted()
        request = self.request_of(order)
        self.at(4)
        self.sweep()
        request.with_user(self.lead).action_ask("Why?", version=1)
        self.settle()
        self.assertFalse(request.is_stuck)
        self.at(5)
        self.sweep()
        self.assertFalse(request.is_stuck)
        self.at(9)
        self.sweep()
        self.assertTrue(request.is_stuck)
        # Within one transaction the second takes the place of the first.
        self.assertEqual(self.data(order, STUCK)["moved_at"], "2026-03-04T09:00:00Z")

    def test_a_partial_decision_moves_it(self):
        self.arm()
        order = self.submitted(6000)
        self.at(3, 16)
        self.approve(order, self.lead)
        self.at(4, 9)
        self.sweep()
        self.assertFalse(self.request_of(order).is_stuck)

    def test_what_is_decided_is_not_stuck(self):
        self.arm()
        order = self.submitted()
        self.approve(order, self.lead)
        self.at(27)
        self.sweep()
        self.assertFalse(self.events(order, STUCK))

    def test_zero_hours_switch_it_off_and_another_number_counts_anew(self):
        self.arm()
        order = self.submitted()
        self.sweep()
        self.stuck_after(0)
        self.at(27)
        self.sweep()
        self.assertFalse(self.events(order, STUCK))
        self.stuck_after(40)
        self.at(6, 9)
        self.sweep()
        self.assertFalse(self.request_of(order).is_stuck)
        self.at(9, 9)
        self.sweep()
        self.assertTrue(self.request_of(order).is_stuck)

    def test_a_holiday_that_was_entered_later_counts(self):
        self.arm()
        order = self.submitted()
        self.sweep()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": self.site.resource_calendar_id.id,
                "date_from": datetime(2026, 3, 3),
                "date_to": datetime(2026, 3, 4),
            }
        )
        self.at(4)
        self.sweep()
        self.assertFalse(self.request_of(order).is_stuck)
        self.at(5)
        self.sweep()
        self.assertTrue(self.request_of(order).is_stuck)

    def test_a_sweep_costs_what_has_changed(self):
        self.arm_stages(self._stage("Lead", self.lead, due_hours=8))
        for _number in range(12):
            self.submitted()
        self.sweep()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.sweep()
        self.assertLess(self.env.cr.sql_log_count - before, 10)

    # -- rework and orphans ---------------------------------------------------------------------

    def test_the_third_round_is_told(self):
        self.arm()
        order = self.submitted()
        for _round in range(2):
            self.assertFalse(self.events(order, REWORKED))
            request = self.request_of(order)
            request.with_user(self.lead).action_return("No", version=request.version)
            order.with_user(self.buyer).action_submit_for_approval()
            self.settle()
        self.assertEqual(self.data(order, REWORKED)["round"], 3)

    def test_the_third_version_is_told(self):
        self.arm()
        order = self.submitted()
        for price in (150, 200):
            self.assertFalse(self.events(order, REWORKED))
            order.order_line.with_user(self.buyer).price_unit = price
            self.settle()
        self.assertEqual(self.data(order, REWORKED)["version"], 3)

    def test_seats_whose_people_cannot_decide_are_told(self):
        self.arm_stages(self._stage("Lead", self.lead | self.board[0], mode="all"))
        order = self.submitted()
        first, second = self.request_of(order).assignment_ids.sorted("id")
        first._emit_orphaned({first.id: "is archived"})
        second._emit_orphaned({second.id: "is away"})
        self.settle()
        data = self.data(order, "approval.seat.orphaned")
        self.assertEqual(
            (data["people"], data["stages"], data["reasons"]),
            ([first.user_id.id, second.user_id.id], ["Lead"] * 2, ["is archived", "is away"]),
        )


@tagged("post_install", "-at_install")
class TestPurchaseApprovalClock(WatchedCase):
    """Service levels about requests follow at once, though no automation rule sees requests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.sla.policy"].search([]).active = False
        cls.policy = cls.env.ref(MODULE % "sla_policy_decision")
        cls.addClassCleanup(cls.env["base.automation"]._unregister_hook)

    def setUp(self):
        super().setUp()
        self.policy.active = True
        self.arm()

    def clocks(self, order=None):
        domain = [("policy_id", "=", self.policy.id)]
        if order:
            domain.append(("res_id", "=", self.request_of(order).id))
        self.env["ops.sla.clock"].invalidate_model()
        return self.env["ops.sla.clock"].search(domain, order="id")

    def test_the_clock_starts_with_the_submission_and_is_met_by_the_decision(self):
        order = self.submitted()
        clock = self.clocks(order)
        self.assertEqual((clock.state, clock.started_at), ("running", datetime(2026, 3, 2, 9)))
        self.assertEqual(clock.due_at, datetime(2026, 3, 5, 9))
        self.at(2, 11)
        self.approve(order, self.lead)
        clock = self.clocks(order)
        self.assertEqual((clock.state, clock.used_seconds), ("met", 2 * 3600))

    def test_what_is_withdrawn_is_not_measured(self):
        order = self.submitted()
        request = self.request_of(order)
        request.with_user(self.buyer).action_withdraw()
        self.settle()
        clock = self.env["ops.sla.clock"].search([("res_id", "=", request.id)])
        clock = clock.filtered(lambda each: each.policy_id == self.policy)
        self.assertEqual(clock.state, "cancelled")

    def test_a_request_that_is_asked_anew_is_measured_from_then_on(self):
        order = self.submitted()
        self.approve(order, self.lead)
        self.assertEqual(self.clocks(order).state, "met")

    def test_what_is_undone_leaves_no_clock(self):
        known = self.clocks()
        order = self.order()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            order.action_submit_for_approval()
            raise ZeroDivisionError
        self.settle()
        self.assertEqual(self.clocks(), known)

    def test_switched_off_it_measures_nothing_and_costs_nothing(self):
        self.policy.active = False
        order = self.submitted()
        self.assertFalse(self.clocks(order))
        self.assertNotIn("healthcare_ops_approvals.followed", self.env.cr.precommit.data)


@tagged("post_install", "-at_install")
class TestPurchaseApprovalControl(WatchedCase):
    """The shipped controls find what they are for, in exceptions that close themselves."""

    def control(self, name, **values):
        control = self.env.ref(MODULE % f"control_{name}")
        control.write({"active": True, "company_id": self.company.id, **values})
        control._run()
        return self.exceptions(("control_id", "=", control.id))

    def findings(self, name):
        return self.env.ref(MODULE % f"control_{name}")

    def test_what_waits_too_long_is_found_until_it_is_decided(self):
        self.arm()
        order = self.submitted()
        self.at(6, 16)
        self.assertFalse(self.control("pending"))
        self.at(9, 9)
        finding = self.control("pending")
        self.assertEqual((finding.res_id, finding.is_open), (self.request_of(order).id, True))
        self.assertEqual(finding.category_id.code, "approval_overdue")
        self.approve(order, self.lead)
        self.assertTrue(finding.is_open)  # the control looks again
        self.control("pending")
        self.assertEqual(finding.state, "resolved")

    def test_overdue_seats_that_pile_up_with_one_person_are_found(self):
        self.arm_stages(self._stage("Lead", self.lead | self.board[0], due_hours=4))
        orders = [self.submitted() for _number in range(3)]
        self.approve(orders[2], self.board[0])
        late = self.submitted()
        self.at(3, 10)
        self.assertFalse(self._found("bottleneck", limit_count=3))
        findings = self._found("bottleneck", limit_count=2)
        self.assertEqual(
            {(each.res_model, each.res_id) for each in findings},
            {("res.users", self.lead.id), ("res.users", self.board[0].id)},
        )
        self.assertIn("3 with Lead", findings.sorted("res_id")[0].reason)
        self.assertEqual(findings.company_id, self.company)
        self.approve(late, self.lead)
        self._found("bottleneck", limit_count=2)
        self.assertEqual(set(findings.mapped("state")), {"resolved"})

    def _found(self, name, **values):
        control = self.env.ref(MODULE % f"control_{name}")
        control.write({"active": True, "company_id": self.company.id, **values})
        control._run()
        return self.env["ops.exception"].search(
            [("control_id", "=", control.id), ("is_open", "=", True)]
        )

    def test_what_came_back_three_times_is_found(self):
        self.arm()
        order = self.submitted()
        for price in (150, 200):
            self.assertFalse(self.control("rework"))
            order.order_line.with_user(self.buyer).price_unit = price
            self.settle()
        finding = self.control("rework")
        self.assertEqual(finding.category_id.code, "approval_reworked")
        self.approve(order, self.lead)
        self.control("rework")
        self.assertEqual(finding.state, "resolved")

    def test_what_is_approved_and_forgotten_is_found(self):
        self.arm(confirm_on_approval=False)
        order = self.submitted()
        self.approve(order, self.lead)
        self.assertNotEqual(order.state, "purchase")
        self.at(4, 8)
        self.assertFalse(self.control("not_carried_out"))
        self.at(4, 9)
        finding = self.control("not_carried_out")
        self.assertEqual(finding.category_id.code, "approval_not_carried_out")
        order.with_user(self.buyer).button_approve()
        self.settle()
        self.assertEqual(order.state, "purchase")
        self.assertTrue(self.request_of(order).executed_at)
        self.control("not_carried_out")
        self.assertEqual(finding.state, "resolved")


@tagged("post_install", "-at_install")
class TestPurchaseApprovalBottleneck(WatchedCase):
    """Who reads bottlenecks sees what waits with whom at their companies and sites."""

    def rows(self, user=None):
        rows = self.env["ops.approval.bottleneck"].with_user(user or self.boss)
        rows = rows.with_context(allowed_company_ids=self.company.ids)
        self.env.flush_all()
        self.env.invalidate_all()
        return rows.search([("company_id", "=", self.company.id)], order="user_id")

    def test_it_counts_what_waits_and_how_long_deciding_took(self):
        self.arm_stages(self._stage("Lead", self.lead, due_hours=4))
        for hour in (10, 12, 16):
            self.at(2, 9)
            order = self.submitted()
            self.at(2, hour)
            self.approve(order, self.lead)
        self.at(3, 9)
        self.submitted()
        self.at(4, 9)
        self.submitted()
        row = self.rows()
        self.assertEqual(
            (row.user_id, row.stage, row.site_id, row.model_label),
            (self.lead, "Lead", self.site, "Purchase Order"),
        )
        self.assertEqual((row.open_count, row.overdue_count), (2, 1))
        self.assertEqual((row.decided_count, row.late_count, row.median_hours), (3, 1, 3.0))
        self.assertEqual(row.oldest_at, datetime(2026, 3, 3, 9))
        seats = self.env["ops.approval.assignment"].search(row.action_open_seats()["domain"])
        self.assertEqual(len(seats), 2)
        [(_user, waiting)] = row._read_group([("id", "=", row.id)], ["user_id"], ["open_count:sum"])
        self.assertEqual(waiting, 2)

    def test_what_was_decided_long_ago_does_not_count(self):
        self.arm()
        order = self.submitted()
        self.approve(order, self.lead)
        self.assertEqual(self.rows().decided_count, 1)
        self.time.move_to(datetime(2026, 6, 15))
        self.assertFalse(self.rows())

    def test_another_site_s_manager_sees_nothing_of_it(self):
        self.arm()
        self.submitted()
        west = self.env["ops.site"].create(
            {
                "name": "West",
                "code": "T-WEST",
                "company_id": self.company.id,
                "resource_calendar_id": self.site.resource_calendar_id.id,
            }
        )
        there = self.person("west", OPS % "manager", ops_site_ids=[Command.set(west.ids)])
        here = self.person("north", OPS % "manager", ops_site_ids=[Command.set(self.site.ids)])
        self.assertFalse(self.rows(there))
        self.assertTrue(self.rows(here))
        elsewhere = self.person("main", OPS % "manager", company=self.env.ref("base.main_company"))
        rows = self.env["ops.approval.bottleneck"].with_user(elsewhere).search([])
        self.assertNotIn(self.company, rows.sudo().company_id)
