from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .ops_approval_delegation_scope import CONCERNED


class OpsApprovalAssignment(models.Model):
    """Seats, and who may decide in them besides those whose they are."""

    _inherit = "ops.approval.assignment"

    decided_by_id = fields.Many2one(
        "res.users",
        string="Decided by",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Somebody else than who was asked, when somebody stood in.",
    )

    @api.model
    def _domain_for(self, user):
        """The seats in which a user may decide now: their own, and those of people they stand in
        for, by the clock of this moment.

        What it finds may still be refused: role, place and duties are looked at by the decision.

        :param user: one ``res.users``
        :return: a Domain on seats
        """
        own = super()._domain_for(user)
        standing_in = self.env["ops.approval.delegation"]._in_force(delegate_id=user)
        if not standing_in:
            return own
        theirs = self._delegated(standing_in) & Domain("state", "=", "open")
        # Who stands in for the requester decides in no seat, and nobody about their own matter.
        requests = Domain.OR(
            Domain("requester_id", "=", each.user_id.id) & each._requests() for each in standing_in
        )
        mine = Domain.OR(Domain(name, "=", user.id) for name in CONCERNED)
        decided = Domain("state", "=", "approved") & (
            Domain("user_id", "=", user.id) | Domain("decided_by_id", "=", user.id)
        )
        barred = Domain("request_id", "any!", requests)
        theirs &= ~Domain("request_id", "any!", mine)
        # One person fills one seat of a stage.
        theirs &= ~Domain("request_stage_id", "any!", Domain("assignment_ids", "any!", decided))
        return (own | theirs) & ~barred

    @api.model
    def _delegated(self, delegations):
        """The Domain of all seats, used up or not, that delegations are about."""
        return Domain.OR(
            Domain("user_id", "=", each.user_id.id) & Domain("request_id", "any!", each._decided())
            for each in delegations
        )

    def _delegation_to(self, user):
        """The delegation by which a user may decide in this seat now, or none; in sudo."""
        self.ensure_one()
        delegations = self.env["ops.approval.delegation"]
        if self.user_id == user:
            return delegations.sudo()
        found = delegations._in_force(user_id=self.user_id, delegate_id=user)
        return found.filtered(lambda each: each._decides(self.request_id))[:1]

    def _hold(self, delegation):
        """Let nobody end a delegation between here and the commit: what is decided by it has to
        be decided while it is in force."""
        self.env.cr.execute(
            SQL("SELECT id FROM ops_approval_delegation WHERE id = %s FOR SHARE", delegation.id)
        )

    def _deciders(self):
        """Who has used up these seats: whose they are, and who stood in. Both count as having
        decided."""
        return self.user_id | self.decided_by_id
