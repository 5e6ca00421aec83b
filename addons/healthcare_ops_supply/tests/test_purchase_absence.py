from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .approvals import OPS
from .delegations import DelegationCase


class AbsenceCase(DelegationCase):
    """The lead decides alone from 500; above the lead stands the head."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.person("head", OPS % "approver")
        cls.employee = cls.employ(cls.lead, cls.employ(cls.head))

    @classmethod
    def employ(cls, user, manager=None, company=None):
        return cls.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": (company or cls.company).id,
                "parent_id": manager.id if manager else False,
            }
        )

    def leave(self, employee, days=10, begins=-1, **values):
        """Time off, as the modules that keep it write it; by default since yesterday."""
        now = fields.Datetime.now()
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "resource_id": employee.resource_id.id,
                "date_from": now + timedelta(days=begins),
                "date_to": now + timedelta(days=days),
                **values,
            }
        )

    def sweep(self):
        self.run_scheduled("ops.approval.request", "_cron_absences")

    def asked(self, order):
        seats = self.request_of(order).assignment_ids
        return seats.filtered(lambda each: each.state == "open").user_id

    def orphaned(self, order):
        return self.env["ops.exception"].search(
            [
                ("category_id.code", "=", "approval_orphaned"),
                ("res_model", "=", "ops.approval.request"),
                ("res_id", "=", self.request_of(order).id),
            ]
        )

    def history(self, order, kind="replace"):
        self.env.invalidate_all()
        decisions = self.request_of(order).decision_ids.sorted("id")
        return decisions.filtered(lambda each: each.kind == kind)


@tagged("post_install", "-at_install")
class TestPurchaseAbsence(AbsenceCase):
    def test_whoever_has_left_is_replaced_by_who_is_above_in_the_name_of_the_system(self):
        group = self.env.ref(OPS % "approver")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for happens, why in (
            (lambda lead: lead.write({"active": False}), "Lead is archived"),
            (
                lambda lead: lead.write({"group_ids": [Command.unlink(group.id)]}),
                "the role Approver",
            ),
            (
                lambda lead: lead.write(
                    {"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id}
                ),
                "may not enter Northside",
            ),
            (lambda lead: lead.write({"ops_site_ids": self.make_site("Far")}), "work at North"),
        ):
            order = self.submitted()
            self.assertEqual(self.asked(order), self.lead)
            with self.rolled_back():
                happens(self.lead)
                self.sweep()
                self.assertEqual(self.asked(order), self.head, why)
                [kept] = self.history(order)
                self.assertEqual(kept.actor_id, self.env.ref("base.user_root").id)
                self.assertIn(why, kept.basis)
                self.assertEqual(kept.comment, "Head is asked instead of Lead.")
                self.assertFalse(self.activities(order, self.lead))
                self.assertEqual(len(self.activities(order, self.head)), 1)
                self.assertFalse(self.orphaned(order))
                self.decide(order, self.head)
                self.assertEqual(order.state, "purchase")

    def test_it_is_looked_at_soon_after_somebody_loses_what_it_takes(self):
        self.submitted()
        cron = self.env.ref("healthcare_ops_approvals.cron_absences")
        group = self.env.ref(OPS % "approver")

        def is_triggered_by(happens):
            triggers = self.env["ir.cron.trigger"]
            with self.rolled_back():
                before = triggers.search_count([("cron_id", "=", cron.id)])
                happens()
                return triggers.search_count([("cron_id", "=", cron.id)]) > before

        self.assertFalse(is_triggered_by(lambda: self.lead.write({"name": "Somebody"})))
        self.assertFalse(is_triggered_by(lambda: self.buyer.write({"active": False})))
        for happens in (
            lambda: self.lead.write({"active": False}),
            lambda: group.write({"user_ids": [Command.unlink(self.lead.id)]}),
            lambda: self.site.write({"user_ids": [Command.link(self.lead.id)]}),
            lambda: self.leave(self.employee),
        ):
            self.assertTrue(is_triggered_by(happens))

    def test_who_is_away_when_a_stage_opens_is_not_asked_but_who_is_above(self):
        self.leave(self.employee)
        order = self.submitted()
        self.assertEqual(self.asked(order), self.head)
        [kept] = self.history(order)
        self.assertIn("Lead is away until", kept.basis)
        self.assertEqual(
            self.env["mail.message"].search_count(
                [("partner_ids", "in", self.lead.partner_id.ids), ("subject", "like", "Please app")]
            ),
            0,
        )

    def test_who_is_away_for_a_while_is_waited_for(self):
        """A day, where the stage says nothing of a due time."""
        self.leave(self.employee, days=23.5 / 24)
        order = self.submitted()
        self.sweep()
        self.assertEqual(self.asked(order), self.lead)
        self.env["ir.config_parameter"].set_param("healthcare_ops_approvals.absence_hours", "23")
        self.sweep()
        self.assertEqual(self.asked(order), self.head)

    def test_leave_that_has_not_begun_or_is_over_counts_for_nothing(self):
        self.leave(self.employee, begins=1)
        self.leave(self.employee, begins=-3, days=-1)
        order = self.submitted()
        self.sweep()
        self.assertEqual(self.asked(order), self.lead)

    def test_leaves_one_after_the_other_are_one(self):
        self.leave(self.employee, days=0.5)
        self.leave(self.employee, begins=0.5, days=5)
        self.assertEqual(self.asked(self.submitted()), self.head)

    def test_days_off_for_everybody_and_other_than_leave_count_for_nothing(self):
        self.leave(self.employee, time_type="other")
        now = fields.Datetime.now()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "date_from": now - timedelta(days=1),
                "date_to": now + timedelta(days=9),
            }
        )
        self.assertEqual(self.asked(self.submitted()), self.lead)

    def test_only_leave_from_the_company_concerned_counts(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.lead.company_ids += other
        there = self.employ(self.lead, company=other)
        self.leave(there)
        self.assertEqual(self.asked(self.submitted()), self.lead)
        self.employee.unlink()
        self.assertNotEqual(self.asked(self.submitted()), self.lead)

    def test_with_somebody_who_stands_in_nothing_is_replaced(self):
        self.leave(self.employee)
        self.delegate()
        order = self.submitted()
        self.sweep()
        self.assertEqual(self.asked(order), self.lead)
        self.decide(order, self.deputy)
        self.assertEqual(order.state, "purchase")

    def test_who_stands_in_and_cannot_decide_is_nobody(self):
        for case in ("beyond the limit", "away", "without role", "who submits"):
            with self.rolled_back():
                self.leave(self.employee)
                deputy, values = self.deputy, {}
                if case == "beyond the limit":
                    values = {"amount_limit": 10, "currency_id": self.currency.id}
                if case == "who submits":
                    deputy = self.person("asks", OPS % "approver", "purchase.group_purchase_user")
                self.delegate(delegate=deputy, **values)
                if case == "away":
                    self.leave(self.employ(deputy))
                if case == "without role":
                    deputy.group_ids -= self.env.ref(OPS % "approver")
                order = self.submitted(user=deputy if case == "who submits" else None)
                self.assertEqual(self.asked(order), self.head, case)

    def test_a_delegation_says_that_somebody_is_away_and_one_may_say_otherwise(self):
        limit = {"amount_limit": 10, "currency_id": self.currency.id}
        delegation = self.delegate(away=False, **limit)
        self.assertEqual(self.asked(self.submitted()), self.lead)
        delegation.with_user(self.lead).action_end()
        self.delegate(**limit)
        self.assertEqual(self.asked(self.submitted()), self.head)

    def test_whom_the_others_can_do_without_is_not_replaced(self):
        """Two of three: one who is away is waited for, one who left is not asked any more."""
        order = self.submitted(6000)
        self.decide(order, self.lead)
        one, two, three = self.board
        self.leave(self.employ(one, self.employee.parent_id))
        self.sweep()
        self.assertEqual(self.asked(order), self.board)
        self.assertFalse(self.history(order))
        one.active = False
        self.sweep()
        self.assertEqual(self.asked(order), two | three)
        [kept] = self.history(order)
        self.assertEqual(kept.comment, "Board 1 is not asked any more; the others go on.")
        two.active = False
        self.sweep()
        self.assertEqual(len(self.asked(order)), 2)
        self.assertNotIn(two, self.asked(order))
        self.decide(order, three)
        self.assertEqual(order.state, "to approve")

    def test_nobody_is_asked_instead_who_may_not_decide(self):
        """Neither the requester nor who decides in another stage, nor who is away."""
        self.head.group_ids += self.env.ref("purchase.group_purchase_user")
        above = self.person("above", OPS % "approver")
        self.employee.parent_id.parent_id = self.employ(above)
        self.leave(self.employee)
        self.assertEqual(self.asked(self.submitted(user=self.head)), above)
        self.leave(self.employee.parent_id)
        self.assertEqual(self.asked(self.submitted()), above)

    def test_when_nobody_is_found_one_exception_tells_and_closes_itself(self):
        self.head.active = False
        self.manager.active = False
        self.site.manager_id = self.admin
        order = self.submitted()
        self.leave(self.employee)
        self.sweep()
        self.sweep()
        [exception] = self.orphaned(order)
        self.assertEqual(exception.occurrence_count, 1)
        self.assertTrue(exception.is_open)
        self.assertRegex(exception.reason, "Nobody can decide in “Lead”: Lead is away until")
        self.assertEqual(exception.site_id, self.site)
        self.assertEqual(self.request_of(order).state, "pending")
        self.assertEqual(self.asked(order), self.lead)
        self.delegate()
        self.sweep()
        self.assertFalse(exception.is_open)
        self.assertTrue(exception.resolution)

    def test_the_exception_is_of_the_sites_manager_and_closes_when_the_request_ends(self):
        self.head.active = False
        self.site.manager_id = self.manager
        self.manager.ops_site_ids = False
        order = self.submitted(user=self.buyer)
        with self.rolled_back():
            self.leave(self.employee)
            self.leave(self.employ(self.manager))
            self.sweep()
            [exception] = self.orphaned(order)
            self.assertEqual(exception.user_id, self.manager)
            self.request_of(order).with_user(self.buyer).action_withdraw()
            self.settle()
            self.assertFalse(exception.is_open)

    def test_who_may_not_decide_any_more_because_of_a_duty_is_replaced(self):
        order = self.submitted()
        self.delegate(self.person("asks", OPS % "approver"), self.lead)
        request = self.request_of(order)
        request._keep({"requester_id": self.env["res.users"].search([("name", "=", "Asks")]).id})
        self.sweep()
        self.assertEqual(self.asked(order), self.head)
        self.assertIn("stands in for its requester", self.history(order).basis)

    def test_a_request_that_cannot_be_looked_at_holds_up_no_other(self):
        broken, other = self.submitted(), self.submitted()
        self.lead.active = False
        requests = self.registry["ops.approval.request"]
        mend_one, bad = requests._mend_one, self.request_of(broken)

        def failing(request, look):
            if request == bad:
                raise ValueError("broken")
            return mend_one(request, look)

        def step(worker, act, _processed=0):
            try:
                with self.env.cr.savepoint():
                    return act()
            except ValueError:
                return None

        self.patch(requests, "_mend_one", failing)
        self.patch(self.registry["ops.worker"], "_despite_conflicts", step)
        self.env["ops.approval.request"]._cron_absences()
        self.env.invalidate_all()
        self.assertEqual(self.asked(other), self.head)
        self.assertEqual(self.asked(broken), self.lead)


@tagged("post_install", "-at_install")
class TestPurchaseAbsenceRules(AbsenceCase):
    """What the policy says."""

    @classmethod
    def rows(cls):
        lead = cls.lead
        return [
            {
                "name": rule,
                "amount_from": amount,
                "amount_to": amount + 1000,
                "stage_ids": [
                    Command.create(cls._stage("Lead", lead, due_hours=due, if_absent=rule))
                ],
            }
            for amount, rule, due in (
                (0, "line", 40),
                (1000, "wait", 0),
                (2000, "escalate", 0),
            )
        ]

    def test_with_a_due_time_who_is_back_before_it_is_waited_for(self):
        leave = self.leave(self.employee, days=3)
        order = self.submitted(500)
        due = self.request_of(order).due_at
        self.assertGreater(due, leave.date_to)
        self.sweep()
        self.assertEqual(self.asked(order), self.lead)
        leave.date_to = due
        self.sweep()
        self.assertEqual(self.asked(order), self.head)
        seats = self.request_of(order).assignment_ids
        self.assertEqual(seats.filtered(lambda each: each.state == "open").due_at, due)

    def test_what_is_overdue_waits_for_nobody(self):
        order = self.submitted(500)
        with freeze_time(self.request_of(order).due_at + timedelta(hours=1)):
            self.leave(self.employee, days=0.1)
            self.env.invalidate_all()
            self.sweep()
            self.assertEqual(self.asked(order), self.head)

    def test_where_the_policy_waits_nobody_is_asked_instead_of_who_is_away(self):
        self.leave(self.employee)
        order = self.submitted(1500)
        self.sweep()
        self.assertEqual(self.asked(order), self.lead)
        self.assertFalse(self.orphaned(order))
        self.lead.active = False
        self.sweep()
        self.assertEqual(self.asked(order), self.lead)
        self.assertIn("Lead is archived", self.orphaned(order).reason)

    def test_where_the_policy_says_so_a_person_is_told_at_once(self):
        self.leave(self.employee)
        order = self.submitted(2500)
        self.assertEqual(self.asked(order), self.lead)
        self.assertTrue(self.orphaned(order).is_open)


@tagged("post_install", "-at_install")
class TestPurchaseAbsenceAll(AbsenceCase):
    """Of *all of them* each is needed; and stages that want different people."""

    @classmethod
    def rows(cls):
        return [
            {
                "name": "All",
                "stage_ids": [
                    Command.create(cls._stage("Board", cls.board, mode="all")),
                    Command.create(cls._stage("Lead", cls.lead, step=2)),
                ],
            }
        ]

    def test_each_who_left_is_replaced_and_as_many_approve_as_before(self):
        heads = [self.person(f"head_{number}", OPS % "approver") for number in (1, 2)]
        for user, above in zip(self.board[:2], heads, strict=True):
            self.employ(user, self.employ(above))
        order = self.submitted()
        self.board[:2].active = False
        self.sweep()
        self.assertEqual(self.asked(order), self.board[2] | heads[0] | heads[1])
        for user in (heads[0], self.board[2]):
            self.decide(order, user)
        self.assertEqual(self.request_of(order).stage_ids.mapped("state"), ["open", "waiting"])
        self.decide(order, heads[1])
        self.assertEqual(self.asked(order), self.lead)

    def test_who_is_needed_in_the_next_stage_is_not_asked_in_this_one(self):
        self.employ(self.board[0], self.employee)
        order = self.submitted()
        self.board[0].active = False
        self.sweep()
        self.assertNotIn(self.lead, self.asked(order))
        self.assertIn(self.head, self.asked(order))

    def test_a_stage_that_opens_later_is_looked_at_when_it_opens(self):
        order = self.submitted()
        self.lead.active = False
        self.sweep()
        for user in self.board:
            self.decide(order, user)
        self.assertEqual(self.asked(order), self.head)
