"""Whatever takes from somebody what approving needs has the requests looked at soon."""

from odoo import api, models

from .ops_approval_request import CRON


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if {"active", "group_ids", "company_ids", "ops_site_ids"} & vals.keys():
            self._look_at_approvals()
        return result

    def _look_at_approvals(self):
        """Have the requests looked at that ask these people, soon after the commit."""
        # sudo: only whether they are asked anything, whoever changes people
        seats = self.env["ops.approval.assignment"].sudo()
        cron = self.env.ref(CRON, raise_if_not_found=False)
        asked = [("user_id", "in", self.ids), ("state", "=", "open")]
        if cron and seats.search_count(asked, limit=1):
            cron.sudo()._trigger()


class ResGroups(models.Model):
    _inherit = "res.groups"

    def write(self, vals):
        before = self.all_user_ids if {"user_ids", "implied_ids"} & vals.keys() else None
        result = super().write(vals)
        if before:
            before._look_at_approvals()
        return result


class OpsSite(models.Model):
    _inherit = "ops.site"

    def write(self, vals):
        before = self.user_ids if "user_ids" in vals else self.user_ids.browse()
        result = super().write(vals)
        if "user_ids" in vals:
            (before | self.user_ids)._look_at_approvals()
        return result


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        # sudo: whose leave it is
        leaves.sudo().resource_id.user_id._look_at_approvals()
        return leaves
