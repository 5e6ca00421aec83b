from lxml import html

from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.healthcare_ops_automation.tests.log_claims import claim_log

from .policies import PolicyCase

PAGE = "/report/html/healthcare_ops_approvals.report_approval_policy/%s"


class _Bands(PolicyCase):
    def _policy(self):
        buyer = self.env["ir.model.fields"]._get("purchase.order", "user_id")
        return self.draft(
            self.row("Petty", amount_to=500, outcome="none", stages=[], sequence=1),
            self.row(
                "Routine",
                amount_from=500,
                amount_to=5000,
                site_id=self.site.id,
                stages=[self.stage(site_role="manager", name="Site", due_hours=8)],
                sequence=2,
            ),
            self.row(
                "Large",
                amount_from=500,
                stages=[
                    self.stage(self.ann + self.bob, name="Finance", mode="n_of_m", quorum=2),
                    self.stage(
                        site_role="managers",
                        name="Operations",
                        step=2,
                        excluded_field_ids=[Command.set(buyer.ids)],
                    ),
                ],
                sequence=3,
            ),
        )


@tagged("post_install", "-at_install")
class TestPurchasePolicyTable(_Bands):
    def _cells(self, source):
        return [
            [" ".join(cell.text_content().split()) for cell in row.xpath("td|th")]
            for row in html.fromstring(str(source)).xpath("//tr")
        ]

    def test_columns_are_steps_and_rows_are_bands_in_words(self):
        policy = self._policy()
        header, petty, routine, large = self._cells(policy.draft_version_id.table)
        self.assertEqual(header, ["#", "Documents", "First approved by", "Then approved by"])
        self.assertEqual(petty[0], "1")
        self.assertIn("< 500.00", petty[1].replace("\N{NO-BREAK SPACE}", " "))
        self.assertEqual(petty[2:], ["Nobody has to approve"])
        self.assertIn("site [NORTH] North and what is part of it", routine[1])
        self.assertEqual(routine[2], "Site Manager of the site within 8 h of working time")
        self.assertEqual(routine[3], "–")
        self.assertEqual(large[2], "Finance Ann Approver, Bob Approver 2 of them")
        self.assertIn("Operations Operations managers of the site one of them", large[3])
        self.assertIn("not the Buyer", large[3])

    def test_the_policy_opens_as_the_table_in_force(self):
        policy = self._policy()
        self.assertEqual(str(policy.table), str(policy.draft_version_id.table))
        version = self.publish(policy)
        policy.with_user(self.editor).action_new_draft()
        policy.draft_version_id.row_ids[0].name = "Changed"
        self.assertEqual(policy.shown_version_id, version)
        self.assertNotIn("Changed", policy.table)

    def test_names_are_escaped(self):
        policy = self._policy()
        policy.draft_version_id.row_ids[0].name = "<script>alert(1)</script>"
        self.assertNotIn("<script>", str(policy.draft_version_id.table))

    def test_an_administrator_makes_a_policy_in_the_forms(self):
        with Form(self.policies.with_user(self.editor)) as form:
            form.name = "Orders"
            form.model_id = self.model
            form.currency_id = self.euro
        policy = form.record
        self.assertEqual(policy.standing, "unarmed")
        with Form(policy.draft_version_id) as form:
            form.tolerance_percent = 5
            form.tolerance_amount = 100
            with form.row_ids.new() as row:
                row.name = "Routine"
                row.amount_to = 1000
                row.site_id = self.site
                with row.stage_ids.new() as stage:
                    stage.name = "Finance"
                    stage.approver_kind = "users"
                    stage.user_ids.add(self.ann)
        row = policy.draft_version_id.row_ids
        self.assertEqual((row.name, row.way), ("Routine", "Finance"))
        self.assertEqual(row.stage_ids.user_ids, self.ann)
        self.assertEqual(policy.draft_version_id.last_editor_id, self.editor)

    def test_each_reader_opens_the_forms(self):
        version = self.publish(self._policy())
        for role in ("user", "approver", "manager", "admin", "auditor"):
            user = self.person(f"form_{role}", role)
            user.group_ids += self.env.ref("purchase.group_purchase_user")
            for record in (version.policy_id, version, version.row_ids[1]):
                with self.subTest(role=role, model=record._name):
                    views = record.with_user(user).get_views([(False, "form"), (False, "list")])
                    names = views["models"][record._name]["fields"]
                    readable = [name for name in names if name in record._fields and name != "id"]
                    self.assertTrue(record.with_user(user).web_read(dict.fromkeys(readable, {})))


@tagged("post_install", "-at_install")
class TestPurchasePolicyPage(_Bands, HttpCase):
    def test_the_page_is_read_and_printed_by_who_may_read_the_policy(self):
        version = self.publish(self._policy())
        director = self.person("director", "manager")
        director.password = "t_policy_director"
        self.authenticate(director.login, "t_policy_director")
        action = version.policy_id.with_user(director).action_print()
        self.assertEqual(action["url"], PAGE % version.id)
        page = self.url_open(action["url"])
        self.assertEqual(page.status_code, 200)
        text = " ".join(html.fromstring(page.text).text_content().split())
        for said in (
            "Purchase orders In force Version 1 · published on",
            "None: any increase after approval asks again",
            "Nobody has to approve",
            "Rows are tried from the top",
            "Agreed: name, date, signature",
        ):
            self.assertIn(said, text)

    def test_the_page_stays_closed_to_others(self):
        version = self.publish(self._policy())
        stranger = self.person("stranger2", "manager", self.other_company)
        for user in (stranger, self.requester):
            user.password = user.login
            self.authenticate(user.login, user.login)
            with claim_log("odoo.http", "WARNING", "access"):
                page = self.url_open(PAGE % version.id)
            self.assertEqual(page.status_code, 403)
            self.assertNotIn("Routine", page.text)
