from odoo.exceptions import AccessError
from odoo.tests import tagged

from .free import FreeRequestCase


@tagged("post_install", "-at_install")
class TestRequestForgery(FreeRequestCase):
    """What a client sends past the form gets it no further than the form."""

    def test_kind_that_is_about_other_records_now_says_so(self):
        self.arm()
        kind = self.make_kind("visit", has_subject="required", subject_model="res.partner")
        partner = self.asker.partner_id
        made = self.draft(
            category_id=kind.id,
            subject_id=partner.id,
            amount=0,
            properties={},
            document_ids=[],
        )
        kind.write({"subject_model": "ops.site", "subject_domain": "[('code', '!=', False)]"})
        with self.refused("is about records of another kind"):
            made.action_submit_for_approval()

    def test_answers_of_another_kind_and_blank_ones_are_refused_in_words(self):
        self.arm()
        answers = {self.maker.property_name: "Acme", self.budget.property_name: "Yes"}
        for value in ("many", [1], True):
            wrong = self.draft(properties={**answers, self.years.property_name: value})
            with self.refused("“Years”: give an answer of the kind that is asked for"):
                wrong.action_submit_for_approval()
        blank = self.draft(properties={**answers, self.maker.property_name: "  "})
        with self.refused("please give: “Maker”"):
            blank.action_submit_for_approval()

    def test_documents_are_not_moved_into_the_draft_of_somebody_else(self):
        own, theirs = self.draft(self.manager), self.draft()
        document = self.attached(own)
        with self.refused("", AccessError):
            document.request_id = theirs.with_user(self.manager).id

    def test_defaults_of_a_client_do_not_reach_what_runs_when_approved(self):
        self.kind.server_action_id = self.env["ir.actions.server"].create(
            {
                "name": "Make a partner",
                "model_id": self.env["ir.model"]._get_id("ops.request"),
                "state": "code",
                "code": "env['res.partner'].create({'name': 'T of ' + record.name})",
            }
        )
        self.arm()
        request = self.submitted()
        approval = self.approval_of(request).with_user(self.lead)
        approval.with_context(default_comment="Sent by a client").action_approve(
            version=approval.version
        )
        self.settle()
        self.assertEqual(request.state, "approved")
        made = self.env["res.partner"].search([("name", "=", f"T of {request.name}")])
        self.assertEqual(len(made), 1)
        self.assertNotIn("Sent by a client", str(made.comment))
