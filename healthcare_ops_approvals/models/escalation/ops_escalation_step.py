from odoo import api, fields, models

from .ops_escalation_policy import REQUEST

REMIND, ADD, REPLACE = "approval_remind", "approval_add", "approval_replace"
KINDS = [
    (REMIND, "Remind who is asked to approve"),
    (ADD, "Ask somebody more to approve"),
    (REPLACE, "Ask somebody else instead"),
]
# Nobody writes to requests, so a step cannot either.
NOT_ABOUT_REQUESTS = ("reassign", "priority")
RECIPIENTS = {
    REMIND: (False,),
    ADD: ("manager", "site_manager", "users", "group"),
    REPLACE: ("manager", "site_manager", "users"),
}


class OpsEscalationStep(models.Model):
    """Steps about approval requests: reminding, and asking others. None of them approves."""

    _inherit = "ops.escalation.step"

    kind = fields.Selection(
        selection_add=KINDS, ondelete={kind: "cascade" for kind, _label in KINDS}
    )

    @api.model
    def _kinds_about(self, model_name):
        kinds = super()._kinds_about(model_name)
        if model_name != REQUEST:
            return kinds
        return [
            *(kind for kind, _label in KINDS),
            *(kind for kind in kinds if kind not in NOT_ABOUT_REQUESTS),
        ]

    @api.model
    def _kinds_with_text(self):
        return [*super()._kinds_with_text(), REMIND]

    @api.model
    def _recipients_of(self, kind):
        return RECIPIENTS.get(kind) or super()._recipients_of(kind)

    @api.model
    def _needed_of(self, kind):
        return ("recipient",) if kind in (ADD, REPLACE) else super()._needed_of(kind)

    def _names_responsible(self):
        # Who is asked has the request in hand.
        return self.model_name == REQUEST or super()._names_responsible()

    def _in_words(self):
        whom = self._whom_in_words()
        if self.kind == REMIND:
            return self.env._("Remind who is asked to approve")
        if self.kind == ADD:
            return self.env._("Ask %s, too", whom)
        if self.kind == REPLACE:
            return self.env._("Ask %s instead", whom)
        return super()._in_words()

    def _settings(self):
        if self.kind == REMIND:
            return {"text": self.text or ""}
        if self.kind in (ADD, REPLACE):
            return self._whom()
        return super()._settings()

    # -- checks ---------------------------------------------------------------------------------

    def _check_approval(self, model):
        if model._name != REQUEST:
            self._refuse("kind", self.env._("it is for policies about approval requests."))

    def _check_approval_remind(self, model):
        self._check_approval(model)

    def _check_approval_add(self, model):
        self._check_approval(model)

    def _check_approval_replace(self, model):
        self._check_approval(model)
