"""Requests of any kind: who files them, who is asked, and the policy they go by."""

import base64
from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.fields import Command

from .common import AuthorityCase

OPS = "healthcare_ops_automation.group_ops_%s"


def encoded(text):
    """A file as clients send it."""
    return base64.b64encode(text.encode()).decode()


class FreeRequestCase(AuthorityCase):
    """A kind of request that asks for an amount, two answers and a quotation, a policy that can be
    put in force, and the people around it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ops.endpoint"].search([]).write({"state": "disabled"})
        cls.asker = cls.person("asker", OPS % "requester", name="Ada Asker")
        cls.employee = cls.employ(cls.asker, cls.ward)
        cls.other = cls.person("other", OPS % "requester", name="Otto Other")
        cls.lead = cls.person("lead", OPS % "approver", name="Lea Lead")
        cls.second_lead = cls.person("second_lead", OPS % "approver", name="Lou Second")
        cls.manager = cls.person("manager", OPS % "manager", name="Mia Manager")
        cls.admin = cls.person("admin", OPS % "admin")
        cls.second_admin = cls.person("second_admin", OPS % "admin")
        cls.auditor = cls.person("auditor", OPS % "auditor")
        cls.currency = cls.company.currency_id
        cls.kind = cls.make_kind(
            "purchase",
            has_amount="required",
            question_ids=[
                Command.create({"name": "Maker", "required": True, "sequence": 1}),
                Command.create(
                    {
                        "name": "Budget",
                        "kind": "selection",
                        "choices": "Yes\nNo",
                        "required": True,
                        "sequence": 2,
                    }
                ),
                Command.create({"name": "Years", "kind": "integer", "sequence": 3}),
            ],
            document_ids=[
                Command.create({"name": "Quotation", "sequence": 1}),
                Command.create({"name": "Calculation", "required": False, "sequence": 2}),
            ],
        )
        cls.maker, cls.budget, cls.years = cls.kind.question_ids
        cls.quotation, cls.calculation = cls.kind.document_ids

    @classmethod
    def make_kind(cls, code, **values):
        """A kind of request; it asks for a reason and nothing else unless told."""
        return cls.env["ops.request.category"].create(
            {"name": code.title(), "code": f"t_{code}", "company_id": cls.company.id, **values}
        )

    @classmethod
    def arm(cls, rows=None, **values):
        """Publish a policy about requests; by default the lead approves every kind."""
        policies = cls.env["ops.approval.policy"].with_user(cls.admin).sudo()
        policy = policies.create(
            {
                "name": "Requests",
                "model_id": cls.env["ir.model"]._get_id("ops.request"),
                "company_id": cls.company.id,
                "currency_id": cls.currency.id,
            }
        )
        draft = policy.draft_version_id
        draft.write(values)
        for sequence, row in enumerate(rows or [cls.row()], 1):
            cls.env["ops.approval.row"].with_user(cls.admin).sudo().create(
                {"version_id": draft.id, "sequence": sequence, **row}
            )
        draft.invalidate_recordset()
        draft.with_user(cls.second_admin).sudo().action_publish()
        return policy

    @classmethod
    def row(cls, *people, **values):
        users = cls.env["res.users"].concat(*people) or cls.lead
        stage = {
            "name": "Lead",
            "approver_kind": "users",
            "user_ids": [Command.set(users.ids)],
            "due_hours": 8,
        }
        return {"name": "Every request", "stage_ids": [Command.create(stage)], **values}

    def attached(self, request):
        """The documents of a request that have a file."""
        return request.document_ids.filtered("checksum")

    # -- what is filed ------------------------------------------------------------------------

    def values(self, **values):
        """Of a request that says all that the kind asks for."""
        return {
            "category_id": self.kind.id,
            "title": "A defibrillator",
            "description": "The old one is out of support.",
            "amount": 4200,
            "site_id": self.site.id,
            "properties": {
                self.maker.property_name: "Acme",
                self.budget.property_name: "Yes",
            },
            "document_ids": [Command.create(self.document())],
            **values,
        }

    def document(self, text="4,200 for one", kind=None, **values):
        kind = kind or self.quotation
        return {
            "kind_id": kind.id,
            "name": kind.name,
            "filename": "quotation.txt",
            "file": encoded(text),
            **values,
        }

    def draft(self, user=None, **values):
        requests = self.env["ops.request"].with_user(user or self.asker)
        return requests.with_company(self.company).create(self.values(**values))

    def submitted(self, user=None, **values):
        request = self.draft(user, **values)
        request.action_submit_for_approval()
        self.settle()
        return request

    def approval_of(self, request):
        return request.sudo().approval_request_id.sudo()

    def approve(self, request, *users):
        for user in users or [self.lead]:
            approval = self.approval_of(request)
            approval.with_user(user).action_approve(version=approval.version)
            self.settle()

    @contextmanager
    def refused(self, words, error=UserError):
        """What is done within is refused, commit included, and nothing of it stays."""
        self.settle()
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            yield

    def settle(self):
        """What a commit does before it commits, and what the next one starts with."""
        self.env.cr.flush()
        self.env.invalidate_all()
