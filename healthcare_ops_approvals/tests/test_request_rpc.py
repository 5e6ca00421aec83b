"""Requests over Odoo's HTTP API: what people may not do in the pages, they may not do past them."""

import datetime
import json
from contextlib import nullcontext

from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .free import FreeRequestCase, encoded

REQUEST, DOCUMENT = "ops.request", "ops.request.document"
# What a refused call must leave as it was: every row of these, to the last column.
WATCHED = (
    "ops_request",
    "ops_request_document",
    "ops_request_category",
    "ops_request_category_question",
    "ops_approval_request",
    "ops_approval_assignment",
    "ops_approval_decision",
    "ir_attachment",
)


@tagged("post_install", "-at_install")
class TestRequestRpc(FreeRequestCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.arm()
        cls.west = cls.make_site("WEST")

    def setUp(self):
        super().setUp()
        self.keys = {}

    # -- calls --------------------------------------------------------------------------------

    def key(self, user):
        if user.id not in self.keys:
            tomorrow = datetime.datetime.now() + datetime.timedelta(days=0.5)
            keys = self.env["res.users.apikeys"].with_user(user)
            self.keys[user.id] = keys._generate(None, "test", tomorrow)
        return self.keys[user.id]

    def post(self, user, model, method, ids=None, **arguments):
        self.settle()
        body = {**arguments, **({} if ids is None else {"ids": ids})}
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(body, default=str),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.key(user)}",
            },
        )
        self.env.invalidate_all()
        return response.status_code, response.json()

    def call(self, user, model, method, ids=None, **arguments):
        status, answer = self.post(user, model, method, ids, **arguments)
        self.assertEqual(status, 200, answer)
        return answer

    def refused_call(self, user, model, method, ids=None, saying=".", logged=True, **arguments):
        """The call is the caller's mistake, says why, and changes nothing."""
        self.settle()
        before = self.everything()
        with claim_log("odoo.http", "WARNING", "", 1) if logged else nullcontext():
            status, answer = self.post(user, model, method, ids, **arguments)
            what = f"{model}.{method} by {user.login}: {status} {answer}"[:1500]
            self.assertIsInstance(answer, dict, what)
            self.assertTrue(400 <= status < 500, what)
            self.assertRegex(answer["message"], saying, what)
        self.assertEqual(self.everything(), before, f"changed nevertheless by {what}")

    def everything(self):
        self.env.flush_all()
        rows = {}
        for table in WATCHED:
            self.env.cr.execute(SQL("SELECT * FROM %s ORDER BY id", SQL.identifier(table)))
            rows[table] = self.env.cr.dictfetchall()
        return rows

    # -- what works ---------------------------------------------------------------------------

    def test_a_request_is_filed_submitted_and_withdrawn_by_its_requester(self):
        [id_] = self.call(self.asker, REQUEST, "create", vals_list=[self.values()])
        self.call(self.asker, REQUEST, "action_submit_for_approval", [id_])
        [told] = self.call(
            self.asker, REQUEST, "read", [id_], fields=["state", "standing", "asked_user_ids"]
        )
        self.assertEqual((told["state"], told["standing"]), ("submitted", "pending"))
        self.assertEqual(told["asked_user_ids"], self.lead.ids)
        request = self.env[REQUEST].browse(id_)
        approval = self.approval_of(request)
        self.call(self.asker, approval._name, "action_withdraw", approval.ids)
        self.assertEqual(request.state, "draft")

    def test_what_is_missing_is_named_together(self):
        request = self.draft(amount=0, properties=False)
        self.refused_call(
            self.asker,
            REQUEST,
            "action_submit_for_approval",
            request.ids,
            "please give: Amount, “Maker”, “Budget”",
        )

    # -- what is refused ------------------------------------------------------------------------

    def test_nobody_files_a_request_as_submitted_approved_or_of_somebody_else(self):
        for values in (
            {"state": "approved"},
            {"state": "submitted"},
            {"requester_id": self.other.id},
            {"name": "REQ/1/1"},
            {"answers": [{"label": "Budget", "value": "Yes"}]},
            {"subject_label": "Anything"},
            {"department_id": self.division.id},
        ):
            self.refused_call(
                self.asker,
                REQUEST,
                "create",
                saying="cannot be written",
                vals_list=[self.values(**values)],
            )
        [id_] = self.call(
            self.asker,
            REQUEST,
            "create",
            vals_list=[self.values()],
            context={"default_state": "approved", "default_requester_id": self.other.id},
        )
        request = self.env[REQUEST].browse(id_)
        self.assertEqual((request.state, request.requester_id), ("draft", self.asker))

    def test_a_request_under_way_is_not_changed_by_its_requester(self):
        request = self.submitted()
        for values in (
            {"title": "Two"},
            {"amount": 9000},
            {"description": "x"},
            {"properties": {self.maker.property_name: "Other"}},
            {"site_id": self.west.id},
            {"category_id": self.kind.copy().id},
            {"document_ids": [Command.clear()]},
            {"document_ids": [[1, self.attached(request).id, {"file": encoded("x")}]]},
            {"document_ids": [[0, 0, self.document("x")]]},
        ):
            for method, arguments in (
                ("write", {"vals": values}),
                ("web_save", {"vals": values, "specification": {}}),
            ):
                self.refused_call(
                    self.asker, REQUEST, method, request.ids, "Withdraw it", **arguments
                )

    def test_its_state_is_not_written_nor_is_it_deleted_or_handed_over(self):
        request, draft = self.submitted(), self.draft()
        for record in (request, draft):
            for state in ("draft", "submitted", "approved", "rejected", "cancelled"):
                self.refused_call(
                    self.asker,
                    REQUEST,
                    "write",
                    record.ids,
                    "cannot be written",
                    vals={"state": state},
                )
            self.refused_call(
                self.asker,
                REQUEST,
                "write",
                record.ids,
                "cannot be written",
                vals={"requester_id": self.lead.id},
            )
        self.refused_call(self.asker, REQUEST, "unlink", request.ids)
        self.refused_call(self.asker, REQUEST, "action_cancel", request.ids, "Withdraw it")
        self.refused_call(
            self.asker, REQUEST, "action_submit_for_approval", request.ids, "Withdraw it"
        )

    def test_its_files_are_not_exchanged(self):
        request = self.submitted()
        document = self.attached(request)
        stored = self.env["ir.attachment"].search(
            [("res_model", "=", DOCUMENT), ("res_id", "=", document.id), ("res_field", "=", "file")]
        )
        new = {**self.document("x"), "request_id": request.id}
        for values in ({"file": encoded("x")}, {"filename": "x.txt"}, {"name": "Other"}):
            self.refused_call(
                self.asker, DOCUMENT, "write", document.ids, "Withdraw it", vals=values
            )
        self.refused_call(self.asker, DOCUMENT, "unlink", document.ids)
        self.refused_call(self.asker, DOCUMENT, "create", vals_list=[new])
        attachment = "ir.attachment"
        self.refused_call(self.asker, attachment, "write", stored.ids, vals={"datas": encoded("x")})
        self.refused_call(self.asker, attachment, "unlink", stored.ids)
        about = {"name": "file", "raw": "x", "res_model": DOCUMENT, "res_id": document.id}
        for values in ({**about, "res_field": "file"}, about, {**about, "res_model": REQUEST}):
            values["res_id"] = request.id if values["res_model"] == REQUEST else document.id
            self.refused_call(self.asker, attachment, "create", vals_list=[values])
        draft = self.draft()
        self.refused_call(
            self.asker,
            DOCUMENT,
            "write",
            self.attached(draft).ids,
            vals={"request_id": request.id},
        )

    def test_somebody_elses_request_and_another_sites_are_not_read(self):
        request, draft = self.submitted(), self.draft()
        approval = self.approval_of(request)
        distant = self.person("distant", "healthcare_ops_automation.group_ops_manager")
        distant.ops_site_ids = self.west
        for user in (self.other, self.second_lead, distant):
            for record in (request, draft, self.attached(request), approval):
                name = record._name
                found = self.call(user, name, "search", domain=[("id", "in", record.ids)])
                self.assertEqual(found, [])
                self.refused_call(user, name, "read", record.ids, fields=["display_name"])
            for method in ("approval_panel", "action_copy", "action_carry_out", "action_cancel"):
                self.refused_call(user, REQUEST, method, request.ids)
            self.refused_call(user, REQUEST, "write", request.ids, vals={"title": "x"})
            self.refused_call(user, approval._name, "action_withdraw", approval.ids)

    def test_who_is_asked_decides_and_changes_nothing(self):
        request = self.submitted()
        approval = self.approval_of(request)
        self.refused_call(
            self.lead, REQUEST, "write", request.ids, "Withdraw it", vals={"amount": 1}
        )
        self.refused_call(
            self.asker,
            approval._name,
            "action_approve",
            approval.ids,
            version=1,
        )
        self.call(
            self.lead, approval._name, "action_ask", approval.ids, question="Which?", version=1
        )
        self.assertEqual(request.standing, "question")
        self.refused_call(
            self.other, approval._name, "action_answer", approval.ids, answer="Model B"
        )
        self.call(self.asker, approval._name, "action_answer", approval.ids, answer="Model B")
        self.assertEqual(request.standing, "pending")
        self.call(self.lead, approval._name, "action_approve", approval.ids, version=1)
        self.assertEqual(request.state, "approved")
        self.refused_call(
            self.asker, REQUEST, "write", request.ids, "Make a copy", vals={"amount": 1}
        )

    def test_what_a_kind_asks_is_not_said_on_a_request(self):
        draft = self.draft()
        smuggled = {"name": "f" * 16, "type": "char", "string": "Smuggled", "value": "x"}
        self.refused_call(
            self.asker,
            REQUEST,
            "write",
            draft.ids,
            vals={"properties": [{**smuggled, "definition_changed": True}]},
        )
        self.refused_call(
            self.asker,
            "ops.request.category",
            "write",
            self.kind.ids,
            vals={"properties_definition": [smuggled]},
        )

    def test_a_record_that_the_requester_may_not_read_is_not_named(self):
        south = self.env["res.company"].create({"name": "Southside"})
        hidden = self.env["res.partner"].create({"name": "Hidden partner", "company_id": south.id})
        kind = self.make_kind("contract", has_subject="required", subject_model="res.partner")
        values = self.values(
            category_id=kind.id, amount=0, properties=False, document_ids=[], subject_id=hidden.id
        )
        self.refused_call(
            self.asker, REQUEST, "create", saying="that you may read", vals_list=[values]
        )

    def test_the_doors_of_the_system_are_closed(self):
        request = self.draft()
        for method in ("_approval_execute", "_run_server_action", "_keep_what_was_said"):
            self.refused_call(self.asker, REQUEST, method, request.ids, "Private methods")
