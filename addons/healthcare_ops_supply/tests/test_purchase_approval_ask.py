from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .approvals import ApprovalCase

# The calendar of the site works on weekdays from 8 to 12 and from 13 to 17.
MONDAY = datetime(2026, 3, 2, 9)
KIND = "healthcare_ops_approvals.activity_type_question"


@tagged("post_install", "-at_install")
class TestPurchaseApprovalAsk(ApprovalCase):
    """A question stays with who asked; an answer brings nothing but the answer."""

    def ask(self, order, user, question="Why now?"):
        request = self.request_of(order)
        request.with_user(user).action_ask(question, version=request.version)
        self.settle()
        return request

    def answer(self, order, text="The old ones are broken.", user=None, **arguments):
        self.request_of(order).with_user(user or self.buyer).action_answer(text, **arguments)
        self.settle()

    def activities(self, request, kind=KIND):
        found = self.env["mail.activity"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        return found.filtered(lambda each: each.activity_type_id == self.env.ref(kind))

    def messages(self, user):
        return self.env["mail.message"].search(
            [("partner_ids", "in", user.partner_id.ids), ("message_type", "=", "user_notification")]
        )

    def events(self, request):
        events = self.env["ops.event"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)], order="id"
        )
        self.assertNotIn("invalid", events.mapped("state"))
        return events.mapped("type_code")

    # -- asking and answering ---------------------------------------------------------------

    def test_a_question_leaves_the_seat_open_and_is_kept(self):
        self.arm()
        order = self.submitted()
        request = self.ask(order, self.lead)
        seat = request.assignment_ids
        self.assertEqual(
            (request.state, seat.state, order.sudo().state), ("pending", "open", "to approve")
        )
        self.assertTrue(request.with_user(self.lead).waits_for_me)
        asked = request.decision_ids
        self.assertEqual(
            (asked.kind, asked.actor_id, asked.comment, asked.stage_label, asked.version),
            ("ask", self.lead.id, "Why now?", "Lead", 1),
        )
        self.assertTrue(asked.digest_ok)
        self.answer(order)
        answered = request.decision_ids - asked
        self.assertEqual(
            (answered.kind, answered.actor_id, answered.comment),
            ("answer", self.buyer.id, "The old ones are broken."),
        )
        self.approve(order, self.lead)
        self.assertEqual(order.sudo().state, "purchase")

    def test_a_question_waits_until_it_is_answered(self):
        self.arm()
        order, quiet = self.submitted(), self.submitted()
        request = self.ask(order, self.lead)
        both = [("id", "in", (request | self.request_of(quiet)).ids)]
        requests = self.env["ops.approval.request"]
        for user, field in (
            (self.lead, "open_question"),
            (self.buyer, "open_question"),
            (self.buyer, "waits_for_my_answer"),
        ):
            self.assertTrue(request.with_user(user)[field])
            found = requests.with_user(user).search([*both, (field, "=", True)])
            self.assertEqual(found.sudo(), request)
            found = requests.with_user(user).search([*both, (field, "=", False)])
            self.assertEqual(found.sudo(), self.request_of(quiet))
        self.assertFalse(request.with_user(self.lead).waits_for_my_answer)
        self.answer(order)
        self.assertFalse(request.open_question)
        self.assertFalse(requests.search([*both, ("open_question", "=", True)]))

    def test_everybody_concerned_reads_the_question_and_who_may_answer(self):
        self.arm()
        order = self.submitted(6000)
        self.approve(order, self.lead)
        request = self.ask(order, self.board[0])
        other = request.with_user(self.board[1]).panel_data()
        [question] = other["questions"]
        self.assertEqual((question["comment"], question["stage"]), ("Why now?", "Board"))
        self.assertIn("ask", other["may"])
        self.assertNotIn("answer", other["may"])
        mine = request.with_user(self.buyer).panel_data()
        self.assertEqual(mine["may"], ["answer", "withdraw"])
        people = {each["name"]: each["asks"] for each in other["stages"][1]["people"]}
        self.assertEqual(people, {"Board 1": True, "Board 2": False, "Board 3": False})

    def test_an_answer_is_about_what_was_read(self):
        self.arm()
        order = self.submitted(6000)
        self.approve(order, self.lead)
        self.ask(order, self.board[0], "First?")
        request = self.ask(order, self.board[1], "Second?")
        first, second = (each["id"] for each in request.panel_data()["questions"])
        self.answer(order, "To the first", question_id=first)
        self.assertEqual([each["id"] for each in request.panel_data()["questions"]], [second])
        with self.refused("Nobody waits"):
            self.answer(order, "Again", question_id=first)
        self.answer(order, "To the second")
        self.assertFalse(request.open_question)
        with self.refused("Nobody waits"):
            self.answer(order, "To nobody")

    def test_one_answer_may_answer_everything(self):
        self.arm()
        order = self.submitted(6000)
        self.approve(order, self.lead)
        self.ask(order, self.board[0])
        request = self.ask(order, self.board[1])
        self.answer(order)
        self.assertFalse(request.open_question)
        told = [
            self.messages(user).filtered(lambda m: "answered" in m.subject)
            for user in self.board[:2]
        ]
        self.assertEqual([len(each) for each in told], [1, 1])

    def test_who_decides_waits_for_no_answer_any_more(self):
        self.arm()
        order = self.submitted(6000)
        self.approve(order, self.lead)
        request = self.ask(order, self.board[0])
        self.assertEqual(self.activities(request).user_id, self.buyer)
        self.approve(order, self.board[0])
        self.assertFalse(request.open_question)
        self.assertFalse(self.activities(request))

    def test_a_question_ends_with_its_stage(self):
        self.arm()
        order = self.submitted(6000)
        self.approve(order, self.lead)
        request = self.ask(order, self.board[0])
        self.approve(order, *self.board[1:])
        self.assertEqual((request.state, request.open_question), ("approved", False))
        self.assertFalse(self.activities(request))

    def test_a_material_change_asks_anew_without_the_question(self):
        self.arm()
        order = self.submitted()
        request = self.ask(order, self.lead)
        order.order_line.price_unit = 200
        self.settle()
        self.assertEqual((request.version, request.open_question), (2, False))
        self.assertFalse(self.activities(request))
        with self.refused("Nobody waits"):
            self.answer(order)

    def test_only_who_submitted_it_answers(self):
        self.arm()
        order = self.submitted()
        self.ask(order, self.lead)
        for user in (self.lead, self.manager, self.admin):
            with self.refused("Only who submitted", AccessError):
                self.answer(order, user=user)

    # -- telling ----------------------------------------------------------------------------

    def test_who_submitted_it_is_told_once_and_who_asked_hears_the_answer(self):
        self.arm()
        order = self.submitted()
        request = self.ask(order, self.lead, "Which ward?")
        message = self.messages(self.buyer)
        self.assertEqual(len(message), 1)
        self.assertIn(order.name, message.subject)
        self.assertIn("Which ward?", message.body)
        self.assertEqual(self.activities(request).user_id, self.buyer)
        self.ask(order, self.lead, "And which floor?")
        self.assertEqual(len(self.activities(request)), 1)
        self.answer(order, "Ward <b>3</b>")
        self.assertFalse(self.activities(request))
        told = self.messages(self.lead)[:1]
        self.assertIn("was answered", told.subject)
        self.assertIn("Ward &lt;b&gt;3", told.body)

    def test_other_systems_hear_that_it_was_asked_and_answered_not_what(self):
        self.arm()
        order = self.submitted()
        request = self.ask(order, self.lead, "Is it for Mrs Meyer?")
        self.answer(order)
        self.assertEqual(
            self.events(request)[2:], ["approval.request.asked", "approval.request.answered"]
        )
        bodies = self.env["ops.event"].search([("res_id", "=", request.id)]).mapped("pretty_body")
        self.assertNotIn("Meyer", "".join(map(str, bodies)))

    # -- the clock --------------------------------------------------------------------------

    def _escalation(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        step = {
            "kind": "activity",
            "activity_type_id": todo.id,
            "delay_hours": 24,
            "recipient": "users",
            "user_ids": [Command.set(self.manager.ids)],
            "summary": "Look after it",
        }
        return self.env["ops.escalation.policy"].create(
            {
                "name": "Late approvals",
                "model_id": self.env["ir.model"]._get_id("ops.approval.request"),
                "step_ids": [Command.create(step)],
            }
        )

    def _arm_clock(self, users=None, **values):
        values = {"due_hours": 8, **values}
        stage = self._stage("Lead", users or self.lead, **values)
        self.arm([{"name": "All", "stage_ids": [Command.create(stage)]}])

    def test_a_question_leaves_the_clock_alone_by_default(self):
        self._arm_clock()
        with freeze_time(MONDAY) as time:
            order = self.submitted()
            due_at = self.request_of(order).due_at
            self.assertEqual(due_at, datetime(2026, 3, 3, 9))
            time.move_to(datetime(2026, 3, 2, 10))
            request = self.ask(order, self.lead)
            self.assertEqual((request.due_at, request.stage_ids.paused_at), (due_at, False))
            time.move_to(datetime(2026, 3, 2, 12))
            self.answer(order)
            self.assertEqual(request.due_at, due_at)

    def test_the_clock_pauses_where_the_policy_says_so(self):
        self._arm_clock(ask_pauses=True, escalation_policy_id=self._escalation().id)
        with freeze_time(MONDAY) as time:
            order = self.submitted()
            request = self.request_of(order)
            stage = request.stage_ids
            run = self.env["ops.escalation"].search(
                [("res_model", "=", request._name), ("res_id", "=", request.id)]
            )
            time.move_to(datetime(2026, 3, 2, 10))
            self.ask(order, self.lead)
            self.assertEqual(stage.paused_at, datetime(2026, 3, 2, 10))
            dues = [request.due_at, stage.due_at, stage.assignment_ids.due_at]
            self.assertEqual(dues, [False] * 3)
            self.assertEqual(run.state, "stopped")
            # 6 working hours of Monday, 8 of Tuesday and 1 of Wednesday are waited.
            time.move_to(datetime(2026, 3, 4, 9))
            self.assertFalse(request.is_overdue)
            self.ask(order, self.lead, "And?")
            self.assertEqual(stage.paused_at, datetime(2026, 3, 2, 10))
            self.answer(order)
            # It was due on Tuesday at nine.
            due_at = datetime(2026, 3, 4, 17)
            dues = [request.due_at, stage.due_at, stage.assignment_ids.due_at]
            self.assertEqual(dues, [due_at] * 3)
            self.assertFalse(stage.paused_at)
            approval = "healthcare_ops_approvals.activity_type_approval"
            self.assertEqual(self.activities(request, approval).date_deadline, due_at.date())
            running = self.env["ops.escalation"].search(
                [("res_id", "=", request.id), ("state", "=", "running")]
            )
            self.assertEqual((len(running), running.cause_key), (1, f"stage {stage.id}"))

    def test_what_was_overdue_when_somebody_asked_stays_so_long_overdue(self):
        self._arm_clock(ask_pauses=True)
        with freeze_time(MONDAY) as time:
            order = self.submitted()
            time.move_to(datetime(2026, 3, 3, 11))  # two hours late
            request = self.ask(order, self.lead)
            self.assertFalse(request.is_overdue)
            time.move_to(datetime(2026, 3, 4, 11))
            self.answer(order)
            self.assertEqual(request.due_at, datetime(2026, 3, 4, 9))
            self.assertTrue(request.is_overdue)

    def test_the_clock_goes_on_when_nobody_waits_for_the_answer_any_more(self):
        self._arm_clock(self.board, mode="n_of_m", quorum=2, ask_pauses=True)
        order = self.submitted()
        request = self.ask(order, self.board[0])
        self.assertTrue(request.stage_ids.paused_at)
        self.approve(order, self.board[0])
        self.assertFalse(request.stage_ids.paused_at)
        self.assertTrue(request.due_at)
        request = self.ask(order, self.board[1])
        self.ask(order, self.board[2])
        request.with_user(self.board[1]).action_abstain("My sister sells it", version=1)
        self.assertTrue(request.stage_ids.paused_at, "one still waits")
        self.answer(order)
        self.assertTrue(request.due_at)

    def test_the_policy_says_that_questions_pause_it(self):
        self._arm_clock(ask_pauses=True)
        told = self.order().approval_panel()
        self.assertIn("paused by questions", " ".join(told["explanation"]))
