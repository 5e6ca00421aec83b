from odoo import api, models
from odoo.exceptions import UserError


class OpsExceptionCode(models.AbstractModel):
    """What modules find by its ``code``: those they brought keep it and stay."""

    _name = "ops.exception.code"
    _description = "Record that modules find by its code"

    def write(self, vals):
        if "code" in vals and not self.env.su:
            self._check_not_of_a_module()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_own(self):
        self._check_not_of_a_module()

    def _check_not_of_a_module(self):
        """What modules brought must stay findable."""
        for record, xmlid in zip(self, self.get_external_id().values(), strict=True):
            if xmlid and not xmlid.startswith("__"):
                raise UserError(
                    self.env._(
                        "“%s” belongs to a module: its code cannot be changed and it cannot be "
                        "deleted. Archive it instead.",
                        record.display_name,
                    )
                )
