from odoo import api, models


class OpsException(models.Model):
    """What fails in another system becomes an exception here: one queue for both sides."""

    _inherit = "ops.exception"

    @api.model
    def _ops_take_automation_failed(self, event, data, callback):
        """Take the callback ``automation.failed``: open an exception, or count the repeat.

        Works as the integration user, who may do nothing with exceptions; what may be told is
        checked here and in the contract.

        :param event: the event named by ``inreplyto``, or none
        :param data: :class:`~contracts.automation_failed.AutomationFailed`
        :param callback: the ``ops.callback``
        :return: the answer
        """
        endpoint = callback.endpoint_id
        event = event or callback._sent_event(endpoint, data.event)
        # Of another company than the integration user's it may not be told.
        if event and event.company_id not in callback.env.user.company_ids:
            event = event.browse()
        exception = self._raise_exception(
            "automation_failed",
            self._automation_reason(endpoint, data),
            record=None if event else endpoint,
            event=event,
            cause_key=f"automation:{endpoint.id}:{data.automation}:{data.step or ''}",
            owner=endpoint.owner_id,
            facts={"endpoint_id": endpoint.id},
            external_url=data.url,
        )
        # sudo: only its own answer is made of it; the integration user reads no exceptions
        told = exception.sudo()
        return {
            "summary": self.env._(
                "Told as an exception: %(name)s (%(count)s times).",
                name=told.name,
                count=told.occurrence_count,
            ),
            "exception": told.id,
        }

    def _automation_reason(self, endpoint, data):
        """What failed where, and the other system's own words."""
        if data.step:
            failed = self.env._(
                "“%(automation)s” in “%(endpoint)s” failed at the step “%(step)s”: %(message)s",
                automation=data.automation,
                endpoint=endpoint.name,
                step=data.step,
                message=data.message,
            )
        else:
            failed = self.env._(
                "“%(automation)s” in “%(endpoint)s” failed: %(message)s",
                automation=data.automation,
                endpoint=endpoint.name,
                message=data.message,
            )
        if not data.execution:
            return failed
        return self.env._("%(failed)s (run %(run)s)", failed=failed, run=data.execution)
