import json

from odoo import api, models
from odoo.tools import SQL

from ...contracts.audit_head import HEAD_SEALED
from ...core.chain import Anchor
from ...core.envelope import rfc3339

TAMPERED = "trail_tampered"
UNSEALED = "trail_unsealed"
# Of more findings the exception names the first.
NAMED_MOST = 5


class OpsAuditVerification(models.Model):
    """Who is told of a verification: whoever keeps anchors, by an event; who looks after
    exceptions, when something was found."""

    _inherit = "ops.audit.verification"

    @api.model
    def _cron_verify(self):
        """Verify each chain, then send its head out."""
        for company_id in self._chains():
            self._despite_conflicts(
                lambda company_id=company_id: self._verify([company_id])._send_head(), 1
            )

    def _send_head(self):
        """An event with the head of each chain, unless that was sent before."""
        # sudo: the seal is what the event is about; only the engine sends heads
        seals = self.env["ops.audit.seal"].sudo()
        for verification in self.filtered("head_sequence"):
            head = seals.search(
                [
                    ("company_id", "=", verification.company_id),
                    ("sequence", "=", verification.head_sequence),
                ],
                limit=1,
            )
            data = {
                "root_company": verification.company_id,
                "chain": verification.chain,
                "sequence": verification.head_sequence,
                "hash": verification.head_hash,
                "sealed_at": rfc3339(verification.head_at),
                "findings": verification.finding_count,
            }
            self.env["ops.event"]._emit_guarded(
                HEAD_SEALED, head, data, dedup_key=verification.head_hash
            )

    @api.model
    def _anchors(self):
        """Heads that were noted: in the events that went out, and in earlier verifications.

        :return: ``{root company id: [Anchor]}``
        """
        anchors = {}
        rows = self.env.execute_query(
            SQL(
                """SELECT data, occurred_at FROM ops_event
                    WHERE res_model = 'ops.audit.seal' AND type_code = %s AND data IS NOT NULL
                    ORDER BY id""",
                HEAD_SEALED,
            )
        )
        for text, at in rows:
            try:
                data = json.loads(text)
                head = (int(data["root_company"]), int(data["sequence"]), str(data["hash"]))
            except (ValueError, TypeError, KeyError):
                continue  # an invalid event is no anchor
            anchors.setdefault(head[0], []).append(Anchor(*head[1:], "event", at))
        rows = self.env.execute_query(
            SQL(
                """SELECT company_id, head_sequence, head_hash, at FROM ops_audit_verification
                    WHERE head_sequence > 0 ORDER BY id"""
            )
        )
        for company_id, sequence, head_hash, at in rows:
            anchor = Anchor(sequence, head_hash, "verification", at)
            anchors.setdefault(company_id, []).append(anchor)
        return anchors

    # -- exceptions -----------------------------------------------------------------------

    def _tell(self):
        """Open an exception for what is found for the first time; close the one about sealing
        when that goes on. What was tampered with never closes itself."""
        for verification in self:
            [(company, _site)] = verification._ops_place()
            if verification.finding_count and not verification._is_known():
                self.env["ops.exception"]._raise_exception(
                    TAMPERED,
                    verification._reason(),
                    verification,
                    cause_key=f"{TAMPERED}:{verification.company_id}",
                    place=(company, self.env["ops.site"]),
                )
            verification._tell_of_sealing(company)

    def _is_known(self):
        """Whether the verification before found the very same: then people know."""
        before = self.search(
            [("company_id", "=", self.company_id), ("id", "<", self.id)], order="id desc", limit=1
        )
        same = before.finding_count == self.finding_count and before.findings == self.findings
        return bool(before) and same

    def _reason(self):
        lines = [
            self.env._("%(chain)s: %(count)s findings.", chain=self.chain, count=self.finding_count)
        ]
        for said in self._findings_in_words()[:NAMED_MOST]:
            which = [said["res_model"] and f"{said['res_model']},{said['entry']}"]
            which += [said["seal"] and self.env._("seal %s", said["seal"]), said["at"]]
            about = ", ".join(part for part in which if part)
            lines.append(f"{said['title']}: {about}. {said['words']}" if about else said["words"])
        return "\n".join(lines)

    def _tell_of_sealing(self, company):
        exceptions = self.env["ops.exception"]
        cause = f"{UNSEALED}:{self.company_id}"
        if self._is_behind(self.at, self.unsealed_since):
            exceptions._raise_exception(
                UNSEALED,
                self.env._(
                    "%(chain)s: %(count)s entries wait for their seal, the oldest since "
                    "%(since)s (UTC).",
                    chain=self.chain,
                    count=self.unsealed_count,
                    since=self.unsealed_since,
                ),
                self,
                cause_key=cause,
                place=(company, self.env["ops.site"]),
            )
            return
        # sudo: the engine closes what it opened
        opened = exceptions.sudo().search(
            [("category_id.code", "=", UNSEALED), ("cause_key", "=", cause), ("is_open", "=", True)]
        )
        if opened:
            words = self.env._("Sealing goes on: nothing waits for long any more.")
            opened.write({"state": "resolved", "resolution": words})
