from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .ops_approval_request_decide import ASK

ANSWER = "answer"
ASKED = "approval.request.asked"
ANSWERED = "approval.request.answered"


class OpsApprovalRequest(models.Model):
    """Questions of those who are asked to decide, and their answers.

    How it works: a question goes to who submitted the request. The seat stays open and remembers
    the decision that asked (``question_id``) until the answer, or until the seat is used up or
    ends. Both texts stand in the decisions and nowhere else.
    """

    _inherit = "ops.approval.request"

    open_question = fields.Boolean(
        string="Waits for an answer",
        compute="_compute_open_question",
        search="_search_open_question",
        help="Somebody who is asked to decide has asked a question.",
    )
    question_state = fields.Selection(
        [("open", "Waits for an answer")], string="Question", compute="_compute_open_question"
    )
    waits_for_my_answer = fields.Boolean(
        string="Waits for my answer",
        compute="_compute_open_question",
        search="_search_waits_for_my_answer",
    )

    def action_ask(self, question=None, version=None):
        """Ask who submitted it something before deciding.

        :param str question: in words
        :param int version: what the approver saw, see :meth:`action_approve`
        """
        self._needs(question, self.env._("Question: say what you want to know."))
        return self._decide(ASK, version, comment=question.strip())

    def _after_ask(self, stage, comment, reason):
        stage._pause()
        self._emit(ASKED)
        self._told()["asked"].update(dict.fromkeys(self._open_questions()[-1:].ids))

    def action_answer(self, answer=None, question_id=None):
        """Answer what was asked.

        :param str answer: in words
        :param int question_id: the last question that was read, a decision's id; those asked
            after it stay open. By default all are answered.
        """
        if len(self) != 1:
            raise UserError(self.env._("Answer about one request at a time."))
        self._needs(answer, self.env._("Answer: say it in words."))
        if question_id is not None and (
            not isinstance(question_id, int) or isinstance(question_id, bool)
        ):
            raise UserError(self.env._("Question: give the number of the last one you read."))
        self.check_access("read")
        # sudo: nobody writes requests; who answers is checked in the next lines
        request = self.sudo()._ops_engine()
        if not request._answers_for(self.env.user):
            raise AccessError(self.env._("Only who submitted it answers questions about it."))
        request._settle_document()
        request._check_pending()
        asked = request._open_questions()
        answered = asked.filtered(lambda each: question_id is None or each.id <= question_id)
        if not answered:
            raise UserError(
                self.env._("Nobody waits for an answer about “%s”.", request.display_name)
            )
        # As with decisions: of two at once the second begins again.
        request._keep({"revision": request.revision + 1})
        request._take_down_answer(answer.strip(), answered)
        return True

    def _take_down_answer(self, answer, questions):
        seats = self.assignment_ids.filtered(lambda each: each.question_id in questions._ids)
        self.env["ops.approval.decision"]._append(
            ANSWER,
            self,
            {self.id: answer},
            seat=seats if len(seats) == 1 else None,
            basis=self.env._("As who submitted it"),
        )
        seats.request_stage_id._settle_questions(seats)
        self._emit(ANSWERED)
        self._told()["answered"].update(dict.fromkeys(questions.ids, answer))

    def _answers_for(self, user):
        """Whether this person answers questions about the request."""
        self.ensure_one()
        return user in (self.requester_id, self.handler_id)

    def _answerer(self):
        """Who is to answer questions about the request."""
        self.ensure_one()
        return self._asker()

    def _open_questions(self):
        """The decisions by which somebody asked and waits for an answer, the oldest first."""
        seats = self.assignment_ids.filtered(lambda each: each._asks())
        questions = self.env["ops.approval.decision"].browse(seats.mapped("question_id"))
        return questions.sorted("id")

    # -- lists ------------------------------------------------------------------------------

    @api.depends("state", "assignment_ids.state", "assignment_ids.question_id", "requester_id")
    @api.depends_context("uid")
    def _compute_open_question(self):
        for request in self:
            # sudo: that it waits for an answer is told to whoever may read the request
            seats = request.sudo().assignment_ids if request.state == "pending" else ()
            request.open_question = any(seat._asks() for seat in seats)
            request.question_state = "open" if request.open_question else False
            request.waits_for_my_answer = request.open_question and request.sudo()._answers_for(
                self.env.user
            )

    @api.model
    def _search_open_question(self, operator, value):
        return self._search_yes(operator, value, self._open_question_domain())

    @api.model
    def _search_waits_for_my_answer(self, operator, value):
        mine = self._open_question_domain() & self._answers_domain(self.env.user)
        return self._search_yes(operator, value, mine)

    @api.model
    def _open_question_domain(self):
        return self._asked_domain(Domain("state", "=", "open") & Domain("question_id", ">", 0))

    @api.model
    def _answers_domain(self, user):
        """The requests about which this person answers questions, as :meth:`_answers_for`."""
        return Domain("requester_id", "=", user.id) | Domain("handler_id", "=", user.id)


class OpsApprovalAssignment(models.Model):
    _inherit = "ops.approval.assignment"

    def _asks(self):
        """Whether a question of this seat waits for its answer."""
        return self.state == "open" and bool(self.question_id)
