from odoo import api, models


class OpsException(models.Model):
    """Exceptions show how to do it by hand, and that it is done by hand at present."""

    _name = "ops.exception"
    _inherit = ["ops.exception", "ops.fallback.banner"]

    @api.depends("endpoint_id.runbook_id")
    def _compute_manual_procedure(self):
        return super()._compute_manual_procedure()

    def _manual_procedures(self):
        procedures = super()._manual_procedures()
        # sudo: who may read an exception may know what to do about it by hand
        runbook = self._runbook().sudo()
        return [runbook._as_html(), *procedures] if runbook.active else procedures

    def _runbook(self):
        """The runbook for what the exception is about; may be empty."""
        self.ensure_one()
        # sudo: which runbook it is
        exception = self.sudo()
        runbook = exception.endpoint_id.runbook_id
        return runbook or exception._automation().runbook_id

    def _automation(self):
        """The entry of the register that the exception is about; may be empty."""
        self.ensure_one()
        automations = self.env["ops.automation"]
        if self.res_model == automations._name:
            return automations.browse(self.res_id).exists()
        return self.endpoint_id.automation_ids[:1]

    # -- banner ---------------------------------------------------------------------------

    def _fallback_subjects(self):
        """For each exception (id of its endpoint, id of its automation)."""
        # sudo: which ones they are; the fallbacks are read with the reader's own rights
        return {
            each.id: (each.endpoint_id.id, each._automation().id)
            for each in self.sudo()
            if each.is_open
        }

    def _fallback_domain(self):
        subjects = self._fallback_subjects().values()
        endpoints = [endpoint for endpoint, _automation in subjects if endpoint]
        automations = [automation for _endpoint, automation in subjects if automation]
        return ["|", ("endpoint_id", "in", endpoints), ("automation_id", "in", automations)]

    def _sort_fallbacks(self, fallbacks):
        return {
            exception_id: found
            for exception_id, (endpoint, automation) in self._fallback_subjects().items()
            if (
                found := fallbacks.filtered(
                    lambda each, endpoint=endpoint, automation=automation: (
                        (endpoint and each.endpoint_id.id == endpoint)
                        or (automation and each.automation_id.id == automation)
                    )
                )
            )
        }
