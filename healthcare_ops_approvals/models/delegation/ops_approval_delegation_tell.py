from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from .ops_approval_delegation import ACTIVE, ENDED, PLANNED, REVOKED

CRON = "healthcare_ops_approvals.cron_delegations"
# So many are dealt with in one run; the rest follows at once.
BATCH = 100


class OpsApprovalDelegation(models.Model):
    """Telling whoever stands in what waits, when it begins, and taking that back when it is over.

    What somebody may decide follows from the clock alone. This only tells people.
    """

    _name = "ops.approval.delegation"
    _inherit = ["ops.approval.delegation", "ops.worker"]

    def _tell_made(self):
        """Tell both, and begin what begins now."""
        for delegation in self:
            for person in (delegation.delegate_id | delegation.user_id) - self.env.user:
                delegation._notify_made(person)
        in_force = self.filtered(lambda each: each.state == ACTIVE)
        in_force._begin()
        # sudo: the engine's own scheduled action
        cron = self.env.ref(CRON, raise_if_not_found=False)
        moments = [*(self - in_force).mapped("date_from"), *self.mapped("date_to")]
        if cron and moments:
            cron.sudo()._trigger(at=moments)

    def _notify_made(self, person):
        env = self.env(context={"lang": person.lang, "tz": person.tz})
        delegation = self.with_env(env).sudo()  # sudo: it is about this person
        facts = {
            "delegate": delegation.delegate_id.name,
            "person": delegation.user_id.name,
            "since": delegation._moment(delegation.date_from),
            "until": delegation._moment(delegation.date_to),
            "scope": delegation._scope_in_words(),
        }
        if person == self.delegate_id:
            subject = env._("You stand in for %s", facts["person"])
        else:
            subject = env._("%s stands in for you", facts["delegate"])
        body = env._(
            "%(delegate)s stands in for %(person)s, from %(since)s until %(until)s. It is about: "
            "%(scope)s.",
            **facts,
        )
        delegation._notify(person, subject, Markup("<p>%s</p>") % body)

    def _tell_ended(self):
        """It was ended early: tell both, and take back what whoever stood in was told."""
        for delegation in self:
            for person in (delegation.delegate_id | delegation.user_id) - self.env.user:
                env = self.env(context={"lang": person.lang})
                subject = env._("Ended: %s", delegation.with_env(env).sudo().display_name)
                words = env._("What waits is decided by the person who is asked again.")
                delegation._notify(person, subject, Markup("<p>%s</p>") % words)
        self._over()

    def _notify(self, person, subject, body):
        if person.partner_id and person.active:
            # sudo: whoever is told is concerned
            about = self.sudo().with_context(mail_notify_force_send=False, lang=person.lang)
            about.message_notify(partner_ids=person.partner_id.ids, subject=subject, body=body)

    @api.model
    def _cron_delegations(self):
        """Begin what has begun, and end what is over."""
        self = self.sudo()._ops_engine()
        begins = [("state", "=", ACTIVE), ("begun_at", "=", False)]
        over = [("state", "in", (ENDED, REVOKED)), ("over_at", "=", False)]
        found = self.search(over, limit=BATCH) | self.search(begins, limit=BATCH)
        for delegation in found:
            self._despite_conflicts(delegation._begin_or_end, 1)
        if len(found) >= BATCH:
            self.env.ref(CRON)._trigger()

    def _begin_or_end(self):
        self.invalidate_recordset()
        if self.state == ACTIVE:
            self._begin()
        elif self.state != PLANNED:
            self._over()

    def _begin(self):
        """Tell whoever stands in what waits now."""
        for delegation in self.sudo()._ops_engine():
            seats = delegation._seats_now()
            delegation._mark({"begun_at": fields.Datetime.now()})
            delegation._note_counted()
            seats._tell({delegation.delegate_id: seats._untold(delegation.delegate_id)})

    def _note_counted(self):
        """Have the web client of whoever stands in count again, after the commit."""
        told = self.env["ops.approval.request"]._told()
        told["counted"].update(dict.fromkeys(self.delegate_id.ids))

    def _seats_now(self):
        """The seats of this person in which the delegate may decide now."""
        seats = self.env["ops.approval.assignment"]
        theirs = Domain("user_id", "=", self.user_id.id)
        return seats.search(seats._domain_for(self.delegate_id) & theirs)

    def _over(self):
        """Take back the activities of whoever stood in, where nothing else gives them to them."""
        seats = self.env["ops.approval.assignment"].sudo()
        for delegation in self.sudo()._ops_engine():
            delegate = delegation.delegate_id
            asked = seats.search(
                Domain("user_id", "=", delegation.user_id.id) & Domain("state", "=", "open")
            ).request_id
            still = seats.search(
                seats._domain_for(delegate) & Domain("request_id", "in", asked.ids)
            ).request_id
            (asked - still)._activities_of(delegate).unlink()
            delegation._mark({"over_at": fields.Datetime.now()})
            delegation._note_counted()
