from odoo import api, models
from odoo.tools import SQL

from ...core.fingerprint import fingerprint
from ...core.route import NONE
from .approval_required import ApprovalRequired
from .marks import KEY, Mark, put_back, take_marks


class OpsApprovalMixin(models.AbstractModel):
    """Settling: comparing what stands in documents with what was put up for approval.

    How it works: once before the commit, for all documents that changed (idempotent: what is
    settled is not noted any more). One statement writes who changed them and finds those under
    approval; that it always touches the documents' rows makes a change and a decision at the same
    time conflict. For drafts that is all there is.
    """

    _inherit = "ops.approval.mixin"

    def _approval_settle_marked(self):
        self._approval_settle_or_keep(take_marks(self.env.cr, self._name))

    @api.model
    def _approval_settle_everything(self):
        """Settle all documents of all models: before work that may be rolled back by itself, and
        would take what was noted before it along."""
        for model_name in list(self.env.cr.precommit.data.get(KEY, ())):
            # sudo: the engine settles what anybody changed
            self.env[model_name].sudo()._ops_engine()._approval_settle_marked()

    def _approval_settle_now(self):
        """Settle these documents, changed in this transaction or not."""
        marks = take_marks(self.env.cr, self._name, self._ids)
        # sudo: the engine settles what anybody changed
        engine = self.sudo()._ops_engine()
        engine._approval_settle_or_keep(marks, self._ids)

    def _approval_settle_or_keep(self, marks, ids=None):
        """Settle; what is refused stays noted, because its changes stay until they are undone.

        :param dict marks: ``{document id: Mark}``
        :param ids: of more documents than those that changed
        """
        try:
            self._approval_settle({id_: marks.get(id_) or Mark() for id_ in ids or marks})
        except Exception:
            put_back(self.env, self._name, marks)
            raise

    def _approval_settle(self, marks):
        if not marks:
            return
        rows = self._approval_touch(marks)
        there = self.browse([id_ for id_, _state, _request in rows])
        requests = self.env["ops.approval.request"].browse(
            [request for _id, _state, request in rows if request]
        )
        gated = {id_ for id_, state, _request in rows if state in self._approval_gated_states}
        entering = [id_ for id_ in gated if marks[id_].entering]
        if entering:  # somebody caught the refusal
            self.browse(entering)._approval_enter()
        under = {request.res_id: request for request in requests}
        old = [id_ for id_ in there._ids if id_ in gated and id_ not in under]
        self._approval_settle_unknown({id_: marks[id_].before for id_ in old if marks[id_].before})
        if requests:
            self._approval_settle_known(requests, gated)

    def _approval_touch(self, marks):
        """(id, state, live request or None) of the documents that still exist."""
        self.env.flush_all()
        ids, editors = zip(*((id_, mark.editor) for id_, mark in marks.items()), strict=True)
        rows = self.env.execute_query(
            SQL(
                """WITH changed AS (
                       SELECT unnest(%(ids)s::int[]) AS id, unnest(%(editors)s::int[]) AS editor
                   ), touched AS (
                       UPDATE %(table)s document
                          SET approval_editor_id =
                              COALESCE(changed.editor, document.approval_editor_id)
                         FROM changed WHERE document.id = changed.id
                    RETURNING document.id, document.%(state)s AS state
                   )
                   SELECT touched.id, touched.state, request.id
                     FROM touched LEFT JOIN ops_approval_request request
                       ON request.res_model = %(model)s AND request.res_id = touched.id
                      AND request.state IN ('pending', 'approved')
                    ORDER BY touched.id""",
                ids=list(ids),
                editors=list(editors),
                table=SQL.identifier(self._table),
                state=SQL.identifier(self._approval_state_field),
                model=self._name,
            )
        )
        self.browse(ids).invalidate_recordset(["approval_editor_id"], flush=False)
        return rows

    def _approval_settle_unknown(self, before):
        """Judge documents that were confirmed before there was a policy, by what they were."""
        documents = self.browse(before).filtered(lambda each: each._approval_version())
        changed = self.browse(
            document.id
            for document, content in zip(documents, documents._approval_contents(), strict=True)
            if fingerprint(content) != fingerprint(before[document.id])
        )
        changed -= self.env["ops.approval.exemption"]._let_through(changed, changing=True)
        requests = self.env["ops.approval.request"]
        for version, found in changed._approval_by_version():
            requests |= requests._open_before_policy(
                version, found, [before[id_] for id_ in found._ids]
            )
        if requests:
            self._approval_settle_known(requests, set(changed._ids))

    def _approval_settle_known(self, requests, gated):
        documents = self.browse(requests.mapped("res_id"))
        by_id = dict(zip(documents._ids, documents._approval_contents(), strict=True))
        contents = {request.id: by_id[request.res_id] for request in requests}
        changes = requests._judge(contents)
        changed = requests.filtered(lambda each: each.id in changes)
        exempted = self.env["ops.approval.exemption"]._let_through(
            self.browse(changed.mapped("res_id")), changing=True
        )
        spared = changed.filtered(lambda each: each.res_id in exempted._ids)
        spared._renew_baseline(contents)
        changed -= spared
        executed = changed.filtered(lambda each: each.res_id in gated)
        self._approval_refuse_gated(executed, contents, changes)
        (changed - executed)._reopen(contents, changes)

    def _approval_refuse_gated(self, requests, contents, changes):
        """What was confirmed stays what was approved, unless nobody has to approve what it is
        now."""
        documents = self.browse(requests.mapped("res_id"))
        free = requests.browse()
        problems = documents._approval_orphans_in_words()
        for version, found in documents._approval_by_version():
            by_id = {request.res_id: request for request in requests}
            asked = [by_id[id_].requester_id for id_ in found._ids]
            for document, route in zip(found, version._route(found, asked), strict=True):
                request = by_id[document.id]
                if route.outcome == NONE:
                    free |= request
                else:
                    problems[document.id] = request._changed_in_words(changes[request.id])
        if problems:
            raise ApprovalRequired(self._approval_list(problems))
        free._renew_baseline(contents)

    def _approval_orphans_in_words(self):
        """{document id: why not}: what was approved by a policy that is in force no more, where
        documents never pass without one."""
        if self._approval_passes_unarmed:
            return {}
        unarmed = self.filtered(lambda each: not each._approval_version())
        return {each.id: each._approval_unarmed_in_words() for each in unarmed}
