from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import undoable
from odoo.addons.healthcare_ops_automation.models.time.resource_calendar import WorkingTimes

from ...core.fingerprint import (
    AMOUNT,
    fingerprint,
    identity_changes,
    measured_changes,
    number,
    within_tolerance,
)
from ...core.route import NO_MATCH, NONE
from .ops_approval_request_end import CATEGORY_UNREACHABLE

REOPENED = "approval.request.reopened"


class OpsApprovalRequest(models.Model):
    """What becomes of a request when its document is changed."""

    _inherit = "ops.approval.request"

    def _judge(self, contents):
        """Compare what stands in the documents with what was put up for approval.

        What is within the tolerance is taken down as adjusted. Increases are measured against
        what was approved, not against the last change, and never go past the row of the policy.

        :param dict contents: ``{request id: content}``
        :return: ``{request id: names of what changed materially}``
        """
        changes, higher, adjusted = {}, self.browse(), self.browse()
        for request in self:
            content = contents[request.id]
            if fingerprint(content) == request.fingerprint:
                continue
            names = identity_changes(request.content, content)
            if not names and not request._tolerates(content["amount"]):
                names = [*measured_changes(request.content, content), AMOUNT]
            if names:
                changes[request.id] = names
            elif number(content["amount"]) > number(request.baseline_amount):
                higher |= request
            else:
                adjusted |= request
        staying = higher._staying_in_row()
        adjusted |= staying
        changes |= {request.id: [AMOUNT] for request in higher - staying}
        adjusted._adjust(contents)
        return changes

    def _tolerates(self, amount):
        rules = self.rules or {}
        return within_tolerance(
            self.baseline_amount,
            amount,
            self.rate or 1.0,
            rules.get("tolerance_percent") or 0.0,
            rules.get("tolerance_amount") or 0.0,
        )

    def _policy_version(self):
        """The version it runs on, which does not change; empty when it is gone."""
        # sudo: the rules of the policy hold, whoever works
        versions = self.env["ops.approval.policy.version"].sudo()._ops_engine()
        return versions.browse(self.version_id or []).exists()

    def _staying_in_row(self):
        """Those whose documents still go by the row that they were submitted under."""
        documents, staying = self._documents(), self.browse()
        for _key, found in self.grouped(lambda each: (each.version_id, each.res_model)).items():
            version = found[0]._policy_version()
            if not version:
                staying |= found
                continue
            routed = found.filtered("row_id")
            staying |= found - routed
            there = documents[found[0].id].browse(routed.mapped("res_id"))
            routes = version._route(there, [each.requester_id for each in routed])
            for request, route in zip(routed, routes, strict=True):
                if route.row_id == request.row_id:
                    staying |= request
        return staying

    def _adjust(self, contents):
        """Changes within the tolerance: nothing is asked anew, and it is written down."""
        if not self:
            return
        comments, documents = {}, self._documents()
        for request in self:
            content, document = contents[request.id], documents[request.id]
            names = measured_changes(request.content, content)
            comments[request.id] = request._changes_in_words(names, content, document)
            amount = request.policy_currency_id.round(content["amount"] * (request.rate or 0.0))
            request._keep(
                {
                    "fingerprint": fingerprint(content),
                    "document_amount": content["amount"],
                    "amount": amount,
                }
            )
        self.env["ops.approval.decision"]._append("adjust", self, comments)
        # Whoever changed it does not decide about it, and may have been the only one.
        self._mend()

    def _renew_baseline(self, contents):
        """What it is now is the measure from here on: nobody has to approve that."""
        for request in self:
            content = contents[request.id]
            request._keep(
                {
                    "fingerprint": fingerprint(content),
                    "content": content,
                    "document_amount": content["amount"],
                    "baseline_amount": content["amount"],
                    "currency_id": content["currency"],
                }
            )
        if self:
            self.env["ops.approval.decision"]._append("adjust", self)

    def _reopen(self, contents, changes):
        """Ask anew: what was approved is another thing now.

        :param dict changes: ``{request id: names of what changed materially}``
        :raise UserError: when nobody could approve what it is now
        """
        moved = self._moved_to_another_company()
        moved._close(self.env._("It belongs to another company now, whose own policy holds."))
        for request in self - moved:
            request._reopen_one(contents[request.id], changes[request.id])
        (self - moved)._emit(REOPENED)

    def _moved_to_another_company(self):
        """What approvers of one company were asked is no question for those of another."""
        documents = self._documents()
        return self.filtered(lambda each: each.company_id != documents[each.id]._ops_place()[0][0])

    def _reopen_one(self, content, names):
        version, document = self._policy_version(), self._document()
        [route] = version._route(document, [self.requester_id])
        if route.outcome == NO_MATCH:
            raise UserError(
                document._approval_list({document.id: document._approval_missing(version, route)})
            )
        asked = route.outcome != NONE
        plans = []
        if asked:
            [plans] = version._plan(document, [route], [self.requester_id])
            document._approval_refuse(document._approval_impossible({document.id: plans}))
        words = self._changes_in_words(names, content, document)
        self._present_open()._finish("superseded")
        passed = self.stage_ids.filtered(lambda each: each.state == "approved")
        passed._keep({"state": "superseded"})
        self._keep(
            {
                "state": "pending" if asked else "approved",
                "version": self.version + 1,
                "revision": self.revision + 1,
                "decided_at": False,
                "execution_error": False,
                "editor_id": document.approval_editor_id.id,
                "res_name": document.display_name,
                "site_id": document._ops_place()[0][1].id,
                "content": content,
                "fingerprint": fingerprint(content),
                "currency_id": content["currency"],
                "document_amount": content["amount"],
                "baseline_amount": content["amount"],
                "summary": document._approval_summary(),
                **self._route_facts(route),
            }
        )
        self.env["ops.approval.decision"]._append("reopen", self, {self.id: words})
        document._approval_log({document.id: self.env._("Approval is asked anew. %s", words)})
        document.invalidate_model(["approval_request_id", "approval_state"], flush=False)
        if asked:
            self._plan_stages([plans], WorkingTimes())._tell_opened()

    @api.model
    def _cron_check_contents(self):
        """Settle documents that changed past the gate, such as by SQL: the people who are asked
        could not decide about them, because each decision compares first."""
        waiting = (
            self.sudo()
            ._ops_engine()
            .search([("state", "in", ("pending", "approved")), ("executed_at", "=", False)])
        )
        documents = waiting._documents()
        present = waiting._present_fingerprints(documents)
        for request in waiting:
            document = documents.get(request.id)
            if document and present[request.id] != request.fingerprint:
                try:
                    with undoable(self.env):
                        document._approval_settle_now()
                except UserError as error:
                    self.env["ops.exception"]._raise_exception(
                        CATEGORY_UNREACHABLE, str(error), request
                    )

    def _present_fingerprints(self, documents):
        """{request id: fingerprint of what stands in its document now}, read in bulk."""
        there = self.filtered(lambda each: each.id in documents)
        found = {}
        for requests in there.grouped("res_model").values():
            asked = documents[requests[0].id].browse(requests.mapped("res_id"))
            contents = asked._approval_contents()
            found.update(zip(requests.ids, map(fingerprint, contents), strict=True))
        return found

    # -- in words -------------------------------------------------------------------------------

    def _changes_in_words(self, names, content, document):
        """Such as: Changed: Vendor, Order Lines. Amount: 4,600.00 → 23,002.00."""
        labels = [
            document._fields[name]._description_string(self.env)
            for name in dict.fromkeys(names)
            if name != AMOUNT and name in document._fields
        ]
        parts = []
        if labels:
            parts.append(self.env._("Changed: %s.", ", ".join(labels)))
        before, after = self.baseline_amount, content["amount"]
        if number(before) != number(after):
            was, now = (formatLang(self.env, each, digits=2) for each in (before, after))
            parts.append(self.env._("Amount: %(was)s → %(now)s.", was=was, now=now))
        return " ".join(parts)

    def _changed_in_words(self, names):
        document = self._document()
        [content] = document._approval_contents()
        return self.env._(
            "it is not what was approved. %(changes)s Cancel it, set it to draft and submit it "
            "again to have that approved.",
            changes=self._changes_in_words(names, content, document),
        )

    def _missing_in_words(self):
        """Which decisions are still missing."""
        stages = self._present_stages().filtered(lambda each: each.state in ("open", "waiting"))
        return self.env._(
            "%(request)s waits for the approval of %(stages)s.",
            request=self.name,
            stages="; ".join(f"{stage.name} ({stage.who})" for stage in stages),
        )
