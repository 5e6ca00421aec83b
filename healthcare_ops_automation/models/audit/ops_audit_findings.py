import json

from odoo import api, fields, models
from odoo.tools import format_datetime

from ...core import chain

# What was looked at besides the chain itself.
ENTRY_CHANGED = "entry_changed"
ENTRY_REWRITTEN = "entry_rewritten"
ENTRY_REMOVED = "entry_removed"
ENTRY_PURGED_EARLY = "entry_purged_early"
ENTRY_INSERTED = "entry_inserted"
ENTRY_BACKDATED = "entry_backdated"
ENTRY_OUT_OF_ORDER = "entry_out_of_order"


class OpsAuditVerification(models.Model):
    """Findings in the words of who reads them."""

    _inherit = "ops.audit.verification"

    @api.depends("findings")
    def _compute_findings_html(self):
        for verification in self:
            verification.findings_html = self.env["ir.qweb"]._render(
                "healthcare_ops_automation.trail_findings",
                {"findings": verification._findings_in_words(), "more": verification._more()},
            )

    def _more(self):
        """How many findings there are besides those that are kept."""
        return max(self.finding_count - len(self._findings()), 0)

    def _findings(self):
        """The findings that are kept; none when somebody made their text unreadable, which the
        row's own digest tells."""
        try:
            return json.loads(self.findings or "[]")
        except ValueError:
            return []

    def _findings_in_words(self):
        """What was found, as a reader gets to see it: dicts with kind, title, words, model,
        entry, seal, at, url."""
        self.ensure_one()
        titles = self._titles()
        said = []
        for finding in self._findings():
            at = finding.get("at")
            model, entry_id = finding.get("res_model"), finding.get("res_id")
            known = model in self.env
            said.append(
                {
                    "kind": finding["kind"],
                    "title": titles.get(finding["kind"], finding["kind"]),
                    "words": self._words(finding),
                    "model": self.env[model]._description if known else model,
                    "res_model": model,
                    "entry": entry_id,
                    "seal": finding.get("sequence"),
                    "at": at and format_datetime(self.env, fields.Datetime.to_datetime(at)),
                    "url": f"/odoo/{model}/{entry_id}"
                    if known and self._is_there(finding)
                    else None,
                }
            )
        return said

    @api.model
    def _is_there(self, finding):
        return finding["kind"] not in (ENTRY_REMOVED, ENTRY_PURGED_EARLY)

    @api.model
    def _titles(self):
        return {
            ENTRY_CHANGED: self.env._("Changed"),
            ENTRY_REWRITTEN: self.env._("Rewritten"),
            ENTRY_REMOVED: self.env._("Removed"),
            ENTRY_PURGED_EARLY: self.env._("Purged too early"),
            ENTRY_INSERTED: self.env._("Inserted"),
            ENTRY_BACKDATED: self.env._("Backdated"),
            ENTRY_OUT_OF_ORDER: self.env._("Put in later"),
            chain.SEAL_CHANGED: self.env._("Seal changed"),
            chain.SEAL_MISSING: self.env._("Seals removed"),
            chain.SEAL_INSERTED: self.env._("Seal inserted"),
            chain.LINK_BROKEN: self.env._("Link broken"),
            chain.REWRITTEN: self.env._("Chain rewritten"),
            chain.CUT: self.env._("Cut off"),
        }

    @api.model
    def _words(self, finding):
        """The sentence that says what a finding means."""
        say = {
            ENTRY_CHANGED: self.env._("What it says does not give its digest any more."),
            ENTRY_REWRITTEN: self.env._(
                "It was changed together with its digest: another digest was sealed."
            ),
            ENTRY_REMOVED: self.env._("It was sealed, and is not there; no purge tells of it."),
            ENTRY_PURGED_EARLY: self.env._("It was purged before its retention was over."),
            ENTRY_INSERTED: self.env._(
                "It has no seal and waits for none: it was put in past the triggers, or its seal "
                "was removed."
            ),
            ENTRY_BACKDATED: self.env._(
                "The database took it at another time (%s, UTC) than it says.",
                finding.get("appended_at"),
            ),
            ENTRY_OUT_OF_ORDER: self.env._(
                "It was sealed after entries of a later time, as one of long ago: it was handed to "
                "the sealer past the triggers."
            ),
            chain.SEAL_CHANGED: self.env._("What the seal says does not give its hash any more."),
            chain.SEAL_MISSING: self.env._(
                "The seals %(first)s to %(last)s are not there.",
                first=finding.get("first"),
                last=finding.get("last"),
            ),
            chain.SEAL_INSERTED: self.env._("This place in the chain is taken by two seals."),
            chain.LINK_BROKEN: self.env._(
                "It does not follow on seal %s: that one was changed or moved together with its "
                "hash.",
                finding.get("before") or self.env._("none"),
            ),
            chain.REWRITTEN: self.env._(
                "Its hash is not the one noted earlier (%(where)s): something between the seals "
                "%(first)s and %(last)s was changed, and the chain worked out anew.",
                where=self._source(finding),
                first=finding.get("first"),
                last=finding.get("last"),
            ),
            chain.CUT: self.env._(
                "The chain once reached seal %(last)s (%(where)s): the seals from %(first)s on "
                "were cut off, and their entries with them or without a seal.",
                where=self._source(finding),
                first=finding.get("first"),
                last=finding.get("last"),
            ),
        }
        return say.get(finding["kind"], "")

    @api.model
    def _source(self, finding):
        """Where and when an anchor was noted."""
        names = {
            "event": self.env._("event"),
            "verification": self.env._("verification"),
            "given": self.env._("anchor given"),
        }
        name = names.get(finding.get("source"), finding.get("source"))
        at = finding.get("anchor_at")
        return f"{name}, {at} UTC" if at else name
