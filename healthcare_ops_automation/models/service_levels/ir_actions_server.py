from odoo import api, fields, models
from odoo.exceptions import ValidationError

STATE = "ops_start_clock"


class IrActionsServer(models.Model):
    """The server action *Start Service-Level Clock*: in automation rules and the Action menu.

    It starts a clock of the chosen policy for the records it runs on, unless one is running.
    """

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[(STATE, "Start Service-Level Clock"), ("code",)],
        ondelete={STATE: "cascade"},
    )
    ops_sla_policy_id = fields.Many2one(
        "ops.sla.policy",
        string="Service-level policy",
        compute="_compute_ops_sla_policy_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        tracking=True,
        index="btree_not_null",
        domain="[('model_id', '=', model_id)]",
        help="Whose clock is started. Its targets say how much time there is.",
    )

    @api.depends("state", "model_id")
    def _compute_ops_sla_policy_id(self):
        for action in self:
            fits = action.state == STATE and action.ops_sla_policy_id.model_id == action.model_id
            if not fits:
                action.ops_sla_policy_id = False

    def _name_depends(self):
        return [*super()._name_depends(), "ops_sla_policy_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == STATE and self.ops_sla_policy_id:
            return self.env._("Start clock of %(policy)s", policy=self.ops_sla_policy_id.name)
        return super()._generate_action_name()

    @api.constrains("state", "model_id", "ops_sla_policy_id")
    def _check_ops_sla_policy(self):
        for action in self.filtered(lambda each: each.state == STATE):
            policy = action.ops_sla_policy_id
            if not policy:
                raise ValidationError(
                    self.env._(
                        "Service-level policy: choose the policy whose clock “%s” starts.",
                        action.name,
                    )
                )
            if policy.model_id != action.model_id:
                raise ValidationError(
                    self.env._(
                        "Service-level policy: “%(policy)s” measures %(its_model)s, and the action "
                        "runs on %(model)s. Choose a policy for the same.",
                        policy=policy.name,
                        its_model=policy.model_id.name,
                        model=action.model_id.name,
                    )
                )

    def _run_action_ops_start_clock_multi(self, eval_context=None):
        """Start the policy's clock for each record the action runs on, unless one runs."""
        if self.env.context.get("onchange_self") is not None:
            return False  # nothing has happened yet
        records = eval_context["records"] or eval_context["record"]
        if records:
            # sudo: an administrator chose the policy; who causes the action need not read it
            policy = self.ops_sla_policy_id.sudo()
            policy._follow_guarded(records.exists(), by_hand=True)
        return False
