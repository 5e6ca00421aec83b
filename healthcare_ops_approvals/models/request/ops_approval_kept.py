from odoo import api, models
from odoo.exceptions import AccessError


class OpsApprovalKept(models.AbstractModel):
    """Records that the approval engine alone creates and changes.

    How it works: ``create``, ``write`` and ``unlink`` refuse everybody, sudo, OdooBot and server
    actions included. The engine has private doors of its own, which no client can call, and which
    run no automation rules: what administrators build on approvals, they build on the events.
    """

    _name = "ops.approval.kept"
    _description = "Record kept by the Approval Engine"

    def _refuse_by_hand(self):
        raise AccessError(
            self.env._(
                "%s: changed by approving, rejecting, returning, abstaining and withdrawing only, "
                "by nobody directly.",
                self._description,
            )
        )

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        self._refuse_by_hand()

    def write(self, vals):  # pylint: disable=method-required-super
        self._refuse_by_hand()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._refuse_by_hand()

    # The private doors go past the refusals above, and past them only.

    def _keep_new(self, vals_list):
        """Create, as the engine: the caller has checked who does what.

        :return: the new records, in sudo and without the caller's context
        """
        # sudo: nobody has the right to create these; the methods that lead here check the actor
        engine = self.sudo()._ops_engine()
        # pylint: disable-next=super-method-mismatch
        return super(OpsApprovalKept, engine).create(vals_list)

    def _keep(self, vals):
        """Write, as the engine: the caller has checked who does what."""
        # sudo: nobody has the right to write these; the methods that lead here check the actor
        engine = self.sudo()._ops_engine()
        # pylint: disable-next=super-method-mismatch
        return super(OpsApprovalKept, engine).write(vals) if engine else True
