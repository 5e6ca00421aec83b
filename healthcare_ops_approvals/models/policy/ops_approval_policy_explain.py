from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ...core.route import NO_MATCH
from .ops_approval_policy import MIXIN
from .plan_words import due_in_words, mode_in_words, stage_in_words


class OpsApprovalPolicy(models.Model):
    """Which version, row, stage and people, and why: for any document, at any time."""

    _inherit = "ops.approval.policy"

    @api.model
    def explain(self, record):
        """Tell which way a document goes, as if it were submitted now. Changes nothing.

        Called on one policy, its version in force is tried, or its draft when there is none;
        else the policy that is in force for the document.

        :param record: one document; over RPC its model and id: ``["purchase.order", 7]``
        :return: see :meth:`_explain`
        :raise AccessError: when the document may not be read
        """
        document = self._document_of(record)
        document.check_access("read")
        if not self:
            return self._explain(document)
        self.ensure_one()
        self.check_access("read")
        return self._explain(document, self.published_version_id or self.draft_version_id)

    def _document_of(self, record):
        if isinstance(record, models.BaseModel):
            document = record
        else:
            try:
                name, res_id = record
                document = self.env[name].browse(int(res_id))
            except (TypeError, ValueError, KeyError) as error:
                raise ValidationError(
                    self.env._('Record: give one as ["purchase.order", 7].')
                ) from error
        if not self._may_be_gated(document._name) or len(document.exists()) != 1:
            raise ValidationError(
                self.env._("Record: give one document of a kind that can be approved.")
            )
        return document

    @api.model
    def _explain(self, document, version=None):
        """What the policy says about one document which the user may read.

        :param version: to be tried instead of the one in force
        :return: a dict of ``armed``, ``version``, ``row``, ``outcome``, ``amounts``, ``stages``
            (name, step, who, people, excluded, mode, due, problem), ``sentences``, ``problems``;
            texts in the reader's language
        """
        # sudo: who may read a document may know why it goes its way, and by whom
        [(company, _site)] = document.sudo()._ops_place()
        in_force = self._in_force(company, document._name)
        version = version.sudo() if version else in_force
        answer = {
            "armed": bool(in_force),
            "version": version.display_name or "",
            "row": "",
            "outcome": "",
            "amounts": {},
            "stages": [],
            "sentences": [],
            "problems": [],
        }
        if not version:
            answer["sentences"] = [
                self.env._(
                    "No approval policy is in force for %(model)s of %(company)s: they pass "
                    "without approval.",
                    model=document._description,
                    company=company.name,
                )
            ]
            return answer
        self._check_is_about(version, document, company)
        [route] = version._route(document)
        [plan] = version._plan(document, [route], document.sudo()._approval_requester())
        answer |= self._told_of_route(route)
        answer["stages"] = self._told_of_stages(plan)
        for stage, told in zip(plan, answer["stages"], strict=True):
            answer["sentences"] += told.pop("sentences")
            if stage.problem:
                answer["problems"].append(stage.problem)
        return answer

    def _check_is_about(self, version, document, company):
        policy = version.policy_id
        if policy.model_name != document._name or not (
            not policy.company_id or policy.company_id in company.parent_ids
        ):
            raise UserError(
                self.env._(
                    "“%(policy)s” is not about %(document)s.",
                    policy=policy.name,
                    document=document.display_name,
                )
            )

    def _told_of_route(self, route):
        told = {
            "row": route.row_label,
            "outcome": route.outcome,
            "amounts": {
                "document": route.document_amount,
                "document_currency": route.document_currency,
                "policy": route.amount,
                "policy_currency": route.policy_currency,
                "rate": route.rate,
                "rate_date": str(route.rate_date),
            },
            "sentences": list(route.reasons),
            "problems": [],
        }
        if route.outcome == NO_MATCH:
            told["problems"] = [route.reasons[-1]]
        return told

    def _told_of_stages(self, plan):
        ids = {each for stage in plan for each in (*stage.user_ids, *stage.excluded)}
        # sudo: names of those who are asked, or would be
        users = self.env["res.users"].sudo().browse(ids)
        names = {user.id: user.name for user in users}
        return [
            {
                "name": stage.name,
                "step": stage.step,
                "who": stage.who,
                "people": [names[each] for each in stage.user_ids],
                "excluded": [
                    {"name": names[each], "why": why} for each, why in stage.excluded.items()
                ],
                "mode": mode_in_words(self.env, stage.mode, stage.quorum),
                "due": due_in_words(self.env, stage.due_hours, stage.ask_pauses),
                "problem": stage.problem or "",
                "sentences": list(stage_in_words(self.env, stage, names)),
            }
            for stage in plan
        ]


class OpsApprovalMixin(models.AbstractModel):
    _inherit = MIXIN

    def _approval_explanation(self):
        """Which way this document goes, by whom and why, as if it were submitted now.

        :return: see ``ops.approval.policy._explain``
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["ops.approval.policy"]._explain(self)
