from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .free import FreeRequestCase


@tagged("post_install", "-at_install")
class TestRequestCategory(FreeRequestCase):
    """Kinds of request: an administrator says what they ask for, and of whom."""

    def test_questions_are_properties_of_requests(self):
        definition = self.kind.properties_definition
        self.assertEqual(
            [(each["string"], each["type"]) for each in definition],
            [("Maker", "char"), ("Budget", "selection"), ("Years", "integer")],
        )
        request = self.draft()
        found = self.env["ops.request"].search(
            [(f"properties.{self.maker.property_name}", "=", "Acme")]
        )
        self.assertIn(request, found)
        self.years.sequence = 0
        self.kind.invalidate_recordset()
        self.assertEqual(self.kind.properties_definition[0]["string"], "Years")

    def test_what_questions_are_is_not_said_on_a_request(self):
        request = self.draft(self.admin)

        def smuggled():
            named = {"name": "f" * 16, "type": "char", "string": "Smuggled", "value": "x"}
            return [{**named, "definition_changed": True}]

        with self.refused("set up on the kind of request"):
            request.properties = smuggled()
        with self.refused("set up on the kind of request"):
            self.kind.with_user(self.admin).properties_definition = smuggled()
        with self.refused("set up on the kind of request"):
            self.draft().properties = smuggled()

    def test_what_was_asked_is_archived_and_not_removed_or_turned_into_something_else(self):
        spare = self.make_kind("spare", question_ids=[Command.create({"name": "Why"})])
        spare.question_ids.kind = "text"
        spare.question_ids.unlink()
        spare.unlink()
        self.draft()
        for change in (
            lambda: self.maker.unlink(),
            lambda: self.maker.write({"kind": "integer"}),
            lambda: self.quotation.unlink(),
            lambda: self.kind.unlink(),
        ):
            with self.refused("already|used in"):
                change()
        self.maker.active = False
        names = [each["name"] for each in self.kind.properties_definition]
        self.assertNotIn(self.maker.property_name, names)

    def test_a_choice_needs_choices_and_a_record_a_kind_of_record(self):
        with self.refused("at least two", ValidationError):
            self.budget.choices = "Yes"
        with self.refused("twice", ValidationError):
            self.budget.choices = "Yes\nYes"
        with self.refused("say what", ValidationError):
            self.kind.has_subject = "optional"
        with self.refused("does not fit", ValidationError):
            self.kind.write(
                {
                    "has_subject": "optional",
                    "subject_model": "res.partner",
                    "subject_domain": "[('nonsense', '=', 1)]",
                }
            )
        action = self.env["ir.actions.server"].create(
            {
                "name": "Partners",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
            }
        )
        with self.refused("not about requests", ValidationError):
            self.kind.server_action_id = action

    def test_records_to_ask_about_are_of_models_that_everybody_may_read(self):
        choices = self.env["ops.request.category"]._selection_subject_model()
        for name, _label in choices:
            readable = self.env[name].with_user(self.asker)
            readable.search([], limit=1)  # pylint: disable=no-search-all

    def test_a_copy_asks_the_same_under_another_code(self):
        copy = self.kind.copy()
        self.assertEqual((copy.code, copy.name), ("t_purchase_2", "Purchase (copy)"))
        self.assertEqual(copy.question_ids.mapped("name"), self.kind.question_ids.mapped("name"))
        self.assertFalse(
            set(copy.question_ids.mapped("property_name"))
            & set(self.kind.question_ids.mapped("property_name"))
        )
        self.assertEqual(self.kind.copy().code, "t_purchase_3")

    def test_only_administrators_set_kinds_up_and_only_for_their_companies(self):
        for user in (self.asker, self.lead, self.manager, self.auditor):
            with self.refused("", AccessError):
                self.kind.with_user(user).name = "Mine"
        kinds = self.env["ops.request.category"].with_user(self.admin)
        south = self.env["res.company"].create({"name": "Southside"})
        values = {"name": "Leave", "code": "t_leave"}
        with self.refused("not allowed in|Company|company", (UserError, AccessError)):
            kinds.create({**values, "company_id": south.id})
        with self.refused("for the records of every company"):
            kinds.create(values)
        kinds.create({**values, "company_id": self.company.id})
        with self.refused("", AccessError):
            self.kind.with_user(self.admin).server_action_id = False

    # -- who approves -------------------------------------------------------------------------

    def test_a_kind_says_whether_somebody_approves_it(self):
        kind = self.kind.with_company(self.company)
        self.assertEqual(kind.standing, "no_policy")
        other = self.make_kind("other")
        self.arm([self.row(category_id=other.id)])
        self.env.invalidate_all()
        self.assertEqual((kind.standing, other.standing), ("no_row", "open"))

    def test_an_administrator_drafts_who_approves_it_and_a_colleague_publishes(self):
        self.site.manager_id = self.manager
        kind = self.kind.with_user(self.admin).with_company(self.company)
        action = kind.action_draft_row()
        draft = self.env["ops.approval.policy.version"].browse(action["res_id"])
        self.assertEqual((draft.state, draft.company_id), ("draft", self.company))
        self.assertEqual((draft.row_ids.category_id, draft.row_ids.name), (kind.id, "Purchase"))
        self.assertEqual(kind.standing, "no_policy")
        self.assertEqual(kind.action_draft_row()["res_id"], draft.id)
        self.assertEqual(len(draft.row_ids), 1)
        draft.with_user(self.second_admin).action_publish()
        self.settle()
        self.assertEqual(kind.standing, "open")
        self.assertEqual(self.submitted().asked_user_ids, self.manager)
        other = self.make_kind("other").with_user(self.admin).with_company(self.company)
        action = other.action_draft_row()
        draft = self.env["ops.approval.policy.version"].browse(action["res_id"])
        self.assertEqual(draft._rows().mapped("category_id"), [other.id, kind.id])
        self.assertEqual(other.row_count, 1)
        rows = kind.env["ops.approval.row"].search(kind._row_domain())
        self.assertEqual(rows.mapped("category_id"), [kind.id, kind.id])

    def test_only_administrators_draft_who_approves(self):
        with self.refused("Only operations administrators", AccessError):
            self.kind.with_user(self.manager).action_draft_row()

    def test_what_is_shipped_can_be_asked_for_as_soon_as_somebody_approves_it(self):
        self.arm()
        kinds = self.env["ops.request.category"].with_user(self.asker).with_company(self.company)
        shipped = kinds.search([("company_id", "=", False)])
        codes = {"policy_exception", "overtime", "contract_change", "system_access"}
        self.assertLessEqual(codes | {"capital_purchase"}, set(shipped.mapped("code")))
        for kind in shipped:
            self.assertEqual(
                (kind.standing, kind.action_ask()["res_model"]), ("open", "ops.request")
            )
            names = [each["name"] for each in kind.properties_definition]
            self.assertEqual(names, kind.question_ids.mapped("property_name"))
