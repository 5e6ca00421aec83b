from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..roles import OPERATORS
from .ops_endpoint import ADMIN


class OpsEndpoint(models.Model):
    """Operating an endpoint without configuring it: for managers.

    They have no right to write on endpoints. What they may do are the methods here, which check
    the role, the company and the sites, and then write nothing but the status.
    """

    _inherit = "ops.endpoint"

    manual_instructions = fields.Html(
        string="By hand meanwhile",
        translate=True,
        help="What people do by hand while this endpoint takes nothing: whom to call, what to "
        "pass on. Shown on each exception about it.",
    )
    may_operate = fields.Boolean(compute="_compute_may_operate")

    def _compute_may_operate(self):
        for endpoint in self:
            endpoint.may_operate = not endpoint._why_not_operate()

    def _why_not_operate(self):
        """Why the user may not operate this endpoint, in words; None when they may."""
        user = self.env.user
        if not self.env.su and not any(user.has_group(group) for group in OPERATORS):
            return self.env._("Operating endpoints is for managers and administrators.")
        try:
            self._check_reach()
        except AccessError as error:
            return str(error)
        if self.env.su or user.has_group(ADMIN):
            return None
        # sudo: compares with the sites of others
        sites = self.sudo().site_ids
        if user.ops_site_ids and not (sites and sites <= user.sudo().ops_scope_site_ids):
            return self.env._(
                "“%s” serves sites besides yours: ask somebody who looks after all of them.",
                self.name,
            )
        return None

    def _check_may_operate(self):
        """Whether the user may operate these endpoints.

        :raise AccessError: saying why not
        """
        self.check_access("read")
        for endpoint in self:
            problem = endpoint._why_not_operate()
            if problem:
                raise AccessError(problem)

    def action_pause(self):
        """Hold deliveries; nothing is lost."""
        self._check_may_operate()
        # sudo: role, company and sites were checked; nothing but the status is written
        self.sudo().write({"state": "paused"})

    def action_activate(self):
        """Let deliveries flow again: after a pause, at once after a break, or once more after it
        was disabled."""
        if not self:
            return
        self._check_may_operate()
        archived = self.filtered(lambda endpoint: not endpoint.active)
        if archived:
            raise UserError(
                self.env._("“%s” is archived: an administrator can restore it.", archived[0].name)
            )
        # sudo: role, company and sites were checked; nothing but the status is written
        self.sudo().write({"state": "active"})
        events = self.env["ops.event"]
        events._wake(events._lane_crons().values())

    def action_resume(self):
        """After a pause; another word for the same."""
        return self.action_activate()

    def action_replay_dead(self):
        """Open the dialog that sends all dead letters again."""
        return self._override("replay")

    def action_skip_dead(self):
        """Open the dialog that gives all dead letters up for good."""
        return self._override("skip")

    def action_replay_cause(self, cause):
        """As :meth:`action_replay_dead`, for the dead letters of one cause."""
        return self._override("replay", cause)

    def action_skip_cause(self, cause):
        """As :meth:`action_skip_dead`, for the dead letters of one cause."""
        return self._override("skip", cause)

    def _override(self, decision, cause=None):
        self.ensure_one()
        return self.env["ops.delivery.override"]._open(decision, endpoint=self, cause=cause)

    def action_open_cause(self, cause):
        """Open the dead letters of one cause."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "healthcare_ops_automation.ops_delivery_action_dead"
        )
        domain = [("endpoint_id", "=", self.id), *self.env["ops.delivery"]._of_cause(cause)]
        return {**action, "domain": domain, "context": {"search_default_dead": 1}}
