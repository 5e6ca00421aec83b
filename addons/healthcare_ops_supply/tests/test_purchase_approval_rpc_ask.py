"""Questions and answers over Odoo's HTTP API, by people who have no business with them."""

from odoo.fields import Command
from odoo.tests import tagged

from .approvals import BUYER, OPS
from .approvals_rpc import ApprovalRpcCase

REQUEST = "ops.approval.request"


@tagged("post_install", "-at_install")
class TestPurchaseApprovalRpcAsk(ApprovalRpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everything_user = cls.person(
            "everything",
            *(OPS % role for role in ("requester", "user", "approver", "manager", "admin")),
            "base.group_system",
        )
        cls.arm()

    def refused_question(self, user, order, saying=".", **arguments):
        arguments.setdefault("question", "Why?")
        return self.refused_decision(user, order, saying, "action_ask", **arguments)

    def asked(self, amount=1000):
        order = self.submitted(amount)
        request = self.request_of(order)
        arguments = {"question": "Why?", "version": request.version}
        self.call(self.lead, REQUEST, "action_ask", request.ids, **arguments)
        return order

    def refused_answer(self, user, order, saying=".", **arguments):
        arguments.setdefault("answer", "Because")
        ids = self.request_of(order).ids
        return self.refused(user, REQUEST, "action_answer", ids, saying, **arguments)

    def test_nobody_asks_without_a_seat(self):
        order = self.submitted(6000)
        for user in (self.buyer, self.other_buyer, self.manager, self.admin, self.everything_user):
            self.refused_question(user, order)
        self.refused_question(self.board[0], order, "not your turn")
        self.approve(order, self.lead)
        self.refused_question(self.lead, order, "not asked any more")

    def test_nobody_asks_in_the_name_of_another(self):
        order = self.submitted()
        ids = self.request_of(order).ids
        arguments = {"question": "Why?", "version": 1}
        for extra in ({"asker_id": self.lead.id}, {"user_id": self.lead.id}, {"uid": self.lead.id}):
            self.refused(self.buyer, REQUEST, "action_ask", ids, logged=False, **arguments, **extra)
            self.refused_question(self.buyer, order, context=extra)

    def test_who_may_not_decide_any_more_does_not_ask(self):
        order = self.submitted()
        self.lead.group_ids = [Command.unlink(self.env.ref(OPS % "approver").id)]
        self.refused_question(self.lead, order, "no operations approver")

    def test_a_question_is_about_what_was_seen_and_says_something(self):
        order = self.submitted()
        self.refused_question(self.lead, order, "you saw version 2", version=2)
        self.refused_question(self.lead, order, "Version", version=None)
        for nothing in (None, "", "  ", 5, ["Why?"], {"why": 1}):
            self.refused_question(self.lead, order, "Question", question=nothing)

    def test_nobody_asks_about_what_is_decided(self):
        order = self.submitted()
        self.approve(order, self.lead)
        self.refused_question(self.lead, order, "not waiting")

    def test_nobody_answers_for_who_submitted_it(self):
        order = self.asked()
        buying_lead = self.person("buying_lead", OPS % "approver", BUYER)
        for user in (self.lead, self.other_buyer, buying_lead, self.manager, self.everything_user):
            self.refused_answer(user, order)
        ids, answer = self.request_of(order).ids, {"answer": "Because"}
        for extra in ({"user_id": self.buyer.id}, {"uid": self.buyer.id}):
            self.refused(
                self.other_buyer, REQUEST, "action_answer", ids, logged=False, **answer, **extra
            )
        self.refused_answer(self.other_buyer, order, context={"uid": self.buyer.id})

    def test_an_answer_says_something_to_somebody_who_waits(self):
        quiet, order = self.submitted(), self.asked()
        self.refused_answer(self.buyer, quiet, "Nobody waits")
        for nothing in (None, "", " ", 5, ["x"]):
            self.refused_answer(self.buyer, order, "Answer", answer=nothing)
        for nothing in ("1", True, [1], 1.5):
            self.refused_answer(self.buyer, order, "Question", question_id=nothing)
        self.refused_answer(self.buyer, order, "Nobody waits", question_id=1)
        self.call(
            self.buyer, REQUEST, "action_answer", self.request_of(order).ids, answer="Because"
        )
        self.refused_answer(self.buyer, order, "Nobody waits")

    def test_nobody_writes_a_question_past_the_methods(self):
        order = self.submitted()
        seat = self.request_of(order).assignment_ids
        for user in (self.lead, self.buyer, self.admin, self.everything_user):
            self.refused(user, seat._name, "write", seat.ids, vals={"question_id": 1})
        for method in ("_pause", "_resume", "_settle_questions"):
            stage = self.request_of(order).stage_ids
            self.refused(self.everything_user, stage._name, method, stage.ids)
