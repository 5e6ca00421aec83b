import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core.chain import Anchor

EVERY = "all"
# Beyond so many seals a page would wait too long: more than 10,000 a second are followed.
AT_ONCE = 200_000


class OpsAuditVerify(models.TransientModel):
    """Verify chains of the trail, also against a head that was kept elsewhere."""

    _name = "ops.audit.verify"
    _description = "Verify the Trail"

    chain = fields.Selection(
        selection="_chains",
        required=True,
        default=EVERY,
        help="Each group of companies has a chain of its own, and so has what belongs to none.",
    )
    has_anchor = fields.Boolean(
        string="I kept a head elsewhere",
        help="The sequence and hash of an earlier head, from an event, a download or a paper.",
    )
    anchor_sequence = fields.Integer(string="Its sequence")
    anchor_hash = fields.Char(string="Its hash", help="64 digits, 0 to 9 and a to f.")

    @api.model
    def _chains(self):
        names = self.env["ops.audit.seal"]._chain_names(self._own_chains())
        every = (EVERY, self.env._("All that I may read"))
        return [every, *((str(each), names[each]) for each in self._own_chains())]

    @api.model
    def _own_chains(self):
        """Root companies whose chains the user may verify: as the record rules say."""
        return [*sorted(self.env.companies.root_id.ids), 0]

    def action_verify(self):
        """Verify, and show what was found.

        :raise AccessError: for who may not read verifications
        :raise UserError: for an anchor that is none
        """
        self.ensure_one()
        verifications = self.env["ops.audit.verification"]
        verifications.check_access("read")
        chains = self._own_chains()
        if self.chain != EVERY:
            chains = [each for each in chains if str(each) == self.chain]
        if not chains:
            raise AccessError(self.env._("Chain: it is not one of your companies."))
        given = self._given(chains)
        if self._size(chains) > AT_ONCE and not given:
            return self._in_background()
        # sudo: the tables are compared as they are; results name records and no content
        done = verifications.sudo()._verify(chains, given)
        if len(done) == 1:
            return done._get_records_action(name=self.env._("Verification"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Verification"),
            "res_model": done._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", done.ids)],
        }

    def _given(self, chains):
        """The anchor that was entered: ``{root company id: [Anchor]}``."""
        if not self.has_anchor:
            return {}
        if len(chains) > 1:
            raise UserError(self.env._("Chain: choose the one whose head you kept."))
        text = (self.anchor_hash or "").strip().lower()
        if not re.fullmatch("[0-9a-f]{64}", text):
            raise UserError(self.env._("Its hash: enter all 64 digits, 0 to 9 and a to f."))
        if self.anchor_sequence < 1:
            raise UserError(self.env._("Its sequence: enter the number that stands beside it."))
        return {chains[0]: [Anchor(self.anchor_sequence, text, "given")]}

    @api.model
    def _size(self, chains):
        # sudo: how long it is, of chains that the user may verify
        seals = self.env["ops.audit.seal"].sudo()
        return sum(head.sequence for head in map(seals._head, chains) if head)

    @api.model
    def _in_background(self):
        # sudo: the scheduled verification, which looks at all chains
        self.env.ref("healthcare_ops_automation.cron_verify_trail").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The trail is long: it is verified in the background, and the result will "
                    "stand in this list in some minutes."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
