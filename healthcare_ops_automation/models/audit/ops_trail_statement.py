from collections import Counter

from odoo import fields, models


class OpsAppendOnly(models.AbstractModel):
    """What a printed extract says about the rows on it."""

    _inherit = "ops.append.only"

    def _statement(self):
        """How the rows stand now, and what was last found about the chains they are in.

        :return: dict with ``count``, ``sealed``, ``waiting``, ``changed``, ``broken`` (seals that
            are not true themselves), ``at``, ``by``, ``tz`` and ``chains``: dicts with ``name``,
            ``last`` (the verification, or an empty one) and ``covered`` (whether it reached
            all of these rows)
        """
        # sudo: seals of rows that the reader may read, and what was found about their chains
        seals = self.env["ops.audit.seal"].sudo()._seals_of(self)
        verifications = self.env["ops.audit.verification"].sudo()
        states = Counter(row.integrity for row in self)
        highest = {}
        for seal in seals.values():
            highest[seal.company_id] = max(highest.get(seal.company_id, 0), seal.sequence)
        names = self.env["ops.audit.seal"]._chain_names(highest)
        chains = []
        for company_id, sequence in sorted(highest.items()):
            last = verifications.search([("company_id", "=", company_id)], order="id desc", limit=1)
            chains.append(
                {
                    "name": names[company_id],
                    "last": last,
                    "covered": last.head_sequence >= sequence,
                }
            )
        return {
            "count": len(self),
            "sealed": states["sealed"],
            "waiting": states["waiting"],
            "changed": states["changed"],
            "broken": sum(not seal.digest_ok for seal in seals.values()),
            "at": fields.Datetime.now(),
            "by": self.env.user.name,
            "tz": self.env.user.tz or "UTC",
            "chains": chains,
        }
