from odoo import api, models

from odoo.addons.healthcare_ops_automation.models.work.res_users import WORK_LIMIT


class ResUsers(models.Model):
    """What *My work* shows of one's own requests: those that came back."""

    _inherit = "res.users"

    @api.model
    def _ops_my_work_sources(self):
        return [*super()._ops_my_work_sources(), "requests"]

    def _ops_my_work_requests(self):
        """Requests that were sent back, for whoever asked to correct; questions about them are
        a source of their own."""
        requests = self.env["ops.request"]
        if not requests.has_access("read"):
            return []
        found = requests.search(
            [
                ("is_mine", "=", True),
                ("state", "=", "draft"),
                ("approval_state", "=", "returned"),
            ],
            order="id",
            limit=WORK_LIMIT,
        )
        return [
            self._ops_work_item(
                "request",
                self.env._("Request"),
                request,
                request.display_name,
                site=request.site_id,
                state_text=self.env._("Sent back to you"),
                concerns=request.title,
                icon=request.category_icon,
                next_step=self.env._("Correct"),
            )
            for request in found
        ]
