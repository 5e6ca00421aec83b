from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .free import FreeRequestCase


@tagged("post_install", "-at_install")
class TestRequestFiling(FreeRequestCase):
    """Filling in a request: what it asks for follows from its kind."""

    def test_a_request_has_a_number_and_is_of_who_asks_at_their_place(self):
        request = self.draft(site_id=False)
        self.assertRegex(request.name, r"^REQ/\d{4}/\d{5}$")
        self.assertEqual(request.requester_id, self.asker)
        self.assertEqual((request.state, request.department_id), ("draft", self.ward))
        self.assertNotIn("defibrillator", request.display_name)

    def test_the_site_is_where_the_person_works(self):
        values = self.values()
        del values["site_id"]
        requests = self.env["ops.request"].with_user(self.asker).with_company(self.company)
        self.assertEqual(requests.create(values).site_id, self.site)
        west = self.make_site("WEST")
        self.other.ops_site_ids = west
        requests = requests.with_user(self.other)
        self.assertEqual(requests.create(values).site_id, west)

    def test_the_form_asks_for_what_the_kind_asks_for(self):
        self.arm()
        requests = self.env["ops.request"].with_user(self.asker).with_company(self.company)
        form = Form(requests.with_context(default_category_id=self.kind.id))
        self.assertEqual((form.has_amount, form.has_person), ("required", "no"))
        self.assertEqual(len(form.document_ids), 2)
        form.title = "A defibrillator"
        request = form.save()
        names = request.document_ids.mapped("name")
        self.assertEqual(names, ["Quotation", "Calculation"])
        hints = request.question_hints
        self.assertTrue(hints[self.maker.property_name]["required"])
        self.assertFalse(hints[self.years.property_name]["required"])

    def test_what_is_missing_is_told_together_in_one_message(self):
        self.arm()
        request = self.draft(
            title=" ", description=False, amount=0, properties=False, document_ids=False
        )
        with self.assertRaises(UserError) as caught:
            request.action_submit_for_approval()
        message = str(caught.exception)
        for missing in ("What you ask for", "Reason", "Amount", "Maker", "Budget", "Quotation"):
            self.assertIn(missing, message)
        for optional in ("Years", "Calculation"):
            self.assertNotIn(optional, message)

    def test_an_empty_place_for_a_document_is_no_document(self):
        self.arm()
        request = self.draft(
            document_ids=[Command.create({"kind_id": self.quotation.id, "name": "Quotation"})]
        )
        with self.refused("Quotation"):
            request.action_submit_for_approval()
        place = request.document_ids.filtered(lambda each: each.kind_id == self.quotation)
        place.write({"file": self.document()["file"], "filename": "q.txt"})
        request.action_submit_for_approval()
        self.assertEqual(request.state, "submitted")

    def test_drafts_have_a_place_for_each_document_that_is_asked_for(self):
        request = self.draft(document_ids=False)
        self.assertEqual(request.document_ids.mapped("name"), ["Quotation", "Calculation"])
        self.kind.document_ids = [Command.create({"name": "Photograph", "sequence": 3})]
        self.assertEqual(request.document_ids[-1:].name, "Photograph")
        plain = self.make_kind("plain")
        request.write({"category_id": plain.id, "properties": False})
        self.assertFalse(request.document_ids)

    def test_zero_is_an_answer_and_an_unticked_box_is_none(self):
        self.arm()
        self.kind.question_ids = [
            Command.create({"name": "Spare parts", "kind": "integer", "required": True}),
            Command.create({"name": "Read the rules", "kind": "boolean", "required": True}),
        ]
        spare, rules = self.kind.question_ids[-2:]
        properties = {**self.values()["properties"], spare.property_name: 0}
        request = self.draft(properties={**properties, rules.property_name: False})
        with self.refused(r"please give: “Read the rules”\."):
            request.action_submit_for_approval()
        request.properties = {**properties, rules.property_name: True}
        request.action_submit_for_approval()
        answers = {row["label"]: row["value"] for row in request.answers}
        self.assertEqual((answers["Spare parts"], answers["Read the rules"]), ("0", "Yes"))

    def test_an_answer_that_is_none_of_the_choices_is_no_answer(self):
        self.arm()
        properties = {**self.values()["properties"], self.budget.property_name: "Perhaps"}
        request = self.draft(properties=properties)
        with self.refused("Budget"):
            request.action_submit_for_approval()

    def test_what_the_kind_does_not_ask_for_is_not_submitted(self):
        self.arm()
        plain = self.make_kind("plain")
        request = self.draft(category_id=plain.id, properties=False, document_ids=False)
        with self.refused("does not ask for: Amount"):
            request.action_submit_for_approval()
        request.amount = 0
        request.action_submit_for_approval()
        self.assertEqual(request.state, "submitted")

    def test_a_record_is_one_that_the_requester_may_read_and_the_kind_is_about(self):
        self.arm()
        firm = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        person = self.env["res.partner"].create({"name": "Mr Acme"})
        south = self.env["res.company"].create({"name": "Southside"})
        hidden = self.env["res.partner"].create(
            {"name": "Hidden", "is_company": True, "company_id": south.id}
        )
        kind = self.make_kind(
            "contract",
            has_subject="required",
            subject_model="res.partner",
            subject_domain="[('is_company', '=', True)]",
        )
        plain = {
            "category_id": kind.id,
            "amount": 0,
            "properties": False,
            "document_ids": False,
        }
        request = self.draft(**plain, subject_id=firm.id)
        self.assertEqual(request.subject_model, "res.partner")
        with self.refused("none of those", ValidationError):
            request.subject_id = person.id
        with self.refused("that you may read", ValidationError):
            request.subject_id = hidden.id
        with self.refused("that you may read", ValidationError):
            request.subject_id = 2**31 - 1
        request.action_submit_for_approval()
        self.assertEqual(request.subject_label, "Acme")
        told = {row["value"] for row in self.approval_of(request).summary}
        self.assertIn("Acme", told)
        with self.refused("About"):
            self.draft(**plain).action_submit_for_approval()

    def test_a_kind_is_asked_for_by_whom_and_where_it_is_for(self):
        group = self.env["res.groups"].create({"name": "Theatre staff"})
        west = self.make_site("WEST")
        for_group = self.make_kind("grouped", group_ids=[Command.set(group.ids)])
        for_site = self.make_kind("sited", site_ids=[Command.set(west.ids)])
        archived = self.make_kind("archived", active=False)
        plain = {"document_ids": False, "properties": False}
        with self.refused("not for you"):
            self.draft(**plain, category_id=for_group.id)
        with self.refused("at .*WEST.* only"):
            self.draft(**plain, category_id=for_site.id)
        with self.refused("any more"):
            self.draft(**plain, category_id=archived.id)
        self.asker.group_ids += group
        self.draft(**plain, category_id=for_group.id)
        ward = self.make_site("WEST-1", parent_id=west.id)
        request = self.draft(**plain, category_id=for_site.id, site_id=ward.id)
        with self.refused("at .*WEST.* only"):
            request.site_id = self.site

    def test_it_is_asked_again_whether_one_may_ask_when_it_is_submitted(self):
        self.arm()
        request = self.draft()
        self.kind.group_ids = self.env["res.groups"].create({"name": "Others"})
        with self.refused("not for you"):
            request.action_submit_for_approval()

    def test_a_copy_is_a_draft_of_who_copies_without_documents_and_approvals(self):
        self.arm()
        request = self.submitted()
        self.approve(request)
        action = request.with_user(self.asker).action_copy()
        copy = self.env["ops.request"].browse(action["res_id"])
        self.assertEqual((copy.state, copy.title, copy.amount), ("draft", request.title, 4200))
        self.assertEqual(copy.properties[self.maker.property_name], "Acme")
        self.assertNotEqual(copy.name, request.name)
        self.assertFalse(self.attached(copy) or copy.answers or copy.approval_request_id)
        self.assertEqual(copy.document_ids.kind_id, self.quotation | self.calculation)
        with self.refused("Quotation"):
            copy.with_user(self.asker).action_submit_for_approval()
        theirs = request.with_user(self.manager).copy()
        self.assertEqual(theirs.requester_id, self.manager)

    def test_drafts_are_deleted_and_what_was_submitted_is_given_up(self):
        self.arm()
        self.draft().unlink()
        request = self.submitted()
        with self.refused("", AccessError):
            request.unlink()
        with self.refused("Withdraw it"):
            request.action_cancel()
        self.approval_of(request).with_user(self.asker).action_withdraw()
        self.settle()
        self.assertEqual((request.state, request.standing), ("draft", "withdrawn"))
        with self.refused("was submitted"):
            request.unlink()
        with self.refused("Only who asks", AccessError):
            request.with_user(self.manager).action_cancel()
        request.action_cancel()
        self.assertEqual(request.state, "cancelled")
        with self.refused("already"):
            request.action_cancel()
        with self.refused("“Cancelled” and cannot be changed"):
            request.with_user(self.asker).action_submit_for_approval()

    def test_what_is_approved_can_be_given_up_and_its_approval_ends_with_it(self):
        self.arm()
        request = self.submitted()
        self.approve(request)
        request.with_user(self.manager).action_cancel()
        self.settle()
        self.assertEqual(request.state, "cancelled")
        self.assertEqual(self.approval_of(request).state, "closed")
