from dataclasses import dataclass

from odoo import models


@dataclass(frozen=True)
class LineSpec:
    """What of a document's lines is approved.

    ``identity``: fields any change of which is material. ``measured``: fields whose change is
    judged by the document's amount, within the tolerance of the policy.
    """

    identity: tuple
    measured: tuple = ()


class OpsApprovalMixin(models.AbstractModel):
    """A document that does not move on before it is approved.

    How to use it: an adapter inherits the mixin and declares by class attributes what the
    document's states, amount and content are; lines inherit ``ops.approval.line.mixin``. A policy
    that is published for the company arms the gate. The hooks take a recordset and answer with
    one value a record, in order, so that an adapter can work in bulk.
    """

    _name = "ops.approval.mixin"
    _description = "Document under Approval"

    # The field whose values the gate watches, and what its values mean.
    _approval_state_field = "state"
    # Entering any of these needs an approval.
    _approval_gated_states = ()
    # From these a document may be submitted.
    _approval_open_states = ("draft",)
    # Where submitting, sending back and rejecting put it; None: it stays where it is.
    _approval_submitted_state = None
    _approval_returned_state = None
    _approval_rejected_state = None
    # What is measured against the bands of the policy, in which currency, at which date.
    _approval_amount_field = None
    _approval_currency_field = "currency_id"
    _approval_date_field = None
    # What is approved: any change is material, or judged by the amount.
    _approval_identity_fields = ()
    _approval_measured_fields = ()
    # {one2many field: LineSpec}
    _approval_lines = {}
    # What an approver without a right on the document gets to read: no patient data, no notes.
    _approval_summary_fields = ()
    # The model of what ``_approval_categories`` answers; None: the document has no category.
    _approval_category_model = None
    # Whether categories are those of its parts; False: the document itself is of one category.
    _approval_category_by_part = True
    # Whether documents pass where no policy is in force; False: made to be approved, they wait.
    _approval_passes_unarmed = True

    # -- hooks for adapters ---------------------------------------------------------------------

    def _approval_categories(self):
        """The categories of each document: records of ``_approval_category_model``.

        One for each part of the document, an empty one for a part without category: a row by
        which nobody has to approve is only for documents *all* of whose parts are of its category,
        or one below it. A row that asks for approval is for documents with *any* such part.

        :return: a list of lists of records, one for each document, in order
        """
        return [[] for _document in self]

    def _approval_department(self):
        """The department each document is for: by default that of its requester's employee.

        :return: a list of ``hr.department``, one for each document, in order; may be empty
        """
        requesters = self._approval_requester()
        places = self._ops_place()
        # sudo: employees are readable to HR officers alone; what leaves is a department
        employees = self.env["hr.employee"].sudo()
        found = employees.search([("user_id", "in", [user.id for user in requesters])])
        by_user = {(each.user_id.id, each.company_id.id): each for each in found}
        return [
            by_user.get((user.id, company.id), employees.browse()).department_id
            for user, (company, _site) in zip(requesters, places, strict=True)
        ]

    def _approval_requester(self):
        """Who asks for the approval of each document: who submitted it; before that, whoever
        looks at it, because that person would.

        :return: a list of ``res.users``, one for each document, in order
        """
        live = self._approval_live()
        return [
            live[document.id].requester_id if document.id in live else self.env.user
            for document in self
        ]

    def _approval_duties(self):
        """Who may not approve each document, whatever the policy says, and why.

        :return: a list of ``{user id: reason in words}``, one for each document, in order
        """
        duties = []
        for document in self.sudo():  # sudo: who made and changed it, whoever asks
            whose = {document.approval_editor_id.id: self.env._("was the last to change it")}
            whose[document.create_uid.id] = self.env._("made it")
            whose.pop(False, None)
            duties.append(whose)
        return duties

    def _approval_check_submittable(self):
        """What keeps documents from being submitted, besides the policy.

        :return: ``{document id: reason in words}`` of those that cannot be submitted
        """
        return {}

    def _approval_submitted(self):
        """What submitting documents brings along, as the user who submits them."""

    def _approval_returned(self):
        """Move a document back to whoever submitted it, as the engine."""
        self._approval_to_state(self._approval_returned_state)

    def _approval_rejected(self):
        """Move a rejected document out of the way, as the engine."""
        self._approval_to_state(self._approval_rejected_state)

    def _approval_execute(self):
        """Do what was approved, as the user of these records: by default enter the gated state."""
        self.write({self._approval_state_field: self._approval_gated_states[0]})
