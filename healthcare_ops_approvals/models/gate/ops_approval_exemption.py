from contextlib import contextmanager
from weakref import WeakKeyDictionary

from odoo import api, fields, models
from odoo.exceptions import UserError

# {cursor: [grants]}: what a client sends never gets in here.
_GRANTS = WeakKeyDictionary()


class _Grant:
    """Lets the documents of one block of code through; compared by identity."""

    def __init__(self, exemption, records, reason):
        self.exemption = exemption
        self.model_name = records._name
        self.ids = set(records._ids)
        self.reason = reason


class OpsApprovalExemption(models.Model):
    """A named way around the gate for the system itself, such as taking over old documents.

    How to use it: a pack registers an exemption in its data, and its code wraps what it does in
    ``with env["ops.approval.exemption"]._granted(code, records, reason):``. Each use is audited.
    An exemption that is switched off lets nothing through.
    """

    _name = "ops.approval.exemption"
    _description = "Approval Exemption"
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    model_name = fields.Char(
        string="Model", required=True, readonly=True, help="Technical name of the documents."
    )
    description = fields.Text(
        translate=True, help="What the system does with it, and why nobody has to approve that."
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code)", "Another exemption has this code. Choose another code."
    )

    @api.model
    @contextmanager
    def _granted(self, code, records, reason):
        """Let these records through the gate within the block.

        :param str code: of a registered exemption that is switched on
        :param str reason: why, for the audit trail
        :raise UserError: for one that is not registered, or switched off
        """
        # sudo: the exemption is asked for by code, not by whoever happens to work
        exemption = self.sudo().search(
            [("code", "=", code), ("model_name", "=", records._name)], limit=1
        )
        if not exemption or not reason:
            raise UserError(
                self.env._("The exemption “%s” is not registered, or switched off.", code)
            )
        grant = _Grant(exemption, records, reason)
        grants = _GRANTS.setdefault(self.env.cr, [])
        grants.append(grant)
        try:
            yield
            records._approval_settle_now()  # what was changed within is judged within
        finally:
            grants.remove(grant)

    @api.model
    def _let_through(self, documents, changing=False):
        """Which of the documents are exempted right now; their use of it is audited.

        :param bool changing: they stand in the gated state, and only their content changed
        """
        exempted = documents.browse()
        for grant in _GRANTS.get(self.env.cr, ()):
            if grant.model_name != documents._name:
                continue
            found = documents.filtered(lambda each, grant=grant: each.id in grant.ids)
            if found:
                self.env["ops.audit.entry"]._record(
                    "approval.exempted",
                    found,
                    {
                        "exemption": grant.exemption.code,
                        "reason": grant.reason,
                        "what": "change" if changing else "move",
                    },
                )
                exempted |= found
        return exempted
