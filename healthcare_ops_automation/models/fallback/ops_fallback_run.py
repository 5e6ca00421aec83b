from odoo import api, fields, models
from odoo.exceptions import LockError, UserError


class OpsFallback(models.Model):
    """Starting and ending: what pauses the real thing and gives it back."""

    _inherit = "ops.fallback"

    # -- starting -------------------------------------------------------------------------

    @api.model
    def _start(self, subject, reason, user, expected_end=False, runbook=None, site=None):
        """Pause the subject and begin working by hand. Access is checked by who calls this.

        :param subject: an ``ops.automation`` or an ``ops.endpoint``
        :param str reason: why, in words
        :param user: who looks after it
        :param datetime expected_end: when it should be over (naive UTC), if anybody knows
        :param runbook: instead of the subject's
        :param site: where the work is done by hand, when it is one place
        :return: the fallback
        :raise UserError: when one is active already, or nothing can be held
        """
        # sudo: who calls has checked the role, company and sites for this subject
        subject = subject.sudo()
        if subject._name == "ops.endpoint":
            endpoint, automation = subject, subject.automation_ids[:1]
        else:
            endpoint, automation = subject.endpoint_id, subject
        self._check_may_begin(automation, endpoint)
        if endpoint:
            endpoint.action_pause()
        else:
            automation._pause()
        # The caller's context decides nothing about it, and makes nobody a follower.
        fallback = (
            self.sudo()
            ._ops_engine(mail_create_nosubscribe=True)
            .create(
                {
                    "name": subject.name,
                    "automation_id": automation.id,
                    "endpoint_id": endpoint.id,
                    "runbook_id": (runbook or subject.runbook_id or automation.runbook_id).id,
                    "company_id": subject.company_id.id,
                    "site_id": site.id if site else False,
                    "reason": reason,
                    "user_id": user.id,
                    "since": fields.Datetime.now(),
                    "started_by_id": self.env.uid,
                    "expected_end": expected_end,
                }
            )
        )
        details = {"reason": reason, "expected_end": expected_end, "looked_after_by": user.login}
        fallback = self.sudo().browse(fallback.id)
        fallback._tell(
            "fallback.started", self.env._("Manual fallback started: %s", reason), details
        )
        return fallback.with_env(self.env)

    def _check_may_begin(self, automation, endpoint):
        if automation:
            automation._lock()
        active = self.sudo().search_count(
            [
                ("state", "=", "active"),
                "|",
                ("automation_id", "in", automation.ids),
                ("endpoint_id", "in", endpoint.ids),
            ],
            limit=1,
        )
        if active:
            raise UserError(self.env._("A manual fallback is active here already."))
        if endpoint and (endpoint.state == "disabled" or not endpoint.active):
            raise UserError(
                self.env._(
                    "“%s” is disabled: it gets no events that could be held. Activate it first.",
                    endpoint.name,
                )
            )
        if not endpoint and not automation._carriers():
            raise UserError(
                self.env._("“%s” stands for nothing that could be paused.", automation.name)
            )

    # -- ending ---------------------------------------------------------------------------

    def _end(self, resume_with, reason):
        """Give back what was, and leave the catch-up list. Access is checked by who calls this.

        :param str resume_with: for an endpoint ``deliver`` or ``skip`` what was held; what was
            settled on the list as done by hand or not needed is skipped in any case
        :param str reason: why
        :raise UserError: when it has ended already
        """
        self.ensure_one()
        # sudo: as in _start
        fallback = self.sudo()
        fallback._lock()
        if fallback.state != "active":
            raise UserError(self.env._("“%s” has been ended already.", fallback.name))
        if not fallback.endpoint_id:
            resume_with = "resume"
        fallback.write(
            {
                "state": "catching_up",
                "until": fields.Datetime.now(),
                "ended_by_id": self.env.uid,
                "resumed_with": resume_with,
                "end_reason": reason,
            }
        )
        held = fallback._take_stock()
        skipped = fallback._skip_held(resume_with == "skip", reason)
        fallback._give_back()
        details = {"reason": reason, "with": resume_with, "held": held, "skipped": skipped}
        fallback._tell("fallback.ended", self.env._("Manual fallback ended: %s", reason), details)
        if not fallback._subject_runs():
            fallback.message_post(
                body=self.env._(
                    "What it stands in for does not run: it was off before and stays off, or "
                    "somebody disabled, archived or deleted it meanwhile."
                ),
                subtype_xmlid="mail.mt_note",
            )
        fallback._follow()

    def _give_back(self):
        """Let the automation or the endpoint run again as it did."""
        endpoint, automation = self.endpoint_id, self.automation_id
        if not endpoint:
            automation._resume()
            return
        # Somebody who disabled or archived it meanwhile wants it so.
        if endpoint.state == "paused" and endpoint.active:
            endpoint.action_activate()
        # It was paused by the fallback, even where it had been switched off before.
        automation._forget_switch()

    def _lock(self):
        self.env.flush_all()
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is changing “%s” right now. Look again.", self[:1].name)
            ) from error
        self.env.invalidate_all()

    def _close(self):
        """Nothing is left to do."""
        self.write({"state": "closed", "closed_at": fields.Datetime.now()})
        self.env["ops.audit.entry"]._record("fallback.closed", self)

    def _tell(self, action, text, details):
        """Write down who did what: in the audit trail, and on each page concerned."""
        self.env["ops.audit.entry"]._record(action, self, details)
        for record in (self, self.automation_id, self.endpoint_id):
            if record:
                record.message_post(body=text, subtype_xmlid="mail.mt_note")
