from odoo import models

from odoo.addons.healthcare_ops_automation.models.authoring import fill_in
from odoo.addons.healthcare_ops_automation.models.escalation.ops_escalation_acts import Act

from ..policy.pools import Eligible
from .ops_escalation_policy import REQUEST


class OpsEscalation(models.Model):
    """What steps about approval requests do: to the stage whose opening started the escalation, or
    to all that are open when something else did.

    Who has a request in hand are those who are asked. Whoever is asked more, or instead, is looked
    at as when the request was planned; the history says which policy asked for it.
    """

    _inherit = "ops.escalation"

    def _act_approval_remind(self, record, settings):
        seats = self._seats_asked(record)
        if not seats:
            return self._nobody_asked()
        told = seats._remind(lambda request: fill_in(request, settings["text"], self._tz()))
        return Act(True, self.env._("A reminder was sent."), told)

    def _act_approval_add(self, record, settings):
        stages, eligible = self._stages_asked(record), Eligible(self.env)
        if not stages:
            return self._nobody_asked()
        one = settings["recipient"] in ("manager", "site_manager")
        asked, says = self.env["res.users"], []
        for stage in stages:
            candidates = self._candidates(stage, stage._open_seats().user_id, settings, eligible)
            added = stage._add_first(candidates, self._why(), 1 if one else None, eligible)
            asked |= added
            if added:
                says.append(stage._said_in_words())
        if asked:
            return Act(True, " ".join(says), asked)
        # Who is asked already, or may not be, will not be next time either.
        return Act(False, self.env._("There is nobody else who could be asked."), asked, True)

    def _act_approval_replace(self, record, settings):
        seats, eligible = self._seats_asked(record), Eligible(self.env)
        if not seats:
            return self._nobody_asked()
        asked, left = self.env["res.users"], self.env["res.users"]
        for seat in seats:
            stage = seat.request_stage_id
            candidates = self._candidates(stage, seat.user_id, settings, eligible)
            user = stage._first_askable(candidates, eligible, seat=seat)
            if user:
                stage._replace_seat(seat, user, self._why())
                asked |= user
            else:
                left |= seat.user_id
        if not asked:
            says = self.env._("There is nobody who could be asked instead.")
            return Act(False, says, asked, True)
        says = self.env._("Somebody else is asked now.")
        if left:
            names = ", ".join(left.mapped("name"))
            says += " " + self.env._("Nobody could be found instead of %s.", names)
        return Act(True, says, asked)

    # -- whom -----------------------------------------------------------------------------------

    def _candidates(self, stage, asked, settings, eligible):
        """Whom a step means, in the order in which they are tried.

        :param asked: those who are asked now, above whom is looked
        """
        recipient, people = settings["recipient"], self.env["res.users"].sudo()
        if recipient == "users":
            return people.browse(settings["users"]).exists()
        if recipient == "group":
            return eligible.in_group(self._needed("res.groups", settings["group"]))
        if recipient == "site_manager":
            return eligible.site_managers(stage.request_id.site_id)
        # Those next above come before those further up.
        lines = [eligible.line_above(user, stage.request_id.site_id) for user in asked]
        longest = max(map(len, lines), default=0)
        found = [line[level].id for level in range(longest) for line in lines if level < len(line)]
        return people.browse(dict.fromkeys(found)) - asked

    def _stages_asked(self, record):
        """The open stages that the escalation is about, as the engine works with them."""
        stages = record._present_stages().filtered(lambda each: each.state == "open")
        if self.cause_key.startswith("stage "):
            return stages.filtered(lambda each: each._cause_key() == self.cause_key)
        return stages

    def _seats_asked(self, record):
        seats = self._stages_asked(record).assignment_ids
        return seats.filtered(lambda each: each.state == "open")

    def _nobody_asked(self):
        nobody = self.env["res.users"]
        return Act(False, self.env._("Nobody is asked right now."), nobody)

    def _why(self):
        return self.env._("Escalation “%s”", self.policy_id.name)

    def _people_responsible(self, record):
        if record._name == REQUEST:
            return self._seats_asked(record).user_id
        return super()._people_responsible(record)

    def _within_reach(self, users):
        """Of requests, only who may read them is told."""
        reached = super()._within_reach(users)
        if self.res_model != REQUEST:
            return reached
        request = self._record()
        companies = {"allowed_company_ids": self.company_id.ids}
        readers = reached.users.filtered(
            lambda user: request.with_context(**companies).with_user(user).has_access("read")
        )
        passed_over = reached.users - readers
        if passed_over:
            names = ", ".join(passed_over.mapped("name"))
            note = self.env._("Passed over, because they may not read the request: %s.", names)
            reached.note = f"{reached.note} {note}".strip()
        reached.users = readers
        return reached
