from odoo import models

from ...core.route import APPROVE, StagePlan, needed
from ...core.seats import reserve, unfilled
from .pools import Pools


class OpsApprovalPolicyVersion(models.Model):
    """Who is asked about a document, stage by stage."""

    _inherit = "ops.approval.policy.version"

    def _plan(self, documents, routes, requesters):
        """Who is asked about each document.

        :param documents: records of the policy's model
        :param routes: what :meth:`_route` answered about them
        :param requesters: one ``res.users`` a document: who submits it
        :return: a list with a list of :class:`~core.route.StagePlan` for each document; empty
            for one that nobody has to approve
        """
        self.ensure_one()
        version = self._engine()
        wanted = {route.row_id for route in routes if route.outcome == APPROVE}
        stages = {row.id: found for row, found in version._stages(list(wanted)).items()}
        pools = Pools(version, documents, requesters, routes)
        plans = []
        for document, route in zip(documents, routes, strict=True):
            asked = stages.get(route.row_id, ()) if route.outcome == APPROVE else ()
            plans.append(version._plan_stages(asked, document, pools))
        return plans

    def _plan_stages(self, stages, document, pools):
        members = [pools.members(stage, document) for stage in stages]
        self._keep_apart(stages, members)
        return [
            StagePlan(
                stage_id=stage.id,
                step=stage.step,
                name=stage.name,
                who=who.label,
                mode=stage.mode,
                quorum=stage.quorum,
                due_hours=stage.due_hours,
                escalation_policy_id=stage.escalation_policy_id.id or None,
                user_ids=tuple(who.user_ids),
                excluded=who.excluded,
                distinct=stage.distinct,
                ask_pauses=stage.ask_pauses,
                escalates_from=stage.escalates_from,
                problem=who.problem or self._problem(stage, who),
            )
            for stage, who in zip(stages, members, strict=True)
        ]

    def _keep_apart(self, stages, members):
        """Nobody decides in two stages that want other people: whom a stage cannot do without
        is not asked in another one."""
        apart = [
            (stage, who)
            for stage, who in zip(stages, members, strict=True)
            if stage.distinct and not who.problem
        ]
        if len(apart) < 2:
            return
        counts = [needed(stage.mode, stage.quorum, len(who.user_ids)) for stage, who in apart]
        taken = reserve([who.user_ids for _stage, who in apart], counts)
        for index, users in taken.items():
            stage, who = apart[index]
            for user_id, by in users.items():
                who.exclude(user_id, self.env._("decides in the stage “%s”", apart[by][0].name))
            if not who.user_ids:
                who.problem = self.env._(
                    "Stage “%(stage)s”: everybody who could be asked is needed in another stage, "
                    "such as “%(other)s”, and nobody decides in two.",
                    stage=stage.name,
                    other=apart[next(iter(users.values()))][0].name,
                )
        pools = [who.user_ids for _stage, who in apart]
        counts = [
            needed(stage.mode, stage.quorum, len(who.user_ids))
            if who.user_ids and not self._problem(stage, who)
            else 0
            for stage, who in apart
        ]
        missing = unfilled(pools, counts)
        if missing is not None:
            stage, who = apart[missing]
            who.problem = self.env._(
                "Stage “%s”: there are too few people for all stages, because nobody decides in "
                "two of them.",
                stage.name,
            )

    def _problem(self, stage, who):
        """Why the stage cannot be passed, in words; None when it can."""
        asked = len(who.user_ids)
        if not asked:
            why = "; ".join(who.why_nobody())
            if why:
                return self.env._(
                    "Stage “%(stage)s”: nobody can be asked (%(who)s). %(why)s",
                    stage=stage.name,
                    who=who.label,
                    why=why,
                )
            return self.env._(
                "Stage “%(stage)s”: nobody can be asked (%(who)s).", stage=stage.name, who=who.label
            )
        wanted = needed(stage.mode, stage.quorum, asked)
        if asked < wanted:
            return self.env._(
                "Stage “%(stage)s” needs %(wanted)s approvals, and only %(asked)s may decide.",
                stage=stage.name,
                wanted=wanted,
                asked=asked,
            )
        return None
