from odoo import api, models
from odoo.exceptions import UserError


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.ondelete(at_uninstall=False)
    def _unlink_never_from_approvals(self):
        """Say why a user stays, where the database would only name a constraint, and where a
        published stage would quietly ask one person less."""
        for user in self:
            where = user._approval_traces()
            if where:
                raise UserError(
                    self.env._(
                        "“%(user)s” cannot be deleted: %(where)s. What was decided has to stay "
                        "explainable. Archive the user instead: who is archived is not asked any "
                        "more.",
                        user=user.name,
                        where="; ".join(where),
                    )
                )

    def _approval_traces(self):
        """Where approvals name this user, in words."""
        self.ensure_one()
        # sudo: only whether there is something, whoever deletes
        engine = self.browse().sudo()._ops_engine(active_test=False).env
        asked = [
            ("ops.approval.request", "requester_id", self.env._("submitted approval requests")),
            ("ops.approval.assignment", "user_id", self.env._("was asked to approve")),
            ("ops.approval.stage", "user_ids", self.env._("is named in approval policies")),
            ("ops.approval.delegation", "user_id", self.env._("was stood in for")),
            ("ops.approval.delegation", "delegate_id", self.env._("stood in for somebody")),
            (
                "ops.approval.policy.version",
                "last_editor_id",
                self.env._("edited approval policies"),
            ),
            (
                "ops.approval.policy.version",
                "published_by_id",
                self.env._("published approval policies"),
            ),
        ]
        return [
            words
            for model, name, words in asked
            if engine[model].search_count([(name, "in", self.ids)], limit=1)
        ]
