from markupsafe import Markup

from odoo import api, fields, models

from .ops_approval_request_tell import NAMED_AT_MOST

ACTIVITY_TYPE = "healthcare_ops_approvals.activity_type_question"


class OpsApprovalRequest(models.Model):
    """Telling who is to answer, and who waited for the answer: one message a person."""

    _inherit = "ops.approval.request"

    @api.model
    def _tell_questions(self, asked, answered):
        """
        :param dict asked: ids of decisions that asked
        :param dict answered: ``{id of a decision that asked: answer}``
        """
        decisions = self.env["ops.approval.decision"]
        for user, questions in self._to_be_answered(list(asked)).items():
            texts = [(each, each.comment) for each in questions]
            questions._requests()._schedule_answer(user)
            self._tell_texts(user, texts, lambda told: told._please_answer())
        by_person = {}
        for question in decisions.browse(answered):
            for user_id in {question.actor_id, question.on_behalf_of_id} - {0, self.env.uid}:
                by_person.setdefault(user_id, []).append((question, answered[question.id]))
        for user in self.env["res.users"].browse(by_person).exists():
            # Whoever asked may not be asked any more, nor stand in for who is.
            texts = [each for each in by_person[user.id] if each[0]._requests()._is_read_by(user)]
            if texts:
                self._tell_texts(user, texts, lambda told: told._were_answered())

    def _is_read_by(self, user):
        """Whether this person may read all of these now."""
        companies = self.company_id & user.company_ids
        theirs = self.with_user(user).with_context(allowed_company_ids=companies.ids)
        return theirs.has_access("read")

    @api.model
    def _to_be_answered(self, asked):
        """{who is to answer: what was asked and is not answered yet}"""
        waiting = self.env["ops.approval.assignment"].search(
            [("question_id", "in", asked), ("state", "=", "open")]
        )
        by_person = {}
        for seat in waiting:
            question = self.env["ops.approval.decision"].browse(seat.question_id)
            user = seat.request_id._answerer()
            by_person[user] = by_person.get(user, question.browse()) | question
        return by_person

    def _please_answer(self):
        if len(self) == 1:
            return self.env._("Please answer: a question about %s", self.res_name)
        return self.env._("Please answer: questions about %s requests", len(self))

    def _were_answered(self):
        if len(self) == 1:
            return self.env._("Your question about %s was answered", self.res_name)
        return self.env._("Your questions about %s requests were answered", len(self))

    @api.model
    def _tell_texts(self, user, texts, subject):
        """One message about several questions.

        :param list texts: pairs of a decision that asked and a text about it
        :param subject: says of the requests what the message is about
        """
        questions = self.env["ops.approval.decision"].concat(*(each for each, _text in texts))
        requests = questions._requests()
        lines = Markup().join(
            Markup("<p><b>%s</b>: %s</p>") % (question.res_label, text)
            for question, text in texts[:NAMED_AT_MOST]
        )
        requests._notify(user, subject(requests.with_context(lang=user.lang)), lines)

    def _schedule_answer(self, user):
        """An activity for who is to answer, one a request however many questions there are."""
        there = self._answer_activities().filtered(lambda each: each.user_id == user)
        missing = self - self.browse(there.mapped("res_id"))
        today = fields.Date.context_today(self)
        self._add_activities(
            ACTIVITY_TYPE,
            [(request, user, self.env._("Answer a question"), today) for request in missing],
        )

    def _forget_answers(self):
        """Take back the activities of who was to answer: nobody asks any more."""
        if self:
            self._answer_activities().unlink()

    def _answer_activities(self):
        kind = self.env.ref(ACTIVITY_TYPE, raise_if_not_found=False)
        # sudo: the engine's own activities
        activities = self.env["mail.activity"].sudo()
        return activities.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "in", kind.ids if kind else []),
                ("automated", "=", True),
            ]
        )


class OpsApprovalDecision(models.Model):
    _inherit = "ops.approval.decision"

    def _requests(self):
        """The requests that these decisions are about."""
        ids = dict.fromkeys(self.mapped("request_id"))
        return self.env["ops.approval.request"].browse(ids)
