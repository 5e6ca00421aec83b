from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .approvals import BUYER, OPS
from .watching import WatchedCase

REQUEST = "ops.approval.request"


@tagged("post_install", "-at_install")
class TestPurchaseApprovalEscalate(WatchedCase):
    """While a stage waits, its escalation reminds, asks others and tells people; it never
    approves."""

    def policy(self, *steps, **values):
        """A policy around the clock; a step an hour after the one before."""
        return self.env["ops.escalation.policy"].create(
            {
                "name": "Late approvals",
                "model_id": self.env["ir.model"]._get_id(REQUEST),
                "hours": "clock",
                "step_ids": [
                    Command.create({"sequence": number, "delay_hours": 1, **step})
                    for number, step in enumerate(steps)
                ],
                **values,
            }
        )

    def waiting(self, *steps, users=None, user=None, **stage):
        """An order that waits under such a policy."""
        self.escalation = self.policy(*steps)
        values = {"escalation_policy_id": self.escalation.id, **stage}
        self.arm_stages(self._stage("Lead", users or self.lead, **values))
        order = self.order(user=user)
        order.action_submit_for_approval()
        self.settle()
        return order

    def run_of(self, order):
        return self.env["ops.escalation"].search(
            [("res_model", "=", REQUEST), ("res_id", "=", self.request_of(order).id)], order="id"
        )

    def escalate(self):
        """An hour passes, and the scheduled action runs."""
        self.time.tick(3600)
        with self.within_test():
            self.env["ops.escalation"]._cron_execute()
        self.env.invalidate_all()

    def log(self, order):
        log = self.run_of(order).log_ids.sorted("id")
        return [(entry.outcome, entry.whom or "", entry.result) for entry in log]

    def asked(self, order):
        return self.request_of(order).asked_user_ids

    def messages_to(self, user):
        return self.env["mail.message"].search(
            [("partner_ids", "in", user.partner_id.ids), ("subject", "like", "Reminder")]
        )

    # -- reminding ------------------------------------------------------------------------------

    def test_everybody_who_has_not_decided_is_reminded_once(self):
        order = self.waiting(
            {"kind": "approval_remind"}, users=self.board, mode="n_of_m", quorum=2, due_hours=8
        )
        self.approve(order, self.board[0])
        self.escalate()
        self.assertEqual([len(self.messages_to(user)) for user in self.board], [0, 1, 1])
        self.assertEqual(self.log(order), [("done", "Board 2, Board 3", "A reminder was sent.")])
        message = self.messages_to(self.board[1])
        self.assertIn(order.name, message.subject)
        self.assertIn("It is due on 3/3/26", message.body)
        self.assertEqual(order.state, "to approve")

    def test_who_stands_in_is_reminded_too(self):
        deputy = self.person("deputy", OPS % "approver")
        now = fields.Datetime.now()
        self.env["ops.approval.delegation"].with_user(self.lead).create(
            {
                "user_id": self.lead.id,
                "delegate_id": deputy.id,
                "date_from": now,
                "date_to": now + timedelta(days=5),
            }
        )
        self.waiting({"kind": "approval_remind"})
        self.escalate()
        self.assertEqual([len(self.messages_to(user)) for user in self.lead | deputy], [1, 1])

    def test_a_reminder_says_what_the_step_says(self):
        order = self.waiting({"kind": "approval_remind", "text": "{{ object.res_name }} <hurry>"})
        self.escalate()
        self.assertIn(f"{order.name} &lt;hurry&gt;", self.messages_to(self.lead).body)

    def test_who_is_overdue_is_told_so(self):
        order = self.waiting({"kind": "approval_remind"}, due_hours=0.5)
        self.escalate()
        self.assertIn("It was due on", self.messages_to(self.lead).body)
        self.assertTrue(self.request_of(order).is_overdue)

    # -- asking more ----------------------------------------------------------------------------

    def test_one_level_up_is_asked_too_and_next_time_one_level_further(self):
        add = {"kind": "approval_add", "recipient": "manager", "repeat_every_hours": 1}
        order = self.waiting({**add, "repeat_times": 5})
        self.escalate()
        self.assertEqual(self.asked(order), self.lead | self.boss)
        self.escalate()
        self.assertEqual(self.asked(order), self.lead | self.boss | self.chief)
        self.escalate()
        self.escalate()
        words = "Approvals needed in “Lead”: 1, as before, of %s people."
        self.assertEqual(
            self.log(order),
            [
                ("done", "Boss", words % 2),
                ("done", "Chief", words % 3),
                ("skipped", "", "There is nobody else who could be asked."),
            ],
        )
        self.assertEqual(order.state, "to approve")
        activities = self.request_of(order).activity_ids
        self.assertEqual(activities.user_id, self.lead | self.boss | self.chief)
        self.approve(order, self.boss)
        self.assertEqual(order.state, "purchase")
        self.assertEqual(self.run_of(order).state, "finished")

    def test_the_history_names_who_is_asked_and_by_which_policy(self):
        order = self.waiting({"kind": "approval_add", "recipient": "manager"})
        self.escalate()
        decision = self.request_of(order).decision_ids
        self.assertEqual(
            (decision.kind, decision.basis), ("replace", "Escalation “Late approvals”")
        )
        self.assertIn("Asked, too: Boss.", decision.comment)
        self.assertEqual(decision.actor_id, self.env.ref("base.user_root").id)
        self.assertTrue(decision.digest_ok)

    def test_whose_duties_forbid_it_is_not_asked_on_the_way_up(self):
        self.boss.group_ids += self.env.ref(BUYER)
        order = self.waiting({"kind": "approval_add", "recipient": "manager"}, user=self.boss)
        self.escalate()
        self.assertEqual(self.asked(order), self.lead | self.chief)

    def test_of_named_people_and_groups_only_who_may_decide_is_asked(self):
        deputy = self.person("deputy", OPS % "approver")
        group = self.env["res.groups"].create(
            {"name": "On duty", "user_ids": [Command.set((deputy | self.other_buyer).ids)]}
        )
        named = self.board[0] | self.buyer
        order = self.waiting(
            {
                "kind": "approval_add",
                "recipient": "users",
                "user_ids": [Command.set(named.ids)],
            },
            {"kind": "approval_add", "recipient": "group", "group_id": group.id},
        )
        self.escalate()
        self.assertEqual(self.asked(order), self.lead | self.board[0])
        self.escalate()
        self.assertEqual(self.asked(order), self.lead | self.board[0] | deputy)

    def test_in_all_of_them_the_newcomer_counts_for_who_does_not_answer(self):
        order = self.waiting(
            {"kind": "approval_add", "recipient": "site_manager"},
            users=self.board[:2],
            mode="all",
        )
        self.escalate()
        self.assertEqual(self.asked(order), self.board[:2] | self.boss)
        self.approve(order, self.board[0])
        self.assertEqual(order.state, "to approve")
        self.approve(order, self.boss)
        self.assertEqual(order.state, "purchase")

    # -- asking others --------------------------------------------------------------------------

    def test_somebody_above_is_asked_instead(self):
        order = self.waiting({"kind": "approval_replace", "recipient": "manager"})
        self.escalate()
        self.assertEqual(self.asked(order), self.boss)
        seats = self.request_of(order).assignment_ids.sorted("id")
        self.assertEqual(seats.mapped("state"), ["replaced", "open"])
        self.assertEqual(seats[1].replaces_id, seats[0])
        self.assertIn("Boss is asked instead of Lead.", self.request_of(order).decision_ids.comment)
        with self.refused("not asked any more"):
            self.approve(order, self.lead)

    def test_who_has_decided_keeps_the_seat(self):
        order = self.waiting(
            {"kind": "approval_replace", "recipient": "manager"},
            users=self.board,
            mode="n_of_m",
            quorum=2,
        )
        self.approve(order, self.board[0])
        self.escalate()
        self.assertEqual(self.asked(order), self.boss | self.chief)
        self.approve(order, self.chief)
        self.assertEqual(order.state, "purchase")

    def test_where_nobody_can_take_it_the_seat_stays(self):
        (self.boss | self.chief).active = False
        order = self.waiting({"kind": "approval_replace", "recipient": "manager"})
        self.escalate()
        self.assertEqual(self.asked(order), self.lead)
        [(outcome, _whom, result)] = self.log(order)
        self.assertEqual((outcome, "instead" in result), ("skipped", True))

    def test_stages_that_want_different_people_keep_them_apart(self):
        self.escalation = self.policy({"kind": "approval_add", "recipient": "manager"})
        self.arm_stages(
            self._stage("Lead", self.lead, escalation_policy_id=self.escalation.id),
            self._stage("Boss", self.boss, step=2),
        )
        order = self.submitted()
        self.escalate()
        self.assertEqual(self.asked(order), self.lead | self.boss)
        # The boss is the only one of the second stage, so cannot use the first one up.
        with self.refused("nobody else could decide"):
            self.approve(order, self.boss)
        self.approve(order, self.lead)
        self.approve(order, self.boss)
        self.assertEqual(order.state, "purchase")

    # -- telling --------------------------------------------------------------------------------

    def test_the_exception_closes_itself_with_the_decision(self):
        category = self.env.ref("healthcare_ops_approvals.exception_category_overdue")
        order = self.waiting({"kind": "exception", "category_id": category.id})
        self.escalate()
        exception = self.exceptions(("category_id", "=", category.id))
        self.assertEqual((exception.state, exception.site_id), ("new", self.site))
        self.approve(order, self.lead)
        self.assertEqual(exception.state, "resolved")
        self.assertIn("decided", exception.resolution)

    def test_up_the_line_tells_only_who_may_read_the_request(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.site.manager_id = self.board[0]
        order = self.waiting(
            {"kind": "line", "line_act": "notify", "activity_type_id": todo.id},
            {
                "kind": "activity",
                "recipient": "responsible",
                "activity_type_id": todo.id,
                "summary": "Decide",
            },
        )
        self.escalate()
        [(outcome, whom, result)] = self.log(order)
        self.assertEqual((outcome, whom), ("skipped", ""))
        self.assertIn("may not read the request: Board 1", result)
        self.escalate()
        self.assertEqual(self.log(order)[1][:2], ("done", "Lead"))

    def test_up_the_line_goes_from_who_is_asked(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        order = self.waiting({"kind": "line", "line_act": "notify", "activity_type_id": todo.id})
        self.escalate()
        self.assertEqual(self.log(order)[0][:2], ("done", "Boss"))
        self.assertEqual(self.run_of(order).responsible_id, self.lead)

    # -- when -----------------------------------------------------------------------------------

    def test_delays_can_count_from_when_the_stage_is_due(self):
        order = self.waiting({"kind": "approval_remind"}, due_hours=8, escalates_from="due")
        run = self.run_of(order)
        # Nine o'clock of the next day is due, and the step comes an hour later.
        self.assertEqual(run.next_step_at, datetime(2026, 3, 3, 10))
        self.escalate()
        self.assertEqual(self.log(order), [])
        self.at(3, 9, 30)
        self.escalate()
        self.assertEqual(len(self.log(order)), 1)

    def test_without_due_time_delays_count_from_when_it_is_asked(self):
        order = self.waiting({"kind": "approval_remind"}, escalates_from="due")
        self.assertEqual(self.run_of(order).next_step_at, datetime(2026, 3, 2, 10))

    def test_each_stage_escalates_by_itself(self):
        first = self.policy({"kind": "approval_remind"})
        self.arm_stages(
            self._stage("Lead", self.lead, escalation_policy_id=first.id),
            self._stage("Board", self.board[:1]),
        )
        order = self.submitted()
        self.escalate()
        self.assertTrue(self.messages_to(self.lead))
        self.assertFalse(self.messages_to(self.board[0]))
        self.approve(order, self.lead)
        self.assertEqual(self.run_of(order).state, "finished")

    def test_nothing_that_steps_do_approves(self):
        category = self.env.ref("healthcare_ops_approvals.exception_category_overdue")
        add = {"recipient": "site_manager"}
        order = self.waiting(
            {"kind": "approval_remind"},
            {"kind": "approval_add", **add},
            {"kind": "approval_replace", **add},
            {"kind": "exception", "category_id": category.id},
        )
        for _hour in range(6):
            self.escalate()
        self.assertEqual(len(self.log(order)), 4)
        request = self.request_of(order)
        self.assertEqual((request.state, order.state), ("pending", "to approve"))
        self.assertNotIn("approve", request.decision_ids.mapped("kind"))

    # -- what can be set up ---------------------------------------------------------------------

    def test_a_policy_about_requests_stops_by_itself_and_offers_its_own_steps(self):
        policy = self.policy({"kind": "approval_remind"})
        self.assertEqual(policy.stop_domain, "[('state', '!=', 'pending')]")
        choices = policy.step_ids.kind_choices
        self.assertLessEqual({"approval_add", "approval_replace", "line", "exception"}, {*choices})
        self.assertFalse({"reassign", "priority"} & {*choices})
        others = self.env["ops.escalation.step"]._kinds_about("ops.exception")
        self.assertFalse([kind for kind in others if kind.startswith("approval")])

    def test_these_steps_are_about_requests_only(self):
        for kind in ("approval_remind", "approval_add", "approval_replace"):
            with self.refused("policies about approval requests", ValidationError):
                self.policy({"kind": kind}, model_id=self.env["ir.model"]._get_id("ops.exception"))
        with self.refused("no choice", ValidationError):
            self.policy({"kind": "approval_replace", "recipient": "followers"})

    def test_the_form_suggests_one_level_up(self):
        policy = self.policy({"kind": "approval_remind"})
        with Form(policy) as form, form.step_ids.new() as step:
            step.kind = "approval_add"
            self.assertEqual(step.recipient, "manager")
        self.assertEqual(policy.step_ids[1].says, "Ask one level up, too")

    def test_the_shipped_policy_reminds_asks_up_and_tells(self):
        policy = self.env.ref("healthcare_ops_approvals.escalation_policy_overdue")
        self.arm_stages(
            self._stage(
                "Lead",
                self.lead,
                due_hours=4,
                escalation_policy_id=policy.id,
                escalates_from="due",
            )
        )
        order = self.submitted()
        self.at(2, 13, 30)
        self.escalate()
        self.assertTrue(self.messages_to(self.lead))
        self.at(3, 8)
        self.escalate()
        self.assertEqual(self.asked(order), self.lead | self.boss)
        self.at(3, 13)
        self.escalate()
        self.assertTrue(self.exceptions(("category_id.code", "=", "approval_overdue")))
        self.assertEqual(order.state, "to approve")
