from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..gate.ops_approval_mixin_view import PANEL
from ..request.ops_approval_request_end import MANAGERS
from .ops_request import APPROVED, CANCELLED, DRAFT, REJECTED, SUBMITTED


class OpsRequest(models.Model):
    """A request under approval: submitted, decided, carried out."""

    _inherit = "ops.request"

    _approval_gated_states = (APPROVED,)
    _approval_open_states = (DRAFT,)
    _approval_submitted_state = SUBMITTED
    _approval_returned_state = DRAFT
    _approval_rejected_state = REJECTED
    # Being approved is all there is to it: without a policy nobody has approved it.
    _approval_passes_unarmed = False

    def action_submit_for_approval(self):
        self.check_access("read")  # before anything is said about it
        for request in self:
            if request.state != DRAFT:
                raise UserError(request._unchangeable_in_words())
        return super().action_submit_for_approval()

    def _approval_submit(self):
        self._take_department()
        return super()._approval_submit()

    def _approval_submitted(self):
        # sudo: what is taken down nobody writes; it was checked that these may be submitted
        self.sudo()._keep_what_was_said()

    def _approval_unarmed_in_words(self):
        return self.sudo().category_id._closed_in_words()  # sudo: the kind is named

    def _approval_missing(self, version, route):
        if route.outcome == "no_match" and self._is_without_row():
            return self._approval_unarmed_in_words()
        return super()._approval_missing(version, route)

    def _is_without_row(self):
        return self.sudo().with_company(self.company_id).category_id.standing != "open"

    def _approval_duties(self):
        duties = super()._approval_duties()
        for request, whose in zip(self.sudo(), duties, strict=True):  # sudo: who it is for
            person = request.person_id.user_id
            if person:
                whose.setdefault(person.id, self.env._("is whom it is for"))
            whose.setdefault(request.requester_id.id, self.env._("asks for it"))
        return duties

    @api.model
    def _ops_form_widgets(self):
        # The form has the panel where it is read: below a draft, above what was submitted.
        return tuple(widget for widget in super()._ops_form_widgets() if widget != PANEL)

    def _approval_may_submit(self, request, armed):
        return []  # the form has the button: a request is filled in and submitted in one go

    # -- carrying out ---------------------------------------------------------------------------

    def _approval_execute(self):
        """Move on to approved, and do what an administrator chose for this kind."""
        for request in self:
            # sudo: the approval lets it pass, not a right of who asked; the gate judges it
            done = request.sudo()
            done._approval_to_state(APPROVED)
            done._run_server_action()

    def _run_server_action(self):
        """As automation rules run theirs: with the rights of the system, on this record.

        What it raises undoes both; the approval stands, and a person is told.
        """
        self.ensure_one()
        action = self.category_id.server_action_id
        if action:
            action.with_context(
                active_model=self._name, active_id=self.id, active_ids=self.ids
            ).run()

    # -- what people do -------------------------------------------------------------------------

    def action_carry_out(self):
        """Carry out what is approved and was not: whoever asked, or a manager."""
        self.ensure_one()
        self.check_access("read")
        request = self._approval_latest().get(self.id)
        if not request:
            raise UserError(self.env._("“%s” was never submitted.", self.display_name))
        return request.with_user(self.env.user).action_carry_out()

    def action_cancel(self):
        """Give it up: a draft by who asks; what is approved also by a manager."""
        for request in self:
            request.check_access("read")
            request._check_may_cancel()
            # sudo: nobody writes the status; who may give it up was checked
            request.sudo().write({"state": CANCELLED})
            request.sudo()._message_log(body=self.env._("Given up by %s.", self.env.user.name))
        return True

    def _check_may_cancel(self):
        own = self.is_mine
        manages = any(self.env.user.has_group(group) for group in MANAGERS)
        if not own and not (manages and self.state == APPROVED):
            raise AccessError(
                self.env._("Only who asks gives a request up; managers, what is approved.")
            )
        if self.state == SUBMITTED:
            raise UserError(
                self.env._("“%s” is submitted. Withdraw it, then give it up.", self.display_name)
            )
        if self.state not in (DRAFT, APPROVED):
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(request)s” is “%(state)s” already.",
                    request=self.display_name,
                    state=states[self.state],
                )
            )

    def action_copy(self):
        """Ask for the same again: a draft without documents and approvals, which is opened."""
        self.ensure_one()
        self.check_access("read")
        return self.copy()._get_records_action()
