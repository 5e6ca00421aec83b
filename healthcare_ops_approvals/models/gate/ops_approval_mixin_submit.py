from odoo import models
from odoo.exceptions import UserError

from ...core.quorum import Open, unreachable
from ...core.route import NO_MATCH, NONE


class OpsApprovalMixin(models.AbstractModel):
    """Submitting documents for approval."""

    _inherit = "ops.approval.mixin"

    def action_submit_for_approval(self):
        """Put documents before those who have to approve them: all of them, or none.

        :raise UserError: naming each document that cannot be submitted, and why
        """
        self.check_access("write")
        self._approval_submit()
        return True

    def _approval_submit(self):
        """:return: the requests, in sudo, in no particular order"""
        requests = self.env["ops.approval.request"]
        if not self:
            return requests
        # sudo: the caller may write the documents; the engine routes, whatever they may read
        documents = self.browse(dict.fromkeys(self._ids)).sudo()._ops_engine()
        # Touches the rows: of two who submit at the same time, the second begins again.
        documents._approval_settle_now()
        documents._approval_refuse(documents._approval_not_ready())
        documents._approval_refuse(self._approval_check_submittable())
        planned = [
            (version, found, *found._approval_plan(version))
            for version, found in documents._approval_by_version()
        ]
        self._approval_submitted()
        requests = requests.sudo()
        for version, found, routes, plans in planned:
            requests |= found._approval_open(version, routes, plans)
        return requests

    def _approval_not_ready(self):
        """{document id: why it cannot be submitted now}"""
        problems = {}
        live, states = self._approval_live(), self._approval_states()
        labels = dict(self._fields[self._approval_state_field]._description_selection(self.env))
        for document in self:
            state = states[document.id]
            request = live.get(document.id)
            if request:
                problems[document.id] = self.env._(
                    "it has been submitted already (%(request)s, %(state)s).",
                    request=request.name,
                    state=request._state_in_words(),
                )
            elif state not in self._approval_open_states:
                problems[document.id] = self.env._(
                    "it is “%s”, and cannot be submitted any more.", labels.get(state, state)
                )
            elif not document._approval_version():
                problems[document.id] = document._approval_unarmed_in_words()
        return problems

    def _approval_plan(self, version):
        """Route these documents and plan their stages, or refuse.

        :return: (routes, plans), one for each document, in order; plans are empty where nobody has
            to approve
        """
        routes = version._route(self)
        problems = {
            document.id: document._approval_missing(version, route)
            for document, route in zip(self, routes, strict=True)
            if route.outcome == NO_MATCH
        }
        self._approval_refuse(problems)
        asked = [
            (document.id, route)
            for document, route in zip(self, routes, strict=True)
            if route.outcome != NONE
        ]
        found = self.browse([id_ for id_, _route in asked])
        requesters = found._approval_requester()
        plans = version._plan(found, [route for _id, route in asked], requesters)
        planned = dict(zip(found._ids, plans, strict=True))
        self._approval_refuse(self._approval_impossible(planned))
        return routes, [planned.get(id_, []) for id_ in self._ids]

    def _approval_impossible(self, planned):
        """{document id: which stage cannot be passed, and why}"""
        problems, known = {}, {}
        for id_, plans in planned.items():
            problem = next((plan for plan in plans if plan.problem), None)
            if problem:
                problems[id_] = self.env._(
                    "stage “%(stage)s”: %(problem)s", stage=problem.name, problem=problem.problem
                )
                continue
            key = tuple((plan.stage_id, plan.user_ids) for plan in plans)
            if key not in known:
                stages = [
                    Open(plan.name, plan.needed, frozenset(plan.user_ids), plan.distinct)
                    for plan in plans
                ]
                known[key] = unreachable(stages)
            if known[key]:
                problems[id_] = self.env._(
                    "stage “%s” cannot be passed: too few people may decide in it who are not "
                    "needed in another stage.",
                    known[key][0],
                )
        return problems

    def _approval_open(self, version, routes, plans):
        """Open the requests of these documents and move them on."""
        requests = self.env["ops.approval.request"]
        contents = self._approval_contents()
        rows = list(zip(self._ids, routes, plans, contents, strict=True))
        asked = [row for row in rows if row[2]]
        free = [row for row in rows if not row[2]]
        if asked:
            ids, *facts = (list(each) for each in zip(*asked, strict=True))
            found = self.browse(ids)
            found._approval_to_state(self._approval_submitted_state)
            requests |= requests._open_asked(version, found, *facts)
        if free:
            ids, routes, _plans, contents = (list(each) for each in zip(*free, strict=True))
            opened = requests._open_free(version, self.browse(ids), routes, contents)
            if version.confirm_on_approval:
                opened._carry_out()
            requests |= opened
        return requests

    def _approval_to_state(self, state):
        """Write a state as the engine: it is told in one note, not by tracking."""
        documents = self.with_context(tracking_disable=True, mail_notrack=True)
        if state:
            name = self._approval_state_field
            documents = documents.filtered(lambda each: each[name] != state)
            documents.write({name: state})

    def _approval_log(self, bodies):
        """A note on each document, in bulk.

        :param dict bodies: ``{document id: text}``
        """
        if bodies and hasattr(self, "_message_log_batch"):
            self.browse(bodies)._message_log_batch(bodies=bodies)

    def _approval_refuse(self, problems):
        if problems:
            raise UserError(
                self.env._("Cannot be submitted for approval:\n%s", self._approval_list(problems))
            )
