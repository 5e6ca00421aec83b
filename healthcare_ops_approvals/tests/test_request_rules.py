from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .free import FreeRequestCase


@tagged("post_install", "-at_install")
class TestRequestRules(FreeRequestCase):
    """Who reads requests and their documents, and who works on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()

    def readers(self, record):
        """Which of the people may read a record, by list and by number."""
        people = {
            "asker": self.asker,
            "other": self.other,
            "lead": self.lead,
            "second_lead": self.second_lead,
            "manager": self.manager,
            "admin": self.admin,
            "auditor": self.auditor,
        }
        found = set()
        for name, user in people.items():
            theirs = record.with_user(user).with_company(self.company)
            listed = theirs.search([("id", "in", record.ids)]) == record
            self.assertEqual(theirs.has_access("read"), listed, name)
            if listed:
                found.add(name)
        return found

    def test_a_draft_is_of_who_asks_and_of_who_looks_after_the_place(self):
        over = {"asker", "manager", "admin", "auditor"}
        request = self.draft()
        self.assertEqual(self.readers(request), over)
        self.assertEqual(self.readers(self.attached(request)), over)

    def test_what_is_submitted_is_read_by_who_is_asked_and_not_by_other_approvers(self):
        request = self.submitted()
        reading = {"asker", "lead", "manager", "admin", "auditor"}
        self.assertEqual(self.readers(request), reading)
        self.assertEqual(self.readers(self.attached(request)), reading)
        file = self.attached(request).with_user(self.lead).read(["file"])
        self.assertTrue(file[0]["file"])
        with self.refused("", AccessError):
            self.attached(request).with_user(self.second_lead).read(["file"])

    def test_files_are_read_and_changed_by_nobody_else(self):
        request = self.submitted()
        stored = self.env["ir.attachment"].search(
            [("res_model", "=", "ops.request.document"), ("res_field", "=", "file")],
            order="id desc",
            limit=1,
        )
        self.assertTrue(stored.with_user(self.lead).raw)
        for user in (self.other, self.second_lead):
            with self.refused("", AccessError):
                stored.with_user(user).read(["raw"])
        for user in (self.asker, self.lead, self.manager, self.admin):
            with self.refused("", AccessError):
                stored.with_user(user).raw = b"other"
            with self.refused("", AccessError):
                stored.with_user(user).unlink()
            with self.refused("", AccessError):
                stored.with_user(user).create(
                    {
                        "name": "file",
                        "raw": b"other",
                        "res_model": "ops.request.document",
                        "res_id": self.attached(request).id,
                        "res_field": "file",
                    }
                )

    def test_nobody_works_on_the_draft_of_somebody_else(self):
        request = self.draft()
        for user in (self.other, self.lead, self.manager, self.admin, self.auditor):
            for change in (
                lambda user=user: request.with_user(user).write({"title": "Mine"}),
                lambda user=user: request.with_user(user).unlink(),
                lambda user=user: request.with_user(user).action_submit_for_approval(),
                lambda user=user: self.attached(request).with_user(user).write({"name": "Mine"}),
            ):
                with self.refused("", AccessError):
                    change()

    def test_nobody_files_in_the_name_of_somebody_else(self):
        with self.refused("cannot be written"):
            self.draft(requester_id=self.other.id)
        request = self.draft()
        for name, value in (
            ("requester_id", self.other.id),
            ("state", "submitted"),
            ("name", "REQ/1"),
            ("department_id", self.division.id),
            ("subject_model", "res.users"),
            ("answers", [{"label": "a", "value": "b"}]),
            ("approval_editor_id", self.other.id),
        ):
            with self.refused("cannot be written"):
                request.write({name: value})

    def test_requests_of_other_sites_and_companies_stay_hidden(self):
        west = self.make_site("WEST")
        request = self.submitted()
        for user in (self.manager, self.admin, self.auditor):
            user.ops_site_ids = west
        self.assertEqual(self.readers(request), {"asker", "lead"})
        self.assertEqual(self.readers(self.attached(request)), {"asker", "lead"})
        for user in (self.manager, self.admin, self.auditor):
            user.ops_site_ids = west | self.site
        self.assertEqual(self.readers(request), {"asker", "lead", "manager", "admin", "auditor"})
        south = self.env["res.company"].create({"name": "Southside"})
        self.manager.write(
            {
                "ops_site_ids": [Command.clear()],
                "company_ids": [Command.set(south.ids)],
                "company_id": south.id,
            }
        )
        hidden = self.env["ops.request"].with_user(self.manager)
        self.assertFalse(hidden.search([("id", "=", request.id)]))

    def test_a_kind_for_a_group_is_in_the_catalogue_of_that_group_only(self):
        group = self.env["res.groups"].create({"name": "Theatre staff"})
        west = self.make_site("WEST")
        for_group = self.make_kind("grouped", group_ids=[Command.set(group.ids)])
        for_west = self.make_kind("sited", site_ids=[Command.set(west.ids)])
        kinds = self.env["ops.request.category"]

        def sees(user):
            wanted = [("id", "in", (for_group | for_west).ids)]
            return kinds.with_user(user).with_company(self.company).search(wanted)

        self.assertEqual(sees(self.asker), for_west)
        self.asker.ops_site_ids = self.site
        self.assertFalse(sees(self.asker))
        self.asker.ops_site_ids = west
        self.asker.group_ids += group
        self.assertEqual(sees(self.asker), for_group | for_west)
        self.assertEqual(sees(self.admin), for_group | for_west)

    def test_who_is_asked_reads_a_request_of_a_kind_not_for_them(self):
        self.kind.group_ids = self.env.ref("hr.group_hr_user")
        self.asker.group_ids += self.env.ref("hr.group_hr_user")
        request = self.submitted()
        self.assertFalse(self.kind.with_user(self.lead).has_access("read"))
        [told] = request.with_user(self.lead).web_read(
            {
                "display_name": {},
                "category_id": {"fields": {"display_name": {}}},
                "has_amount": {},
                "category_help": {},
                "properties": {},
                "document_ids": {"fields": {"name": {}, "required": {}, "size": {}}},
            }
        )
        self.assertEqual(told["category_id"]["display_name"], "Purchase")
        self.assertEqual(len(told["properties"]), 3)

    def test_the_record_it_is_about_is_named_to_who_may_not_open_it(self):
        kind = self.make_kind("site", has_subject="required", subject_model="ops.site")
        request = self.submitted(
            category_id=kind.id,
            subject_id=self.site.id,
            amount=0,
            properties=False,
            document_ids=False,
        )
        told = request.with_user(self.auditor).web_read(
            {"subject_label": {}, "subject_id": {"fields": {"display_name": {}}}}
        )
        self.assertIn("NORTH", told[0]["subject_label"])

    def test_who_takes_a_request_over_goes_on_with_it(self):
        request = self.submitted()
        self.approval_of(request)._keep({"handler_id": self.other.id})
        self.settle()
        self.approval_of(request).with_user(self.other).action_withdraw()
        self.settle()
        theirs = request.with_user(self.other).with_company(self.company)
        mine = theirs.search([("is_mine", "=", True)])
        self.assertEqual((mine, theirs.is_mine), (request, True))
        theirs.title = "A defibrillator, model B"
        self.attached(theirs).filename = "offer.txt"
        theirs.action_submit_for_approval()
        self.settle()
        self.assertEqual(self.approval_of(request).requester_id, self.other)
        self.approval_of(request).with_user(self.other).action_withdraw()
        self.settle()
        theirs.title = "Model C"
        self.assertEqual(request.requester_id, self.asker)

    def test_who_stands_in_for_who_is_asked_reads_it_as_long_as_that_lasts(self):
        request = self.submitted()
        now = fields.Datetime.now()
        delegation = (
            self.env["ops.approval.delegation"]
            .with_user(self.lead)
            .create(
                {
                    "user_id": self.lead.id,
                    "delegate_id": self.second_lead.id,
                    "date_from": now,
                    "date_to": now + timedelta(days=5),
                }
            )
        )
        self.settle()
        self.assertIn("second_lead", self.readers(request))
        self.assertIn("second_lead", self.readers(self.attached(request)))
        with freeze_time(delegation.date_to + timedelta(minutes=1)):
            self.env.invalidate_all()
            self.assertNotIn("second_lead", self.readers(request))
            self.assertNotIn("second_lead", self.readers(self.attached(request)))
