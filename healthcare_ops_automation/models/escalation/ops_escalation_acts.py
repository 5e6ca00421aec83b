from dataclasses import dataclass, field
from datetime import timedelta

import pytz

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..authoring import fill_in


@dataclass
class Act:
    """What came of a step: done or left out, in words; whom it reached; whether repeating it
    makes no sense."""

    done: bool
    says: str
    whom: object
    is_last: bool = False


@dataclass
class Reached:
    """Whom a step reaches, and who was passed over, in words."""

    users: object
    note: str = field(default="")


class OpsEscalation(models.Model):
    """What the kinds of steps do. Each works on the record as the engine, in the transaction of
    its row in the log; what fails is rolled back with it.

    A pack that adds a kind to ``ops.escalation.step`` adds ``_act_<kind>`` here.
    """

    _inherit = "ops.escalation"

    def _act(self, step):
        """Do what the step says.

        :param step: :class:`~core.escalation.Step`
        :return: what came of it
        :raise UserError: when it cannot be done, in words
        :raise LockError: when somebody has the record in hand right now
        """
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(self.env._("The record does not exist any more."))
        # What it makes people receive leaves through the queue of e-mails, after the commit.
        record = record.with_context(mail_notify_force_send=False)
        self._see_who_has(record)
        return getattr(self, f"_act_{step.kind}")(record, step.settings)

    def _see_who_has(self, record):
        """Somebody else who was made responsible meanwhile has it in hand now."""
        responsible = self._people_responsible(record)[:1]
        if responsible != self.responsible_id:
            self.write({"responsible_id": responsible.id, "holder_id": responsible.id})

    def _people_responsible(self, record):
        """Hook: who has the record in hand, by default whom the policy's field names."""
        name = self.version_id.plan["responsible"]
        return record[name] if name and name in record._fields else self.env["res.users"]

    # -- notifying ------------------------------------------------------------------------

    def _act_activity(self, record, settings):
        reached = self._reach(settings)
        if not reached.users:
            return self._nobody(reached)
        self._schedule(record, reached.users, settings)
        says = self.env._("An activity was scheduled.")
        return Act(True, f"{says} {reached.note}".strip(), reached.users)

    def _act_message(self, record, settings):
        to_followers = settings["recipient"] == "followers"
        reached = Reached(self.env["res.users"]) if to_followers else self._reach(settings)
        if not reached.users and not to_followers:
            return self._nobody(reached)
        record.message_post(
            body=plaintext2html(fill_in(record, settings["text"], self._tz())),
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment" if to_followers else "mail.mt_note",
            partner_ids=reached.users.partner_id.ids,
        )
        says = self.env._("A message was posted.")
        return Act(True, f"{says} {reached.note}".strip(), reached.users)

    def _act_email(self, record, settings):
        template = self._needed("mail.template", settings["template"])
        values, reached = {}, Reached(self.env["res.users"])
        if settings["recipient"]:
            reached = self._reach(settings)
            if not reached.users:
                return self._nobody(reached)
            partners = [fields.Command.link(id_) for id_ in reached.users.partner_id.ids]
            values = {"recipient_ids": partners, "email_to": False}
        template = template.with_env(record.env)
        mail = self.env["mail.mail"].browse(template.send_mail(record.id, email_values=values))
        if not (mail.recipient_ids or mail.email_to or mail.email_cc):
            raise UserError(
                self.env._("The e-mail template “%s” names nobody to send to.", template.name)
            )
        says = self.env._("An e-mail is in the queue.")
        return Act(True, f"{says} {reached.note}".strip(), reached.users)

    def _schedule(self, record, users, settings):
        kind = self._needed("mail.activity.type", settings["activity_type"])
        summary = fill_in(record, settings["summary"], self._tz())
        text = fill_in(record, settings["text"], self._tz()) or self.reason or ""
        today = pytz.utc.localize(fields.Datetime.now()).astimezone(pytz.timezone(self._tz()))
        for user in users:
            record.activity_schedule(
                activity_type_id=kind.id,
                summary=summary or self.policy_id.name,
                note=plaintext2html(text),
                user_id=user.id,
                date_deadline=today.date() + timedelta(days=settings["days"]),
            )

    # -- whom -----------------------------------------------------------------------------

    def _reach(self, settings):
        """Whom a step means, without those who have no access to the record's place."""
        sites = self.env["ops.site"]
        chosen = {
            "responsible": lambda: self._people_responsible(self._record()),
            "manager": lambda: sites._ops_line_manager(self.holder_id, self.site_id),
            "site_manager": self._site_manager,
            "users": lambda: self.env["res.users"].browse(settings["users"]).exists(),
            "group": lambda: self._needed("res.groups", settings["group"]).all_user_ids,
        }[settings["recipient"]]()
        return self._within_reach(chosen.with_env(self.env))

    def _within_reach(self, users):
        # sudo: facts about people that decide whether they can do anything about the record
        users = users.sudo()
        site, company = self.site_id, self.company_id
        able = users.filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and (not site or not user.ops_site_ids or site in user.ops_scope_site_ids)
            )
        )
        note, passed_over = "", users - able
        if passed_over:
            note = self.env._(
                "Passed over, without access to the company or site: %s.",
                ", ".join(passed_over.mapped("name")),
            )
        return Reached(able, note)

    def _site_manager(self):
        site = self.site_id
        while site and not site.manager_id.active:
            site = site.parent_id
        return site.manager_id

    def _nobody(self, reached):
        says = self.env._("There is nobody to turn to.")
        return Act(False, f"{says} {reached.note}".strip(), reached.users)

    def _tz(self):
        return self.site_id.tz or self.company_id.resource_calendar_id.tz or "UTC"

    # -- changing the record --------------------------------------------------------------

    def _act_reassign(self, record, settings):
        reached = self._reach(settings)
        if not reached.users:
            return self._nobody(reached)
        user = reached.users[:1]
        if not self._give(record, user):
            says = self.env._("%s is responsible already.", user.name)
            return Act(False, says, user)
        says = self.env._("%s is responsible now.", user.name)
        return Act(True, f"{says} {reached.note}".strip(), user)

    def _give(self, record, user):
        """Make somebody responsible; False when they are."""
        name = self._field_of(record, self.version_id.plan["responsible"])
        if record[name] == user:
            return False
        # Whoever works on it right now is not waited for, nor overwritten.
        record.lock_for_update(allow_referencing=True)
        record.write({name: user.id})
        self.write({"responsible_id": user.id, "holder_id": user.id})
        return True

    def _act_priority(self, record, settings):
        name, value = self._field_of(record, settings["field"]), settings["value"]
        options = record._fields[name]
        rank = int
        if options.type == "selection":
            ranks = [key for key, _label in options._description_selection(self.env)]
            if value not in ranks:
                raise UserError(self.env._("The priority “%s” does not exist any more.", value))
            rank = (["", *ranks]).index
        nobody = self.env["res.users"]
        if rank(record[name] or ("" if rank is not int else 0)) >= rank(value):
            return Act(False, self.env._("It has this priority already."), nobody, is_last=True)
        record.lock_for_update(allow_referencing=True)
        record.write({name: value})
        return Act(True, self.env._("The priority was raised."), nobody)

    def _act_line(self, record, settings):
        """One level up from whoever has it in hand; nobody is met twice."""
        holder = self.holder_id
        reached = self._reach({"recipient": "manager"})
        above = reached.users[:1]
        went = self.went_through or []
        if not above or above.id in went:
            says = self.env._("Nobody stands above %s.", holder.name or self.env._("nobody"))
            return Act(False, f"{says} {reached.note}".strip(), self.env["res.users"], True)
        if settings["act"] == "reassign":
            self._give(record, above)
        else:
            self._schedule(record, above, settings)
        self.write({"holder_id": above.id, "went_through": [*went, *holder.ids, *above.ids]})
        return Act(True, self.env._("It is with %s now.", above.name), above)

    # -- acting elsewhere -----------------------------------------------------------------

    def _act_action(self, record, settings):
        action = self._needed("ir.actions.server", settings["action"])
        # That its author may run it was checked when the step was written; the engine may.
        action = action.with_context(
            active_model=record._name,
            active_id=record.id,
            active_ids=record.ids,
            allowed_company_ids=self.company_id.ids,
        )
        context = action._get_eval_context(action)
        action._run(context["record"], context)
        return Act(True, self.env._("“%s” was run.", action.name), self.env["res.users"])

    def _act_event(self, record, settings):
        event_type = self._needed("ops.event.type", settings["type"])
        nobody = self.env["res.users"]
        events = self.env["ops.event"]._emit_guarded(event_type.code, record, event_type._payload)
        if not events:
            return Act(False, self.env._("The event type is switched off."), nobody)
        if events.state == "invalid":
            says = self.env._("An event was kept as invalid: %s", events.invalid_reason)
            return Act(False, says, nobody)
        return Act(True, self.env._("An event was emitted."), nobody)

    def _act_exception(self, record, settings):
        category = self._needed("ops.exception.category", settings["category"])
        text = fill_in(record, settings["text"], self._tz())
        exception = self.env["ops.exception"]._raise_exception(
            category.code,
            text or self.reason or self.policy_id.name,
            record,
            severity=settings["severity"],
            cause_key=f"escalation:{self.policy_id.id}:{record._name},{record.id}",
            place=(self.company_id, self.site_id),
        )
        says = self.env._("“%s” waits for a person.", exception.name)
        return Act(True, says, exception.user_id)

    # -- what a step was told to use, and may be gone ---------------------------------------

    def _needed(self, model, record_id):
        found = self.env[model].browse(record_id or ()).exists()
        if not found:
            raise UserError(
                self.env._(
                    "What the step uses does not exist any more: %s.", self.env[model]._description
                )
            )
        return found

    def _field_of(self, record, name):
        if name not in record._fields:
            raise UserError(self.env._("The field “%s” does not exist any more.", name))
        return name
