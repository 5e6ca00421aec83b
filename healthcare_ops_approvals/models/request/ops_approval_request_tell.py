from collections import Counter
from functools import partial

from markupsafe import Markup

from odoo import api, models

from .ops_approval_request_stages import STAGE_OPENED

TOLD = "healthcare_ops_approvals.told"
# Over the bus, to web clients that show how much waits.
COUNTED = "healthcare_ops_approvals/counted"
NAMED_AT_MOST = 10
# Events that tell who is asked now.
WAITS = (
    "approval.request.submitted",
    "approval.request.reopened",
    "approval.request.asked",
    "approval.request.answered",
    "approval.request.reworked",
    STAGE_OPENED,
)


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
            data |= {"stages": stages.mapped("name"), "due_at": moment(self.due_at)}
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
            kinds = ("opened", "ended", "asked", "answered", "counted")
            precommit.data[TOLD] = {kind: {} for kind in kinds}
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
        self._tell_questions(told["asked"], told["answered"])
        for user in self.env["res.users"].browse(told["counted"]).exists():
            user._bus_send(COUNTED, {})
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

    @api.model
    def _add_activities(self, kind, rows):
        """Activities with one INSERT; Odoo's own way subscribes and writes to each person for each
        activity.

        :param str kind: external id of their type
        :param list rows: (request, user, summary, deadline) of each
        """
        kind = self.env.ref(kind, raise_if_not_found=False)
        if not kind or not rows:
            return
        model_id = self.env["ir.model"]._get_id("ops.approval.request")
        # sudo: the engine's own activities
        activities = self.env["mail.activity"].sudo()
        models.BaseModel.create(
            activities,
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": request.id,
                    "user_id": user.id,
                    "summary": summary,
                    "date_deadline": deadline,
                    "automated": True,
                }
                for request, user, summary, deadline in rows
            ],
        )
        counts = Counter(user for _request, user, _summary, _deadline in rows)
        for user, count in counts.items():
            user._bus_send("mail.activity/updated", {"activity_created": True, "count_diff": count})

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
        seats._note_counted()
        self._start_escalations(lambda stage: self.env._("Stage “%s” was opened.", stage.name))

    def _start_escalations(self, reason):
        """Start what the policy says about stages that wait.

        :param reason: says of a stage why
        """
        for policy_id, stages in self.grouped("escalation_policy_id").items():
            # sudo: what the policy says is started, whoever opens the stage
            policy = self.env["ops.escalation.policy"].sudo().browse(policy_id or []).exists()
            for stage in stages if policy else ():
                policy._start_guarded(
                    stage.request_id,
                    reason(stage),
                    cause_key=stage._cause_key(),
                    due_base=(stage.escalates_from_due and stage.due_at) or None,
                )

    def _cause_key(self):
        return f"stage {self.id}"

    def _stop_escalations(self, reason=None):
        for stage in self.filtered("escalation_policy_id"):
            self.env["ops.escalation"]._stop(
                stage.request_id,
                None,
                reason or self.env._("Stage “%s” is closed.", stage.name),
                cause_key=stage._cause_key(),
            )


def moment(value):
    """A moment (naive UTC) as events tell it."""
    return f"{value.isoformat()}Z" if value else None
