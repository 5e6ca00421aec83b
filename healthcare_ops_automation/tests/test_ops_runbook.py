from datetime import timedelta
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .by_hand import ByHandCase

REPORT = "healthcare_ops_automation.report_downtime_form"


@tagged("post_install", "-at_install")
class TestOpsRunbook(ByHandCase):
    def _notes(self):
        return self.runbook.message_ids.filtered(lambda each: "Version" in (each.body or ""))

    def _form(self, records, user=None, report=REPORT):
        reports = self.env["ir.actions.report"].with_user(user or self.user)
        return reports._render_qweb_html(report, records.ids)[0].decode()

    def test_a_new_runbook_is_version_one_and_notes_nothing(self):
        self.assertEqual(self.runbook.version, 1)
        self.assertFalse(self._notes())

    def test_each_change_of_the_content_is_one_version_with_what_changed(self):
        runbook = self.runbook.with_user(self.manager)
        first = runbook.step_ids[0]
        runbook.write(
            {
                "step_ids": [
                    Command.update(first.id, {"what": "Call the depot"}),
                    Command.create({"what": "Tell the ward", "sequence": 30}),
                ],
                "blank_row_count": 9,
            }
        )
        self.assertEqual(runbook.version, 2)
        body = self._notes().body
        self.assertIn("<del>1. Call the hotline · Nurse in charge</del>", body)
        for said in ("Version 2", "1. Call the depot", "3. Tell the ward", "Blank rows: 9"):
            self.assertIn(said, body)

    def test_a_part_changed_by_itself_is_a_change_of_the_runbook(self):
        step = self.runbook.step_ids[1].with_user(self.manager)
        step.what = "Order twice"
        self.assertEqual(self.runbook.version, 2)
        step.unlink()
        self.assertEqual(self.runbook.version, 3)
        self.env["ops.runbook.line"].create({"runbook_id": self.runbook.id, "label": "Day"})
        self.assertEqual(self.runbook.version, 4)

    def test_what_is_no_content_makes_no_version(self):
        self.runbook.write({"review_date": "2031-01-01", "name": "Called otherwise"})
        self.runbook.step_ids[0].what = self.runbook.step_ids[0].what
        self.assertEqual(self.runbook.version, 1)

    def test_nobody_sets_the_version(self):
        runbook = self.runbook.with_user(self.manager)
        runbook.write({"version": 40, "name": "Called otherwise"})
        self.assertEqual((runbook.version, runbook.name), (1, "Called otherwise"))
        values = {"name": "X", "code": "X", "version": 9, "company_id": self.company.id}
        self.assertEqual(runbook.create(values).version, 1)

    def test_review_is_overdue_after_its_day(self):
        today = fields.Date.today()
        self.runbook.review_date = today
        self.assertFalse(self.runbook.is_review_due)
        self.runbook.review_date = today - timedelta(days=1)
        self.assertTrue(self.runbook.is_review_due)
        due = self.env["ops.runbook"].search([("is_review_due", "=", True)])
        self.assertIn(self.runbook, due)
        rest = self.env["ops.runbook"].search([("is_review_due", "=", False)])
        self.assertNotIn(self.runbook, rest)

    def test_the_form_holds_the_steps_the_fields_and_rows_to_write_on(self):
        page = html.fromstring(self._form(self.runbook))
        text = " ".join(page.text_content().split())
        for said in ("Call the suppliers", "T-01", "When nobody answers.", "Signatures", "Site"):
            self.assertIn(said, text)
        steps = page.xpath("//table[contains(@class, 'o_ops_form_steps')]/tbody/tr")
        self.assertEqual(
            [" ".join(row.text_content().split()) for row in steps],
            ["1 Call the hotline Nurse in charge", "2 Order Form T-01"],
        )
        rows = page.xpath("//table[contains(@class, 'o_ops_form_rows')]/tbody/tr")
        self.assertEqual([len(rows), len(rows[0])], [7, 5])
        heads = page.xpath("//table[contains(@class, 'o_ops_form_rows')]/thead//th")
        self.assertIn("Quantity in boxes", " ".join(heads[2].text_content().split()))

    def test_the_form_names_the_site_of_who_prints_when_it_is_one(self):
        self.assertNotIn("T-HARBOUR", self._form(self.runbook))
        self.user.ops_site_ids = self.site
        self.assertIn("T-HARBOUR", self._form(self.runbook))

    def test_a_fallback_s_form_names_its_site_and_reason(self):
        fallback = self._begin(
            self._enter("cron", self._create_cron()),
            site_id=self.site.id,
            runbook_id=self.runbook.id,
        )
        form = self._form(fallback, report="healthcare_ops_automation.report_fallback_form")
        for said in ("T-HARBOUR", "The platform is down.", "Call the hotline"):
            self.assertIn(said, form)

    def test_printing_is_a_pdf_where_one_can_be_made_and_else_a_page(self):
        runbook = self.runbook.with_user(self.user)
        reports = type(self.env["ir.actions.report"])
        with patch.object(reports, "get_wkhtmltopdf_state", lambda self: "ok"):
            action = runbook.action_print_form()
        self.assertEqual((action["type"], action["report_type"]), ("ir.actions.report", "qweb-pdf"))
        with patch.object(reports, "get_wkhtmltopdf_state", lambda self: "install"):
            action = runbook.action_print_form()
        self.assertEqual(action["url"], f"/report/html/{REPORT}/{runbook.id}")
        self.assertEqual(action["target"], "new")

    def test_a_runbook_of_another_company_is_neither_read_nor_printed(self):
        foreign = self.runbook.copy({"company_id": self.other_company.id})
        self.assertFalse(foreign.with_user(self.user).search([("id", "=", foreign.id)]))
        with self.assertRaises(AccessError):
            foreign.with_user(self.user).action_print_form()
        with self.assertRaises(AccessError):
            self._form(foreign)
        with self.assertRaises(AccessError):
            foreign.step_ids[0].with_user(self.manager).what = "Mine"
        with self.assertRaises(AccessError):
            self.env["ops.runbook.step"].with_user(self.manager).create(
                {"runbook_id": foreign.id, "what": "Mine"}
            )

    def test_what_every_company_shares_is_changed_by_who_works_for_all(self):
        shared = self.runbook.copy({"company_id": False})
        with self.assertRaisesRegex(AccessError, "shared by every company"):
            shared.with_user(self.manager).step_ids[0].what = "Mine"
        self.manager.company_ids = self.env["res.company"].search([("active", "=", True)])
        shared.with_user(self.manager).step_ids[0].what = "Ours"
        self.assertEqual(shared.step_ids[0].what, "Ours")

    def test_owner_works_here_and_codes_are_unique_in_a_company(self):
        self.assertEqual(self.runbook.copy().code, "T-01-COPY")
        self.user.active = False
        with self.assertRaisesRegex(ValidationError, "Owner: .* is archived"):
            self.runbook.owner_id = self.user

    def test_exceptions_show_the_runbook_of_their_endpoint_first(self):
        endpoint = self._create_endpoint(runbook_id=self.runbook.id, company_id=self.company.id)
        endpoint.manual_instructions = "<p>Own words</p>"
        exception = self.env["ops.exception"]._raise_exception("endpoint_broken", "x", endpoint)
        text = exception.with_user(self.user).manual_procedure
        self.assertLess(text.index("Call the hotline"), text.index("Own words"))
        self.runbook.active = False
        exception.invalidate_recordset()
        self.assertNotIn("Call the hotline", exception.with_user(self.user).manual_procedure)


@tagged("post_install", "-at_install")
class TestDowntimeFormPage(ByHandCase, HttpCase):
    def test_a_requester_gets_the_page_over_http(self):
        requester = self._create_user("requester")
        self.authenticate(requester.login, requester.login)
        answer = self.url_open(f"/report/html/{REPORT}/{self.runbook.id}")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Call the hotline", answer.text)
        self.assertIn("window.print()", answer.text)
