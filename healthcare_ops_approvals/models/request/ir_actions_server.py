import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.healthcare_ops_automation.models.service_levels.guard import undoable
from odoo.addons.healthcare_ops_automation.models.worker import CONFLICTS

_logger = logging.getLogger(__name__)
STATE = "ops_request_approval"
CATEGORY = "approval_not_requested"


class IrActionsServer(models.Model):
    """The server action *Request Approval*: in automation rules and the Action menu.

    It submits the records it runs on, each on its own, as whoever causes it. What cannot be
    submitted stops nothing: an exception tells a person.
    """

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[(STATE, "Request Approval"), ("code",)],
        ondelete={STATE: "cascade"},
    )

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == STATE:
            return self.env._("Request approval")
        return super()._generate_action_name()

    @api.constrains("state", "model_id")
    def _check_ops_request_approval(self):
        for action in self.filtered(lambda each: each.state == STATE):
            model = self.env.get(action.model_id.model)
            if model is None or not hasattr(model, "_approval_submit"):
                raise ValidationError(
                    self.env._(
                        "Model: “%s” cannot be put up for approval. Choose a model with an "
                        "approval gate.",
                        action.model_id.name,
                    )
                )

    def _run_action_ops_request_approval_multi(self, eval_context=None):
        """Submit each record the action runs on, unless it has been submitted."""
        if self.env.context.get("onchange_self") is not None:
            return False  # nothing has happened yet
        records = eval_context["records"] or eval_context["record"]
        for record in (records or self.env[self.model_name]).exists():
            if record.id not in record._approval_live():
                self._ops_request_approval(record)
        return False

    def _ops_request_approval(self, record):
        record._approval_settle_everything()
        try:
            with undoable(self.env):
                record._approval_submit()
        except CONFLICTS:
            raise  # for Odoo to run the document's transaction again
        except Exception as error:
            _logger.info("Approval of %s was not requested", record, exc_info=True)
            self.env["ops.exception"]._raise_exception(
                CATEGORY,
                self.env._(
                    "The action “%(action)s” could not submit it: %(problem)s",
                    action=self.sudo().name,  # sudo: named in a message
                    problem=error,
                ),
                record,
            )
