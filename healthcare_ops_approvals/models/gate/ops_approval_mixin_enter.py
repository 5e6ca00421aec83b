from odoo import fields, models

from ...core.fingerprint import fingerprint
from ...core.route import NO_MATCH, NONE
from .approval_required import ApprovalRequired
from .marks import forget_entering


class OpsApprovalMixin(models.AbstractModel):
    """Entering and leaving a gated state."""

    _inherit = "ops.approval.mixin"

    def _approval_moved(self, before):
        """Judge documents whose state was just written.

        :param dict before: ``{id: state before}``
        """
        gated, after = self._approval_gated_states, self._approval_states()
        entering = [id_ for id_ in after if after[id_] in gated and before[id_] not in gated]
        moved = [id_ for id_ in after if after[id_] not in gated and after[id_] != before[id_]]
        if entering:
            self.browse(entering)._approval_enter()
        if moved:
            self.browse(moved)._approval_left()

    def _approval_enter(self):
        """Refuse a gated state to documents that need an approval and have none that holds.

        :raise ApprovalRequired: naming each document, what is missing, and what to do
        """
        # sudo: a gate judges what is there, whoever comes by
        documents = self.sudo()._ops_engine()
        exempted = self.env["ops.approval.exemption"]._let_through(documents)
        unarmed = (documents - exempted)._approval_unarmed()
        requests = documents._approval_live()
        pending = [requests[id_] for id_ in (unarmed | exempted)._ids if id_ in requests]
        self.env["ops.approval.request"].concat(*pending)._close(
            self.env._("It was confirmed without needing an approval.")
        )
        documents -= unarmed | exempted
        documents._approval_judge_entry(requests)
        forget_entering(self.env.cr, self._name, self._ids)

    def _approval_judge_entry(self, requests):
        now = fields.Datetime.now()
        contents = dict(zip(self._ids, self._approval_contents(), strict=True))
        live = self.env["ops.approval.request"].concat(
            *(requests[id_] for id_ in self._ids if id_ in requests)
        )
        holding = live.filtered(lambda each: each.state == "approved")
        changes = holding._judge({each.id: contents[each.res_id] for each in holding})
        problems = {}
        for request in live:
            if request.state != "approved":
                problems[request.res_id] = request._missing_in_words()
            elif request.id in changes:
                problems[request.res_id] = request._changed_in_words(changes[request.id])
        asked = self.filtered(lambda each: each.id not in requests)
        free = asked.browse()
        for document in asked.filtered(lambda each: not each._approval_version()):
            problems[document.id] = document._approval_unarmed_in_words()
        for version, documents in asked._approval_by_version():
            routes = version._route(documents)
            for document, route in zip(documents, routes, strict=True):
                if route.outcome == NONE:
                    free |= document
                else:
                    problems[document.id] = document._approval_missing(version, route)
        if problems:
            raise ApprovalRequired(self._approval_list(problems))
        holding._keep({"executed_at": now})
        free._approval_take_baseline(contents)

    def _approval_take_baseline(self, contents):
        """Keep what nobody had to approve as what later changes are measured against."""
        for version, documents in self._approval_by_version():
            routes = version._route(documents)
            opened = self.env["ops.approval.request"]._open_free(
                version, documents, routes, [contents[id_] for id_ in documents._ids]
            )
            opened._keep({"executed_at": fields.Datetime.now()})

    def _approval_left(self):
        """End the requests of documents that were cancelled or taken back."""
        requests = self._approval_live()
        states = self._approval_states()
        resting = {self._approval_submitted_state}
        if not self._approval_submitted_state:
            resting = set(self._approval_open_states)
        labels = dict(self._fields[self._approval_state_field]._description_selection(self.env))
        for state in sorted({each for each in states.values() if each not in resting}, key=str):
            ended = self.env["ops.approval.request"].concat(
                *(request for id_, request in requests.items() if states[id_] == state)
            )
            ended._close(self.env._("The document is “%s” now.", labels.get(state, state)))

    def _approval_close_deleted(self):
        if self.ids:
            requests = self._approval_live().values()
            self.env["ops.approval.request"].concat(*requests)._close(
                self.env._("The document was deleted.")
            )

    # -- what holds -----------------------------------------------------------------------------

    def _approval_version(self):
        """The version of the policy in force for this document; empty when its gate is open."""
        self.ensure_one()
        company = self.sudo()._ops_place()[0][0]  # sudo: which policy holds is no secret
        policies = self.env["ops.approval.policy"]
        if not company:
            return policies.version_ids
        return policies._in_force(company, self._name)

    def _approval_unarmed(self):
        """Those that pass because no policy is in force for them."""
        if not self._approval_passes_unarmed:
            return self.browse()
        return self.filtered(lambda each: not each._approval_version())

    def _approval_by_version(self):
        """(version in force, documents under it), without documents whose gate is open."""
        by_version = {}
        for document in self:
            version = document._approval_version()
            if version:
                by_version.setdefault(version, []).append(document.id)
        return [(version, self.browse(ids)) for version, ids in by_version.items()]

    def _approval_live(self):
        """{document id: the request that runs or holds}, in sudo."""
        if not self.ids:
            return {}
        # sudo: the engine asks what stands in the way of a document, whoever moves it
        requests = self.env["ops.approval.request"].sudo()._ops_engine()
        found = requests.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("state", "in", ("pending", "approved")),
            ]
        )
        return {request.res_id: request for request in found}

    # -- in words -------------------------------------------------------------------------------

    def _approval_unarmed_in_words(self):
        """Why a document cannot be submitted for which no policy is in force."""
        return self.env._("no approval policy is in force for its company, so it needs none.")

    def _approval_missing(self, version, route):
        """What a document lacks that has not been submitted."""
        if route.outcome == NO_MATCH:
            return self.env._(
                "no row of the policy “%(policy)s” is about it, so nobody can approve it. "
                "%(reason)s An operations administrator can mend that.",
                policy=version.policy_id.name,
                reason=route.reasons[-1] if route.reasons else "",
            )
        [plans] = version._plan(self, [route], [self.env.user])
        stages = "; ".join(f"{plan.name} ({plan.who})" for plan in plans)
        return self.env._(
            "it needs the approval of %(stages)s (%(row)s). Submit it for approval.",
            stages=stages,
            row=route.row_label,
        )

    def _approval_list(self, problems):
        """A message that names each document and what is wrong with it."""
        documents = self.browse(problems).sudo()  # sudo: named to who works on them
        lines = [f"“{each.display_name}”: {problems[each.id]}" for each in documents[:20]]
        if len(problems) > 20:
            lines.append(self.env._("… and %s more.", len(problems) - 20))
        return "\n".join(lines)

    def _approval_fingerprint(self):
        self.ensure_one()
        return fingerprint(self._approval_contents()[0])
