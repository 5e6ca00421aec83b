import json

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.gate.approval_required import ApprovalRequired
from .free import FreeRequestCase, encoded


@tagged("post_install", "-at_install")
class TestRequestGate(FreeRequestCase):
    """A request is approved by the people of the policy, as it was submitted, or not at all."""

    # -- without a policy ---------------------------------------------------------------------

    def test_without_a_policy_nothing_is_submitted_or_approved(self):
        request = self.draft()
        with self.refused("Nobody approves requests of the kind “Purchase” yet"):
            request.action_submit_for_approval()
        with self.refused("Nobody approves"):
            self.kind.with_user(self.asker).with_company(self.company).action_ask()
        for values in ({"state": "approved"}, {"state": "approved", "title": "Other"}):
            with self.refused("Nobody approves", ApprovalRequired):
                request.sudo().write(values)
        requests = self.env["ops.request"].with_user(self.asker).with_company(self.company)
        for state in ("approved", "submitted"):
            made = requests.with_context(default_state=state).create(self.values())
            self.assertEqual(made.state, "draft")

    def test_a_kind_that_no_row_is_about_is_refused_in_the_same_words(self):
        other = self.make_kind("other")
        self.arm([self.row(category_id=other.id)])
        self.assertEqual(self.kind.with_company(self.company).standing, "no_row")
        request = self.draft()
        with self.refused("Nobody approves requests of the kind “Purchase” yet"):
            request.action_submit_for_approval()

    def test_what_is_under_way_waits_when_the_policy_is_retired(self):
        policy = self.arm()
        request, approved = self.submitted(), self.submitted()
        self.approve(approved)
        policy.with_user(self.admin).action_ask_to_retire()
        policy.with_user(self.second_admin).action_retire()
        self.settle()
        with self.refused("waits for the approval of Lead", ApprovalRequired):
            request.sudo().state = "approved"
        self.approve(request)
        self.assertEqual(request.state, "approved")
        self.env.cr.execute("UPDATE ops_request SET title = 'x' WHERE id = %s", approved.ids)
        self.env.invalidate_all()
        with self.refused("Nobody approves", ApprovalRequired):
            approved.sudo()._approval_settle_now()

    # -- decided ------------------------------------------------------------------------------

    def test_the_last_approval_approves_it(self):
        self.arm([self.row(self.lead, self.second_lead)])
        request = self.submitted()
        self.assertEqual((request.state, request.standing), ("submitted", "pending"))
        self.assertEqual(request.asked_user_ids, self.lead | self.second_lead)
        self.assertTrue(request.asked_since and request.due_at)
        self.approve(request)
        self.assertEqual((request.state, request.standing), ("approved", "approved"))
        self.assertTrue(self.approval_of(request).executed_at)

    def test_who_decides_reads_what_was_said(self):
        self.arm()
        approval = self.approval_of(self.submitted())
        told = {row["label"]: row["value"] for row in approval.summary}
        self.assertEqual((told["Maker"], told["Budget"]), ("Acme", "Yes"))
        self.assertEqual(told["What you ask for"], "A defibrillator")
        self.assertIn("quotation.txt", told["Documents"])
        self.assertIn("4,200.00", told["Amount"])

    def test_a_rejected_request_stays_rejected(self):
        self.arm()
        request = self.submitted()
        approval = self.approval_of(request)
        approval.with_user(self.lead).action_reject("no_budget", "Not this year.", approval.version)
        self.settle()
        self.assertEqual((request.state, request.standing), ("rejected", "rejected"))
        with self.refused("“Rejected” and cannot be changed"):
            request.sudo().action_submit_for_approval()

    def test_what_is_sent_back_is_corrected_and_submitted_again(self):
        self.arm()
        request = self.submitted()
        approval = self.approval_of(request)
        approval.with_user(self.lead).action_return("Which model?", approval.version)
        self.settle()
        self.assertEqual((request.state, request.standing), ("draft", "returned"))
        waiting = self.env["ops.request"].with_user(self.asker)
        self.assertIn(request, waiting.search([("waits_for_requester", "=", True)]))
        work = self.env["res.users"].with_user(self.asker)._ops_my_work_sources()
        self.assertIn("requests", work)
        [item] = self.asker.with_user(self.asker)._ops_my_work_requests()
        self.assertEqual((item["res_id"], item["next_step"]), (request.id, "Correct"))
        self.assertFalse(self.other.with_user(self.other)._ops_my_work_requests())
        request.title = "A defibrillator, model B"
        request.action_submit_for_approval()
        self.settle()
        self.assertEqual(self.approval_of(request).round_number, 2)
        self.assertNotIn(request, waiting.search([("waits_for_requester", "=", True)]))

    def test_by_a_row_that_says_so_nobody_has_to_approve(self):
        self.arm([{"name": "Small", "amount_to": 500, "outcome": "none"}, self.row()])
        self.assertEqual(self.submitted(amount=499).state, "approved")
        self.assertEqual(self.submitted(amount=500).state, "submitted")

    def test_rows_may_be_about_a_kind_and_the_department_of_who_asks(self):
        self.arm(
            [
                self.row(self.second_lead, name="Care", department_id=self.division.id),
                self.row(name="Purchases", category_id=self.kind.id),
            ]
        )
        by_asker, by_other = self.submitted(), self.submitted(self.other)
        self.assertEqual(by_asker.asked_user_ids, self.second_lead)
        self.assertEqual(by_other.asked_user_ids, self.lead)
        row = self.env["ops.approval.row"].browse(self.approval_of(by_other).row_id)
        self.assertIn("only Purchase", row._in_words())

    def test_whom_it_is_for_does_not_approve_it(self):
        kind = self.make_kind("training", has_person="required")
        self.arm([self.row(self.lead, self.second_lead)])
        request = self.submitted(
            category_id=kind.id,
            person_id=self.employ(self.lead).id,
            amount=0,
            properties=False,
            document_ids=False,
        )
        self.assertEqual(request.asked_user_ids, self.second_lead)
        with self.refused("", AccessError):
            self.approve(request, self.lead)
        told = self.approval_of(request).stage_ids.excluded
        self.assertEqual(told[str(self.lead.id)], "is whom it is for")

    def test_who_asks_does_not_approve_it(self):
        self.arm([self.row(self.lead, self.second_lead)])
        request = self.submitted(self.lead)
        self.assertEqual(request.asked_user_ids, self.second_lead)

    # -- under way ----------------------------------------------------------------------------

    def test_what_was_submitted_is_changed_by_nobody(self):
        self.arm()
        request = self.submitted()
        changes = [
            {"title": "Two"},
            {"amount": 9000},
            {"description": "Because"},
            {"properties": {self.maker.property_name: "Other"}},
            {"category_id": self.make_kind("late").id},
            {"document_ids": [Command.clear()]},
            {"document_ids": [Command.create(self.document("x"))]},
        ]
        for values in changes:
            for who in (self.asker, self.manager, self.lead):
                with self.refused("Withdraw it"):
                    request.with_user(who).write(values)
            with self.refused("", AccessError):
                request.with_user(self.other).write(values)
            with self.refused("Withdraw it"):
                request.sudo().write(values)
        document = self.attached(request)
        for change in (
            lambda: document.sudo().write({"file": encoded("9,000")}),
            lambda: document.sudo().write({"filename": "other.txt"}),
            lambda: document.sudo().unlink(),
            lambda: document.sudo().create({**self.document(), "request_id": request.id}),
        ):
            with self.refused("Withdraw it"):
                change()
        self.approve(request)
        with self.refused("Make a copy"):
            request.sudo().title = "Two"

    def test_a_document_is_not_moved_into_what_was_submitted(self):
        self.arm()
        request, draft = self.submitted(), self.draft()
        with self.refused("Withdraw it"):
            self.attached(draft).sudo().request_id = request

    def test_a_file_exchanged_past_the_request_is_asked_anew(self):
        self.arm()
        request = self.submitted()
        stored = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "ops.request.document"),
                ("res_field", "=", "file"),
                ("res_id", "=", self.attached(request).id),
            ]
        )
        stored.sudo().raw = b"9,000 for one"
        self.settle()
        with self.refused("version 2"):
            self.approval_of(request).with_user(self.lead).action_approve(version=1)
        self.approval_of(request)._cron_check_contents()
        self.settle()
        self.assertEqual(self.approval_of(request).version, 2)

    def test_answers_changed_past_the_request_are_asked_anew(self):
        self.arm()
        request = self.submitted()
        stored = json.dumps({self.maker.property_name: "Other", self.budget.property_name: "Yes"})
        self.env.cr.execute(
            "UPDATE ops_request SET properties = %s WHERE id = %s", [stored, request.id]
        )
        self.env.invalidate_all()
        self.approval_of(request)._cron_check_contents()
        self.settle()
        self.assertEqual(self.approval_of(request).version, 2)

    def test_what_a_kind_asks_later_changes_nothing_that_was_submitted(self):
        self.arm()
        request = self.submitted()
        self.budget.name = "Planned"
        self.budget.choices = "Planned\nUnplanned"
        self.maker.active = False
        self.quotation.name = "Offer"
        self.kind.write({"has_amount": "no", "name": "Buying"})
        self.kind.question_ids = [Command.create({"name": "New", "required": True})]
        self.settle()
        self.approval_of(request)._cron_check_contents()
        self.settle()
        self.assertEqual(self.approval_of(request).version, 1)
        self.assertIn({"label": "Budget", "value": "Yes"}, request.answers)
        self.assertIn({"label": "Maker", "value": "Acme"}, request.answers)
        self.approve(request)
        self.assertEqual(request.state, "approved")

    # -- carrying out -------------------------------------------------------------------------

    def _action(self, code):
        return self.env["ir.actions.server"].create(
            {
                "name": "After approval",
                "model_id": self.env["ir.model"]._get_id("ops.request"),
                "state": "code",
                "code": code,
            }
        )

    def test_the_action_of_the_kind_runs_on_approval_with_the_rights_of_the_system(self):
        self.kind.server_action_id = self._action(
            "record.env['res.partner.category'].create({'name': record.name + record.state})"
        )
        self.arm()
        request = self.submitted()
        tags = self.env["res.partner.category"]
        name = f"{request.name}approved"
        self.assertFalse(tags.search([("name", "=", name)]))
        self.approve(request)
        self.assertTrue(tags.search([("name", "=", name)]))

    def test_when_the_action_fails_the_approval_stands_and_a_person_is_told(self):
        self.kind.server_action_id = self._action("raise UserError('The shop is closed')")
        self.arm()
        request = self.submitted()
        self.approve(request)
        approval = self.approval_of(request)
        self.assertEqual((approval.state, request.standing), ("approved", "stuck"))
        self.assertIn("The shop is closed", approval.execution_error)
        raised = self.env["ops.exception"].search(
            [("category_id.code", "=", "approval_not_carried_out"), ("res_id", "=", approval.id)]
        )
        self.assertEqual(len(raised), 1)
        with self.refused("Only who submitted", AccessError):
            request.with_user(self.lead).action_carry_out()
        self.kind.server_action_id = False
        request.with_user(self.asker).action_carry_out()
        self.settle()
        self.assertEqual(request.state, "approved")

    def test_confirming_may_be_left_to_a_person(self):
        self.arm(confirm_on_approval=False)
        request = self.submitted()
        self.approve(request)
        self.assertEqual((request.state, request.standing), ("submitted", "stuck"))
        request.with_user(self.manager).action_carry_out()
        self.assertEqual(request.state, "approved")
