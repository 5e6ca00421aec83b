from functools import partial

from markupsafe import Markup

from odoo import api, models

from .ops_approval_request_stages import STAGE_OPENED

TOLD = "healthcare_ops_approvals.told"
NAMED_AT_MOST = 10
# Events that tell who is asked now.
WAITS = ("approval.request.submitted", "approval.request.reopened", STAGE_OPENED)


class OpsApprovalRequest(models.Model):
    """Telling people and systems, once a person and transaction.

    How it works: who is to be told is noted and looked at once before the commit, when it is
    certain what is still true. Messages leave through Odoo's queue of e-mails. They name documents
    and say nothing of what is in them.
    """

    _inherit = "ops.approval.request"

    def _emit(self, code):
        """Tell other systems, guarded: whatever is wrong with the event, the approval goes on."""
        if self:
            waits = code in WAITS
            self.env["ops.event"]._emit_guarded(code, self, lambda each: each._event_data(waits))

    def _event_data(self, waits):
        data = {
            "request": self.name,
            "document_model": self.res_model,
            "document_id": self.res_id,
            "document": self.res_name or "",
            "version": self.version,
            "round": self.round_number,
            "row": self.row_label or "",
            "requester": self.requester_id.id,
            "amount": self.amount,
            "currency": self.policy_currency_id.name,
        }
        if waits:
            stages = self._present_stages().filtered(lambda each: each.state == "open")
            data |= {"stages": stages.mapped("name"), "due_at": _moment(self.due_at)}
        return data

    def _log_state(self):
        """One note a document about how its request ended."""
        documents = self._documents()
        bodies = {}
        for request in self:
            if request.id in documents:
                bodies.setdefault(request.res_model, {})[request.res_id] = self.env._(
                    "Approval %(request)s: %(state)s.",
                    request=request.name,
                    state=request._state_in_words(),
                )
        for model_name, notes in bodies.items():
            # sudo: who decides need not be able to open the document
            self.env[model_name].sudo().browse(notes)._approval_log(notes)

    # -- people ---------------------------------------------------------------------------------

    def _tell_requester(self, comment=None):
        """Note that who submitted these gets to know how they ended."""
        told = self._told()["ended"]
        for request in self:
            if request._asker().id != self.env.uid:
                told[request.id] = comment or ""

    @api.model
    def _told(self):
        precommit = self.env.cr.precommit
        if TOLD not in precommit.data:
            precommit.data[TOLD] = {"opened": {}, "ended": {}}
            # sudo: the engine writes to people on behalf of whoever works
            engine = self.browse().sudo()._ops_engine()
            precommit.add(partial(engine._tell_noted))
        return precommit.data[TOLD]

    def _tell_noted(self):
        told = self.env.cr.precommit.data.pop(TOLD, None)
        if not told:
            return
        seats = self.env["ops.approval.assignment"].browse(told["opened"]).exists()
        seats.filtered(lambda each: each.state == "open")._tell_people()
        ended = self.browse(told["ended"]).exists()
        for asker, requests in ended.grouped(lambda each: each._asker()).items():
            requests._tell_end(asker, told["ended"])

    def _tell_end(self, requester, comments):
        env = self.env(context={"lang": requester.lang})
        lines = []
        for request in self.with_env(env)[:NAMED_AT_MOST]:
            line = Markup("<b>%s</b>: %s") % (request.res_name, request._state_in_words())
            comment = comments.get(request.id)
            lines.append(
                Markup("<p>%s. %s</p>") % (line, comment)
                if comment
                else Markup("<p>%s.</p>") % line
            )
        if len(self) == 1:
            subject = env._(
                "%(document)s: %(state)s",
                document=self.res_name,
                state=self.with_env(env)._state_in_words(),
            )
        else:
            subject = env._("%s approval requests were decided", len(self))
        self._notify(requester, subject, Markup().join(lines))

    def _notify(self, user, subject, body):
        """One message to one person, in the inbox or by e-mail as the person wants it."""
        if not user.partner_id or not user.active:
            return
        about = self if len(self) == 1 else self.env["mail.thread"]
        about.with_context(mail_notify_force_send=False, lang=user.lang).message_notify(
            partner_ids=user.partner_id.ids, subject=subject, body=body
        )


class OpsApprovalRequestStage(models.Model):
    _inherit = "ops.approval.request.stage"

    def _tell_opened(self):
        """Tell who is asked, start what escalates, emit: the stages were just opened."""
        requests = self.request_id
        requests._emit(STAGE_OPENED)
        seats = self.assignment_ids.filtered(lambda each: each.state == "open")
        requests._told()["opened"].update(dict.fromkeys(seats.ids))
        for policy_id, stages in self.grouped("escalation_policy_id").items():
            # sudo: what the policy says is started, whoever opens the stage
            policy = self.env["ops.escalation.policy"].sudo().browse(policy_id or []).exists()
            for stage in stages if policy else ():
                policy._start_guarded(
                    stage.request_id,
                    self.env._("Stage “%s” was opened.", stage.name),
                    cause_key=stage._cause_key(),
                )

    def _cause_key(self):
        return f"stage {self.id}"

    def _stop_escalations(self):
        for stage in self.filtered("escalation_policy_id"):
            self.env["ops.escalation"]._stop(
                stage.request_id,
                None,
                self.env._("Stage “%s” is closed.", stage.name),
                cause_key=stage._cause_key(),
            )


def _moment(value):
    return f"{value.isoformat()}Z" if value else None
